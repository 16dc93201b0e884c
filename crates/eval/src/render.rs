//! Reports for terminals and as Markdown.

mod markdown;
mod text;
mod width;

pub(crate) use markdown::markdown;
pub(crate) use text::text;
pub(crate) use width::{clip, columns};
