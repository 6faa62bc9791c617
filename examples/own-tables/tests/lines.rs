//! How long each example is: the traits on tables of one's own take fewer than 100 lines, or they have grown too large.

use std::{fs, path::Path};

/// What is neither blank nor a comment, and as narrow as `rustfmt.toml` says, so that no line hides two.
fn lines(file: &str) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let wide = code(&text).find(|line| line.chars().count() > 110);
    assert_eq!(wide, None, "{file}");
    code(&text).count()
}

fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//"))
}

#[test]
fn every_trait_on_ones_own_tables_takes_fewer_than_100_lines() {
    for file in ["with_sqlx.rs", "with_sea_orm.rs", "partner_file.rs"] {
        let lines = lines(file);
        println!("{file}: {lines} lines");
        assert!((30..100).contains(&lines), "{file}: {lines} lines");
    }
}

/// What stands beside them knows columns and no rule of the protocol.
#[test]
fn reading_and_writing_rows_takes_about_as_many() {
    for file in ["with_sqlx/rows.rs", "with_sea_orm/rows.rs"] {
        let lines = lines(file);
        println!("{file}: {lines} lines");
        assert!((30..=110).contains(&lines), "{file}: {lines} lines");
    }
}

#[test]
fn blank_lines_and_comments_do_not_count() {
    assert_eq!(code("//! a\n\nuse b;\n  // c\nfn d() {\n    e(); // f\n}\n").count(), 4);
}
