//! CSV ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180)) that a spreadsheet opens as text, whatever somebody called themselves.

use csv::{QuoteStyle, Terminator, WriterBuilder};

/// Rows as CSV. Every cell stands in quotes, and none begins a formula.
///
/// # Errors
///
/// [`csv::Error`] for rows of different lengths.
pub(crate) fn rows<const CELLS: usize>(
    rows: impl IntoIterator<Item = [String; CELLS]>,
) -> Result<Vec<u8>, csv::Error> {
    let builder = &mut WriterBuilder::new();
    builder.quote_style(QuoteStyle::Always).terminator(Terminator::CRLF);
    let mut written = Vec::new();
    let mut writer = builder.from_writer(&mut written);
    for row in rows {
        writer.write_record(row.iter().map(|cell| defused(cell)))?;
    }
    writer.flush()?;
    drop(writer);
    Ok(written)
}

/// The text with an apostrophe wherever a spreadsheet would begin to calculate, as [OWASP] says.
///
/// # Security
///
/// A spreadsheet of another country may take a semicolon or a tab in a cell for the end of it: what follows one is looked at as well.
///
/// [OWASP]: https://owasp.org/www-community/attacks/CSV_Injection
fn defused(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 1);
    let mut before = None;
    for char in text.chars() {
        let begins = match before {
            None => SIGNS.contains(&char) || BLANKS.contains(&char),
            Some(before) => {
                SIGNS.contains(&char) && (SEPARATORS.contains(&before) || BLANKS.contains(&before))
            }
        };
        if begins {
            safe.push('\'');
        }
        safe.push(char);
        before = Some(char);
    }
    safe
}

/// What begins a formula; the wide ones are what some spreadsheets take for the others.
const SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// What some spreadsheets skip before they look for one.
const BLANKS: [char; 3] = ['\t', '\r', '\n'];
const SEPARATORS: [char; 2] = [',', ';'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_somebody_called_themselves_is_calculated() {
        for (hostile, safe) in [
            ("=HYPERLINK(\"http://evil.example\")", "'=HYPERLINK(\"http://evil.example\")"),
            ("+1", "'+1"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t'=1"),
            ("\r\n=1", "'\r\n'=1"),
            ("＝1", "'＝1"),
            ("x;=1+1;y", "x;'=1+1;y"),
            ("x\",=1", "x\",'=1"),
            ("", ""),
            ("it's a-b = c@d", "it's a-b = c@d"),
        ] {
            assert_eq!(defused(hostile), safe, "{hostile:?}");
        }
    }

    #[test]
    fn each_cell_comes_back_as_it_was_written() {
        let cells = ["a \"quoted\" word", "one, two", "two\r\nlines", "漢 🦀", ""].map(String::from);
        let text = rows([cells.clone(), cells.clone()]).expect("rows");
        assert!(text.starts_with(b"\"a \"\"quoted\"\" word\",\"one, two\",") && text.ends_with(b",\"\"\r\n"));
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&*text);
        let read: Vec<_> = reader.records().map(|row| row.expect("a row")).collect();
        assert!(read.len() == 2 && read.iter().all(|row| row.iter().eq(cells.iter())), "{read:?}");
    }
}
