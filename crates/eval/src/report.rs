//! What a metric, a stage or a whole run has to say.

mod format;
mod real;
mod table;

use serde::{Deserialize, Serialize};

pub use format::{Format, Unit};
pub(crate) use real::{one, option, pairs};
pub use table::{Cell, Column, Table};

use crate::plot::Plot;
use crate::{EvalError, html, render};

/// The version of the JSON form that this crate writes.
const VERSION: u32 = 1;

/// Figures, tables, plots and notes, in named sections.
///
/// A report is plain data: it is stored as JSON and rendered as text, Markdown or one HTML page. It never
/// looks at the clock; a date, where wanted, belongs into the [`subtitle`](Self::subtitled).
///
/// ```
/// use sememe_eval::{Figure, Format, Report, Section};
///
/// let figure = Figure::new("accuracy", 0.9125, Format::percent(2)).higher_is_better();
/// let report = Report::new("AG News").with(Section::new("Test set").figure(figure));
/// assert_eq!(Report::from_json(&report.to_json())?, report);
/// assert!(report.to_text().contains("accuracy  91.25 %"));
/// # Ok::<_, sememe_eval::EvalError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Version of the form.
    version: u32,
    /// What is reported on.
    pub title: String,
    /// A line under the title: data, date, version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subtitle: String,
    /// The parts, in the order in which they are shown.
    pub sections: Vec<Section>,
}

/// A named part of a report. Shown in the order figures, plots, tables, notes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Section {
    /// Its heading.
    pub name: String,
    /// Single figures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figure>,
    /// Plots.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub plots: Vec<Plot>,
    /// Tables.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<Table>,
    /// Paragraphs of plain text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A named number, and what it is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What it says, in a few words.
    pub name: String,
    /// The number.
    #[serde(with = "one")]
    pub value: f64,
    /// How the number is written.
    #[serde(default)]
    pub format: Format,
    /// Which values are better.
    #[serde(default)]
    pub better: Better,
    /// The figure of a peer or an earlier run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
}

/// Which values of a figure are better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// Higher ones.
    Higher,
    /// Lower ones.
    Lower,
    /// Neither: the figure is no mark.
    #[default]
    Neither,
}

/// The figure that another one is to be compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Whose figure it is.
    pub name: String,
    /// The number, in the unit of the figure.
    #[serde(with = "one")]
    pub value: f64,
}

/// How a figure compares with its reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// On the better side.
    Better,
    /// Equal as shown.
    Equal,
    /// On the worse side.
    Worse,
}

impl Report {
    /// A report without sections.
    pub fn new(title: impl Into<String>) -> Self {
        Self { version: VERSION, title: title.into(), subtitle: String::new(), sections: Vec::new() }
    }

    /// With this line under the title.
    pub fn subtitled(mut self, subtitle: impl Into<String>) -> Self {
        self.subtitle = subtitle.into();
        self
    }

    /// With one more section.
    pub fn with(mut self, section: Section) -> Self {
        self.sections.push(section);
        self
    }

    /// Takes over the sections of another report, behind the own ones.
    pub fn append(&mut self, other: Self) {
        self.sections.extend(other.sections);
    }

    /// The first figure of this name, from any section.
    pub fn figure(&self, name: &str) -> Option<&Figure> {
        self.sections.iter().flat_map(|section| &section.figures).find(|figure| figure.name == name)
    }

    /// The report for a terminal: aligned columns (by the width of the characters), small plots of blocks.
    pub fn to_text(&self) -> String {
        render::text(self)
    }

    /// The report as Markdown, with tables in the GitHub form. Plots become tables, scatter plots one line.
    pub fn to_markdown(&self) -> String {
        render::markdown(self)
    }

    /// The report as one self-contained HTML page, without scripts or outside resources.
    pub fn to_html(&self) -> String {
        html::page(self)
    }

    /// The report as JSON with two spaces of indentation and a final line feed. Numbers that JSON lacks are
    /// the strings `"nan"`, `"inf"` and `"-inf"`.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("no map has keys that are not strings");
        json.push('\n');
        json
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// [`EvalError::Json`] for other text, [`EvalError::Version`] for a report of a later version.
    pub fn from_json(json: &str) -> Result<Self, EvalError> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let head: Head = serde_json::from_str(json)?;
        if head.version > VERSION {
            return Err(EvalError::Version { want: VERSION, found: head.version });
        }
        Ok(serde_json::from_str(json)?)
    }
}

impl Section {
    /// An empty section.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// With one more figure.
    pub fn figure(mut self, figure: Figure) -> Self {
        self.figures.push(figure);
        self
    }

    /// With one more plot.
    pub fn plot(mut self, plot: impl Into<Plot>) -> Self {
        self.plots.push(plot.into());
        self
    }

    /// With one more table.
    pub fn table(mut self, table: Table) -> Self {
        self.tables.push(table);
        self
    }

    /// With the figure of a peer, or of an earlier run, beside the figures called `figure`.
    pub fn reference(mut self, figure: &str, name: impl Into<String>, value: f64) -> Self {
        let reference = Reference { name: name.into(), value };
        for own in self.figures.iter_mut().filter(|own| own.name == figure) {
            own.reference = Some(reference.clone());
        }
        self
    }

    /// With one more paragraph.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

impl Figure {
    /// A figure that is neither good nor bad.
    pub fn new(name: impl Into<String>, value: f64, format: Format) -> Self {
        Self { name: name.into(), value, format, better: Better::Neither, reference: None }
    }

    /// A figure to be raised.
    pub fn higher_is_better(mut self) -> Self {
        self.better = Better::Higher;
        self
    }

    /// A figure to be lowered.
    pub fn lower_is_better(mut self) -> Self {
        self.better = Better::Lower;
        self
    }

    /// With the figure of a peer, or of an earlier run, to compare with.
    pub fn reference(mut self, name: impl Into<String>, value: f64) -> Self {
        self.reference = Some(Reference { name: name.into(), value });
        self
    }

    /// The number as it is shown, with its unit.
    pub fn shown(&self) -> String {
        self.format.show(self.value)
    }

    /// How the figure compares with its reference; `None` where there is nothing to compare or to prefer.
    pub fn verdict(&self) -> Option<Verdict> {
        let reference = self.reference.as_ref()?;
        let sign = match self.better {
            Better::Higher => 1.0,
            Better::Lower => -1.0,
            Better::Neither => return None,
        };
        if self.value.is_nan() || reference.value.is_nan() {
            return None;
        }
        if self.shown() == self.format.show(reference.value) {
            return Some(Verdict::Equal);
        }
        let ahead = sign * self.value > sign * reference.value;
        Some(if ahead { Verdict::Better } else { Verdict::Worse })
    }
}
