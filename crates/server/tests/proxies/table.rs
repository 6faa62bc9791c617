//! Results by kind and way, and what failed.

/// Rows in the order in which they were first named.
pub(crate) struct Table {
    title: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<(String, Vec<Cell>)>,
    failures: Vec<String>,
}

#[derive(Clone, Default)]
struct Cell {
    text: String,
    passed: usize,
    failed: usize,
}

impl Table {
    pub(crate) fn new(title: &'static str, columns: &[&'static str]) -> Self {
        Self { title, columns: columns.to_vec(), rows: Vec::new(), failures: Vec::new() }
    }

    /// A result as text, each of whose checks held.
    pub(crate) fn passed_as(&mut self, row: &str, column: &str, text: &str, checks: usize) {
        let cell = self.cell(row, column);
        text.clone_into(&mut cell.text);
        cell.passed += checks;
    }

    pub(crate) fn failed(&mut self, row: &str, column: &str, why: &str) {
        self.failures.push(format!("{row}, {column}: {why}"));
        let cell = self.cell(row, column);
        cell.text = "FAILED".into();
        cell.failed += 1;
    }

    /// One check, told as a text for the cell or as the reason why it failed.
    pub(crate) fn take(&mut self, row: &str, column: &str, result: Result<String, String>) {
        match result {
            Ok(text) => self.passed_as(row, column, &text, 1),
            Err(why) => self.failed(row, column, &why),
        }
    }

    pub(crate) fn passed(&self) -> usize {
        self.rows.iter().flat_map(|(_, cells)| cells).map(|cell| cell.passed).sum()
    }

    pub(crate) fn failures(&self) -> usize {
        self.failures.len()
    }

    pub(crate) fn print(&self) {
        let first = self.rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        println!("\n{}\n", self.title);
        print!("{:first$}", "");
        self.columns.iter().for_each(|name| print!("  {name}"));
        println!();
        for (name, cells) in &self.rows {
            print!("{name:first$}");
            for (column, cell) in self.columns.iter().zip(cells) {
                print!("  {:>width$}", cell.text, width = column.len());
            }
            println!();
        }
        self.failures.iter().take(MOST).for_each(|failure| println!("\nFAILED: {failure}"));
        if let Some(more) = self.failures.len().checked_sub(MOST).filter(|more| *more > 0) {
            println!("\nand {more} more failures");
        }
    }

    fn cell(&mut self, row: &str, column: &str) -> &mut Cell {
        let at = self.rows.iter().position(|(name, _)| name == row).unwrap_or_else(|| {
            self.rows.push((row.into(), vec![Cell::default(); self.columns.len()]));
            self.rows.len() - 1
        });
        let column = self.columns.iter().position(|name| *name == column).expect("a column");
        &mut self.rows[at].1[column]
    }
}

/// How many failures are told in full.
const MOST: usize = 30;
