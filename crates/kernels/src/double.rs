//! What decompositions need in 64 bits.

/// Σ xᵢ·yᵢ, in four sums so that it becomes vector code. The sums have one order everywhere: the same numbers give the same
/// bits on every processor.
///
/// ```
/// assert_eq!(sememe_kernels::dot_f64(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 32.0);
/// ```
pub fn dot_f64(x: &[f64], y: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (xs, ys) = (x.as_chunks::<4>(), y.as_chunks::<4>());
    for (x, y) in xs.0.iter().zip(ys.0) {
        sums.iter_mut().zip(x.iter().zip(y)).for_each(|(sum, (x, y))| *sum += x * y);
    }
    let rest: f64 = xs.1.iter().zip(ys.1).map(|(x, y)| x * y).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}
