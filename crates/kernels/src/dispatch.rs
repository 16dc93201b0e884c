/// Isa
pub enum Isa {Scalar}
/// Kernels
pub struct Kernels;
impl Kernels {
    /// a
    pub fn detect() -> Self { Self }
    /// a
    pub fn scalar() -> Self { Self }
    /// Σ x·y over the shorter length.
    pub fn dot(&self, x: &[f32], y: &[f32]) -> f32 { x.iter().zip(y).map(|(x, y)| x * y).sum() }
    /// y += a·x
    pub fn axpy(&self, a: f32, x: &[f32], y: &mut [f32]) { x.iter().zip(y).for_each(|(x, y)| *y += a * x); }
}
