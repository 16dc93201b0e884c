//! Lines of small text files, with their numbers.

use crate::VectorsError;
use crate::error::{Place, Problem, excerpt};
use crate::formats::{Ended, Source};
use sememe_kernels::Silent;
use std::path::Path;

/// Calls `sink` with every line of the file at `path` that is not blank.
pub(crate) fn for_each_line(
    path: &Path,
    mut sink: impl FnMut(&str, u64) -> Result<(), Problem>,
) -> Result<(), VectorsError> {
    let mut silent = Silent;
    let mut source = Source::open(path, &mut silent)?;
    let (mut bytes, mut line) = (Vec::new(), 1);
    loop {
        let (place, offset) = (Place::Line(line), source.offset());
        if source.until(b'\n', &mut bytes, place)? == Ended::BeforeFirst {
            return Ok(());
        }
        let taken = match std::str::from_utf8(&bytes).map(str::trim) {
            Ok("") => Ok(()),
            Ok(text) => sink(text.trim_start_matches('\u{feff}'), line),
            Err(error) => {
                let offset = offset + error.valid_up_to() as u64;
                Err(Problem::Encoding { found: excerpt(&bytes), offset })
            }
        };
        taken.map_err(|problem| source.error(place, problem))?;
        line += 1;
    }
}
