//! Tails of the distributions that p-values need.

/// The two-sided p-value of a coefficient `r` of correlation over `n` > 2 items.
///
/// r of independent normal columns has P(|R| ≥ |r|) = I₁₋ᵣ²((n − 2)/2, 1/2), which is also Student's
/// distribution with n − 2 degrees of freedom at t = r·√((n − 2)/(1 − r²)).
pub(crate) fn r_two_sided(r: f64, n: usize) -> f64 {
    if r.is_nan() {
        return f64::NAN;
    }
    incomplete_beta((n as f64 - 2.0) / 2.0, 0.5, (1.0 - r) * (1.0 + r))
}

/// The two-sided p-value of a standard normal `z`.
pub(crate) fn normal_two_sided(z: f64) -> f64 {
    upper_gamma_half(z * z / 2.0)
}

/// Q(1/2, x) = erfc(√x), by its series below 1.5 and its continued fraction above.
fn upper_gamma_half(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return if x.is_nan() { f64::NAN } else { 1.0 };
    }
    // x^(1/2) e^(-x) / Γ(1/2)
    let front = (x / std::f64::consts::PI).sqrt() * (-x).exp();
    if x < 1.5 {
        let (mut term, mut sum, mut a) = (2.0, 2.0, 0.5);
        while term > sum * f64::EPSILON {
            a += 1.0;
            term *= x / a;
            sum += term;
        }
        1.0 - front * sum
    } else {
        // Q(a, x) Γ(a) / (x^a e^(-x)) = 1/(x + 1 - a - 1(1 - a)/(x + 3 - a - 2(2 - a)/(x + 5 - a - ...
        let fraction = lentz(x + 0.5, |i| (-i * (i - 0.5), x + 0.5 + 2.0 * i));
        front / fraction
    }
}

/// The regularised incomplete beta function Iₓ(a, b).
///
/// By the continued fraction 8.17.22 of the NIST Handbook of Mathematical Functions, which converges fast
/// below x = (a + 1)/(a + b + 2); above it through Iₓ(a, b) = 1 − I₁₋ₓ(b, a).
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_below(b, a, 1.0 - x);
    }
    beta_below(a, b, x)
}

fn beta_below(a: f64, b: f64, x: f64) -> f64 {
    let ln_beta = ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
    let front = (a * x.ln() + b * (-x).ln_1p() - ln_beta).exp() / a;
    let fraction = lentz(1.0, |i| {
        let m = (i / 2.0).floor();
        let numerator = if i % 2.0 == 0.0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        (numerator, 1.0)
    });
    front / fraction
}

/// The continued fraction b₀ + a₁/(b₁ + a₂/(b₂ + ...)) by Lentz's method; `term(i)` is (aᵢ, bᵢ).
fn lentz(b0: f64, term: impl Fn(f64) -> (f64, f64)) -> f64 {
    const TINY: f64 = 1e-300;
    const MAX_TERMS: u32 = 100_000;
    let nonzero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let (mut value, mut c, mut d) = (b0, b0, 0.0);
    for i in 1..=MAX_TERMS {
        let (a, b) = term(f64::from(i));
        d = nonzero(b + a * d).recip();
        c = nonzero(b + a / c);
        value *= c * d;
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// ln Γ(x) for x > 0: Stirling's series from 10 on, brought there by Γ(x) = Γ(x + 1)/x.
fn ln_gamma(mut x: f64) -> f64 {
    /// B₂ₖ / (2k(2k − 1)) for k = 1, 2, ...
    const SERIES: [f64; 7] =
        [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360360.0, 1.0 / 156.0];
    let mut product = 1.0;
    while x < 10.0 {
        product *= x;
        x += 1.0;
    }
    let half_ln_tau = std::f64::consts::TAU.ln() / 2.0;
    let tail = SERIES.iter().rev().fold(0.0, |sum, term| sum / (x * x) + term) / x;
    (x - 0.5) * x.ln() - x + half_ln_tau + tail - product.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(got: f64, want: f64) {
        assert!((got - want).abs() <= 1e-12 * want.abs(), "{got:e} instead of {want:e}");
    }

    #[test]
    fn the_logarithm_of_gamma_knows_factorials_and_halves() {
        check(ln_gamma(0.5), std::f64::consts::PI.sqrt().ln());
        check(ln_gamma(11.0), 3_628_800f64.ln());
        check(ln_gamma(171.0), 706.573_062_245_787_4);
    }

    #[test]
    fn the_normal_tail_is_right_near_and_far() {
        check(normal_two_sided(0.0), 1.0);
        check(normal_two_sided(1.0), 0.317_310_507_862_914_1);
        check(normal_two_sided(1.959_963_984_540_054), 0.05);
        check(normal_two_sided(-6.0), 1.973_175_290_075_396e-9);
        check(normal_two_sided(30.0), 9.813_427_854_297_537e-198);
        assert!(normal_two_sided(f64::NAN).is_nan());
    }

    #[test]
    fn the_incomplete_beta_function_has_known_values() {
        check(incomplete_beta(1.0, 1.0, 0.3), 0.3);
        check(incomplete_beta(2.0, 3.0, 0.5), 11.0 / 16.0);
        check(incomplete_beta(0.5, 0.5, 0.25), 1.0 / 3.0);
        check(incomplete_beta(5.0, 0.5, 0.9), 1.0 - incomplete_beta(0.5, 5.0, 0.1));
    }
}
