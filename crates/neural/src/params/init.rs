//! Where parameters start.

use crate::Result;
use sememe_kernels::Rng;

/// How a parameter is started.
#[derive(Clone, Debug)]
pub enum Init {
    /// All alike.
    Constant(f64),
    /// Evenly spread from −x to x.
    Uniform(f64),
    /// Spread around 0 with this standard deviation.
    Normal(f64),
    /// Evenly spread with variance 2 / (in + out) (Glorot and Bengio 2010), of the last two dimensions.
    Glorot,
    /// These values, row after row.
    Values(Vec<f32>),
}

impl Init {
    /// As many values as `shape` has, the same for the same seed and name.
    pub(crate) fn values(self, shape: &[usize], seed: u64, name: &str) -> Result<Vec<f32>> {
        let n = shape.iter().product();
        let mut rng = Rng::new(seed, stream(name));
        Ok(match self {
            Self::Constant(x) => vec![x as f32; n],
            Self::Uniform(x) => uniform(&mut rng, x, n),
            Self::Normal(deviation) => (0..n).map(|_| (deviation * normal(&mut rng)) as f32).collect(),
            Self::Glorot => {
                let both: usize = shape.iter().rev().take(2).sum();
                uniform(&mut rng, (6.0 / both.max(1) as f64).sqrt(), n)
            }
            Self::Values(values) if values.len() == n => values,
            Self::Values(values) => {
                return Err(crate::NeuralError::parameter(
                    name,
                    format!("{} values for shape {shape:?}", values.len()),
                ));
            }
        })
    }
}

fn uniform(rng: &mut Rng, x: f64, n: usize) -> Vec<f32> {
    (0..n).map(|_| (x * (2.0 * rng.unit_f64() - 1.0)) as f32).collect()
}

/// A number of the standard normal distribution (Box and Muller 1958).
pub(crate) fn normal(rng: &mut Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.unit_f64()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.unit_f64()).cos()
}

/// The stream of a name: FNV-1a over its bytes.
pub(crate) fn stream(name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_are_as_wide_as_said() {
        let variance = |init: Init| {
            let values = init.values(&[100, 200], 1, "x").unwrap();
            values.iter().map(|x| f64::from(x * x)).sum::<f64>() / values.len() as f64
        };
        assert!((variance(Init::Uniform(0.3)) - 0.03).abs() < 1e-3);
        assert!((variance(Init::Normal(0.5)) - 0.25).abs() < 1e-2);
        assert!((variance(Init::Glorot) - 2.0 / 300.0).abs() < 1e-3);
    }

    #[test]
    fn too_few_values_are_refused() {
        let error = Init::Values(vec![1.0]).values(&[2], 1, "x").unwrap_err().to_string();
        assert_eq!(error, "parameter `x`: 1 values for shape [2]");
    }
}
