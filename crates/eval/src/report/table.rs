//! Tables of text and numbers.

use serde::{Deserialize, Serialize};

use super::Format;
use super::real::Real;

/// Rows of cells under named columns.
///
/// ```
/// use sememe_eval::{Column, Format, Table};
///
/// let mut table = Table::new("Analogies", [Column::text("section"), Column::number("hits", Format::count())]);
/// table.push(["capitals".into(), 412.0.into()]);
/// assert_eq!(table.shown(0, 1), "412");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// What it shows; may be empty.
    #[serde(default)]
    pub title: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows; cells beyond the columns are not shown, missing ones are blank.
    pub rows: Vec<Vec<Cell>>,
    /// How many rows at the end are totals or averages, set apart from the others.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub n_summary_rows: usize,
}

/// The head of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// How its numbers are written; `None` for a column of text, which is aligned to the left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
}

/// What stands in a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "CellForm", into = "CellForm")]
pub enum Cell {
    /// Nothing.
    Blank,
    /// A number, written in the format of its column.
    Number(f64),
    /// Text.
    Text(String),
}

/// A cell in JSON: null, a number, a string, or `{"number": "nan"}` to tell NaN from the word.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum CellForm {
    Blank(()),
    Number(f64),
    Text(String),
    NotFinite { number: Real },
}

impl From<CellForm> for Cell {
    fn from(form: CellForm) -> Self {
        match form {
            CellForm::Blank(()) => Self::Blank,
            CellForm::Number(value) | CellForm::NotFinite { number: Real(value) } => Self::Number(value),
            CellForm::Text(text) => Self::Text(text),
        }
    }
}

impl From<Cell> for CellForm {
    fn from(cell: Cell) -> Self {
        match cell {
            Cell::Blank => Self::Blank(()),
            Cell::Number(value) if value.is_finite() => Self::Number(value),
            Cell::Number(value) => Self::NotFinite { number: Real(value) },
            Cell::Text(text) => Self::Text(text),
        }
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Column {
    /// A column of text.
    pub fn text(name: impl Into<String>) -> Self {
        Self { name: name.into(), format: None }
    }

    /// A column of numbers.
    pub fn number(name: impl Into<String>, format: Format) -> Self {
        Self { name: name.into(), format: Some(format) }
    }

    /// Whether its cells are aligned to the right.
    pub(crate) fn is_number(&self) -> bool {
        self.format.is_some()
    }
}

impl Table {
    /// A table without rows.
    pub fn new(title: impl Into<String>, columns: impl Into<Vec<Column>>) -> Self {
        Self { title: title.into(), columns: columns.into(), rows: Vec::new(), n_summary_rows: 0 }
    }

    /// Adds a row.
    pub fn push(&mut self, row: impl Into<Vec<Cell>>) {
        self.rows.push(row.into());
    }

    /// Adds a total or an average; the rows after the first one are all of this kind.
    pub fn push_summary(&mut self, row: impl Into<Vec<Cell>>) {
        self.push(row);
        self.n_summary_rows += 1;
    }

    /// A cell as it is shown, blank where there is none.
    pub fn shown(&self, row: usize, column: usize) -> String {
        match self.rows.get(row).and_then(|row| row.get(column)) {
            None | Some(Cell::Blank) => String::new(),
            Some(Cell::Text(text)) => text.clone(),
            Some(Cell::Number(value)) => {
                self.columns.get(column).and_then(|column| column.format).unwrap_or_default().show(*value)
            }
        }
    }

    /// The first of the rows that are totals.
    pub(crate) fn first_summary_row(&self) -> usize {
        self.rows.len().saturating_sub(self.n_summary_rows)
    }
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}
