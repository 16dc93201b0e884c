//! What can go wrong while reading text.

use std::io;
use std::path::PathBuf;

/// Why text could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// The operating system refused.
    #[error("cannot read {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The table of Chinese variants is damaged.
    #[error("cannot load the table of traditional and simplified Chinese")]
    Variants {
        /// The reason.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
