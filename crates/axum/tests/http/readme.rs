//! The README's first example: the same text as `examples/photos.rs`, short, and a whole dance walks through it.

use crate::{flow::walk::walk, support::Served};

#[expect(dead_code, reason = "its `main` binds a fixed port; here it is served on a free one")]
#[path = "../../examples/photos.rs"]
pub mod photos;

const CODE: &str = include_str!("../../examples/photos.rs");
const README: &str = include_str!("../../../../README.md");

/// From the first `use` line to the end: what the README shows.
fn shown() -> &'static str {
    &CODE[CODE.find("use ").expect("a `use` line")..]
}

#[test]
fn the_readme_shows_the_example_word_for_word() {
    assert!(
        README.contains(&format!("```rust,no_run\n{}\n```\n", shown().trim_end())),
        "README.md lags behind"
    );
}

#[test]
fn the_example_has_40_lines_at_most() {
    assert!(shown().lines().count() <= 40, "{} lines", shown().lines().count());
}

#[tokio::test]
async fn a_whole_dance_walks_through_the_example() {
    walk(&Served::start(|origin| photos::app(origin).expect("the example")).await).await;
}
