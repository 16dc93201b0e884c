//! What windows would change, written down.

/// A row, and where among the values its change begins.
pub(super) type Entry = (u32, usize);

/// The changes of some windows, in their order.
#[derive(Default)]
pub(crate) struct Changes {
    /// Rows of the input matrix.
    inputs: Vec<Entry>,
    /// Rows of the output matrix.
    outputs: Vec<Entry>,
    /// The changes, and room for more.
    values: Vec<f32>,
    /// Where the room begins.
    end: usize,
}

impl Changes {
    pub(super) fn clear(&mut self) {
        self.inputs.clear();
        self.outputs.clear();
        self.end = 0;
    }

    pub(super) fn inputs(&self) -> &[Entry] {
        &self.inputs
    }

    pub(super) fn outputs(&self) -> &[Entry] {
        &self.outputs
    }

    /// The change of `width` numbers that begins at `at`.
    pub(super) fn values(&self, at: usize, width: usize) -> &[f32] {
        &self.values[at..at + width]
    }

    /// Room for the changes of some rows: of the inputs, one for all of them if it is `shared`, and then of the
    /// outputs, `width` numbers each.
    pub(crate) fn room(&mut self, inputs: &[u32], shared: bool, outputs: &[u32], width: usize) -> &mut [f32] {
        let start = self.end;
        let n_inputs = if shared { 1 } else { inputs.len() };
        let place = |i: usize| start + if shared { 0 } else { i * width };
        self.inputs.extend(inputs.iter().enumerate().map(|(i, &row)| (row, place(i))));
        let place = |o: usize| start + (n_inputs + o) * width;
        self.outputs.extend(outputs.iter().enumerate().map(|(o, &row)| (row, place(o))));
        self.end += (n_inputs + outputs.len()) * width;
        if self.values.len() < self.end {
            self.values.resize(2 * self.end, 0.0);
        }
        &mut self.values[start..self.end]
    }
}
