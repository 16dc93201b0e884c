//! Clipping by the norm of all gradients together (Pascanu et al. 2013, algorithm 1).

use super::gradients::{Gradients, with_values};
use crate::Result;
use rayon::prelude::*;

/// Numbers that one sum is made of before the sums are added.
const PIECE: usize = 1 << 14;

/// The norm of all gradients, and what they are to be multiplied with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clipped {
    /// √Σ g², over all numbers of all gradients, before clipping.
    pub norm: f64,
    /// At most 1, so that the norm becomes at most the bound.
    pub scale: f64,
}

impl Clipped {
    /// How `gradients` have to be scaled for a norm of at most `max_norm`; without a bound by 1.
    ///
    /// The squares are summed in `f64` and in a fixed order, whatever the number of threads. The norm of gradients that
    /// are not finite is not finite either; who asked has to look.
    ///
    /// # Errors
    /// If candle fails.
    pub fn of(gradients: &Gradients, max_norm: Option<f64>) -> Result<Self> {
        let mut squares = 0.0;
        for (_, gradient) in gradients.iter() {
            squares += with_values(gradient, sum_of_squares)?;
        }
        let norm = f64::sqrt(squares);
        let scale = max_norm.map_or(1.0, |max| if norm > max { max / norm } else { 1.0 });
        Ok(Self { norm, scale })
    }
}

fn sum_of_squares(values: &[f32]) -> f64 {
    let sums: Vec<f64> = if values.len() <= PIECE {
        vec![sum_of_piece(values)]
    } else {
        values.par_chunks(PIECE).map(sum_of_piece).collect()
    };
    sums.iter().sum()
}

/// Eight sums side by side, which the compiler makes vectors of.
fn sum_of_piece(values: &[f32]) -> f64 {
    let mut sums = [0.0; 8];
    let (eights, rest) = values.as_chunks::<8>();
    for eight in eights {
        sums.iter_mut().zip(eight).for_each(|(sum, &x)| *sum += f64::from(x) * f64::from(x));
    }
    let rest: f64 = rest.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Init, Params};
    use candle_core::{Device, Tensor};

    fn gradients(all: &[Vec<f32>]) -> Gradients {
        let params = Params::new(1, &Device::Cpu);
        let pair = |(i, values): (usize, &Vec<f32>)| {
            let param = params.free(&format!("p{i}"), &[values.len()], Init::Constant(0.0)).unwrap();
            (param, Tensor::new(values.as_slice(), &Device::Cpu).unwrap())
        };
        Gradients::from_pairs(all.iter().enumerate().map(pair).collect())
    }

    #[test]
    fn the_norm_is_that_of_all_together() {
        let gradients = gradients(&[vec![3.0], vec![0.0, -4.0]]);
        let check = |max, norm, scale| {
            assert_eq!(Clipped::of(&gradients, max).unwrap(), Clipped { norm, scale });
        };
        check(None, 5.0, 1.0);
        check(Some(1.0), 5.0, 0.2);
        check(Some(5.0), 5.0, 1.0);
        check(Some(50.0), 5.0, 1.0);
    }

    #[test]
    fn it_has_the_same_bits_on_any_number_of_threads() {
        let mut rng = sememe_kernels::Rng::new(1, 1);
        let all = gradients(&[(0..100_003).map(|_| rng.unit_f32() - 0.3).collect()]);
        let norm = |n| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
            pool.install(|| Clipped::of(&all, None).unwrap().norm.to_bits())
        };
        assert!(norm(1) == norm(2) && norm(1) == norm(4));
    }

    #[test]
    fn what_is_not_finite_shows() {
        assert!(Clipped::of(&gradients(&[vec![1.0, f32::NAN]]), Some(1.0)).unwrap().norm.is_nan());
        let infinite = Clipped::of(&gradients(&[vec![f32::INFINITY]]), None).unwrap();
        assert!(infinite.norm.is_infinite());
    }
}
