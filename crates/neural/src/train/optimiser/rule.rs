//! How one step changes one parameter.

use super::settings::{AdamSettings, LionSettings, OptimiserSettings, SgdSettings};
use crate::Result;
use candle_core::Tensor;

/// The numbers of a step for one parameter. Slices are walked through once; elsewhere tensors are made by candle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// Gradients are multiplied with it: the clipping.
    pub(super) scale: f64,
    pub(super) rate: f64,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Sgd { momentum: f64, nesterov: bool, decay: f64 },
    Adam { betas: [f64; 2], epsilon: f64, corrections: [f64; 2], added_decay: f64, decay: f64 },
    Lion { betas: [f64; 2], decay: f64 },
}

impl Rule {
    /// Step number `step`, from 1, of a parameter that decays or not.
    pub(super) fn new(
        settings: &OptimiserSettings,
        step: u64,
        [rate, scale]: [f64; 2],
        decays: bool,
    ) -> Self {
        let of = |decay: f64| if decays { decay } else { 0.0 };
        let adam = |adam: &AdamSettings, [added_decay, decay]: [f64; 2]| {
            let betas = [adam.beta1, adam.beta2];
            let corrections = betas.map(|beta| 1.0 - beta.powf(step as f64));
            Kind::Adam { betas, epsilon: adam.epsilon, corrections, added_decay, decay }
        };
        let kind = match settings {
            OptimiserSettings::Sgd(SgdSettings { momentum, nesterov, weight_decay, .. }) => {
                Kind::Sgd { momentum: *momentum, nesterov: *nesterov, decay: of(*weight_decay) }
            }
            OptimiserSettings::Adam(settings) => adam(settings, [of(settings.weight_decay), 0.0]),
            OptimiserSettings::AdamW(settings) => adam(settings, [0.0, of(settings.weight_decay)]),
            OptimiserSettings::Lion(LionSettings { beta1, beta2, weight_decay }) => {
                Kind::Lion { betas: [*beta1, *beta2], decay: of(*weight_decay) }
            }
        };
        Self { scale, rate, kind }
    }

    /// How many numbers are remembered for each number of a parameter.
    pub(super) fn n_slots(settings: &OptimiserSettings) -> usize {
        match settings {
            OptimiserSettings::Sgd(sgd) => usize::from(sgd.momentum > 0.0),
            OptimiserSettings::Adam(_) | OptimiserSettings::AdamW(_) => 2,
            OptimiserSettings::Lion(_) => 1,
        }
    }

    /// Changes `weights` and `slots`, all as long as `gradient`.
    pub(super) fn apply(&self, weights: &mut [f32], gradient: &[f32], slots: &mut [&mut [f32]]) {
        match (self.kind, slots) {
            (Kind::Sgd { decay, .. }, []) => self.sgd(weights, gradient, decay as f32),
            (Kind::Sgd { momentum, nesterov, decay }, [buffer, ..]) => {
                let (momentum, decay) = (momentum as f32, decay as f32);
                self.momentum([weights, buffer], gradient, [momentum, decay], nesterov);
            }
            (Kind::Adam { .. }, [first, second, ..]) => self.adam([weights, first, second], gradient),
            (Kind::Lion { betas, decay }, [average, ..]) => {
                self.lion([weights, average], gradient, betas, decay);
            }
            // `n_slots` gives each kind as many as it takes.
            (Kind::Adam { .. } | Kind::Lion { .. }, _) => {}
        }
    }

    /// w ← w − η·(g + λ·w).
    fn sgd(&self, weights: &mut [f32], gradient: &[f32], decay: f32) {
        let (rate, scale) = (self.rate as f32, self.scale as f32);
        for (w, g) in weights.iter_mut().zip(gradient) {
            *w -= rate * (scale * g + decay * *w);
        }
    }

    /// g ← g + λ·w; b ← μ·b + g; w ← w − η·b, or with Nesterov w ← w − η·(g + μ·b).
    fn momentum(
        &self,
        [weights, buffer]: [&mut [f32]; 2],
        gradient: &[f32],
        [momentum, decay]: [f32; 2],
        nesterov: bool,
    ) {
        let (rate, scale) = (self.rate as f32, self.scale as f32);
        for ((w, b), g) in weights.iter_mut().zip(buffer).zip(gradient) {
            let g = scale * g + decay * *w;
            *b = momentum * *b + g;
            *w -= rate * if nesterov { g + momentum * *b } else { *b };
        }
    }

    /// m ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g²; w ← w·(1 − η·λ) − η·(m / c₁) / (√(v / c₂) + ε), where
    /// c = 1 − βᵗ.
    fn adam(&self, [weights, first, second]: [&mut [f32]; 3], gradient: &[f32]) {
        let Kind::Adam { betas: [b1, b2], epsilon, corrections: [c1, c2], added_decay, decay } = self.kind
        else {
            return;
        };
        let (scale, added_decay, keep) =
            (self.scale as f32, added_decay as f32, (1.0 - self.rate * decay) as f32);
        let (rest1, rest2, b1, b2) = ((1.0 - b1) as f32, (1.0 - b2) as f32, b1 as f32, b2 as f32);
        // Rate and corrections become two factors, so that one root and one division are left for each weight.
        let (rate, root, epsilon) = ((self.rate / c1) as f32, (1.0 / c2.sqrt()) as f32, epsilon as f32);
        for (((w, m), v), g) in weights.iter_mut().zip(first).zip(second).zip(gradient) {
            let g = scale * g + added_decay * *w;
            *m = b1 * *m + rest1 * g;
            *v = b2 * *v + rest2 * g * g;
            *w = keep * *w - rate * *m / (v.sqrt() * root + epsilon);
        }
    }

    /// w ← w·(1 − η·λ) − η·sign(β₁·m + (1 − β₁)·g); m ← β₂·m + (1 − β₂)·g.
    fn lion(&self, [weights, average]: [&mut [f32]; 2], gradient: &[f32], [b1, b2]: [f64; 2], decay: f64) {
        let (rate, scale, keep) = (self.rate as f32, self.scale as f32, (1.0 - self.rate * decay) as f32);
        let (rest1, rest2, b1, b2) = ((1.0 - b1) as f32, (1.0 - b2) as f32, b1 as f32, b2 as f32);
        for ((w, m), g) in weights.iter_mut().zip(average).zip(gradient) {
            let g = scale * g;
            let direction = b1 * *m + rest1 * g;
            let sign = if direction == 0.0 { 0.0 } else { direction.signum() };
            *w = keep * *w - rate * sign;
            *m = b2 * *m + rest2 * g;
        }
    }

    /// The same for tensors on any device, of any floats: the new weights; `slots` are replaced.
    pub(super) fn apply_tensors(
        &self,
        weights: &Tensor,
        gradient: &Tensor,
        slots: &mut [Tensor],
    ) -> Result<Tensor> {
        let gradient = (gradient * self.scale)?;
        let step = match (self.kind, slots) {
            (Kind::Sgd { momentum, nesterov, decay }, slots) => {
                let gradient = (gradient + (weights * decay)?)?;
                let Some(buffer) = slots.first_mut() else {
                    return Ok((weights - (gradient * self.rate)?)?);
                };
                *buffer = ((&*buffer * momentum)? + &gradient)?;
                if nesterov { (gradient + (&*buffer * momentum)?)? } else { buffer.clone() }
            }
            (Kind::Adam { betas, epsilon, corrections, added_decay, decay }, [first, second, ..]) => {
                let gradient = (gradient + (weights * added_decay)?)?;
                *first = ((&*first * betas[0])? + (&gradient * (1.0 - betas[0]))?)?;
                *second = ((&*second * betas[1])? + (gradient.sqr()? * (1.0 - betas[1]))?)?;
                let root = ((&*second / corrections[1])?.sqrt()? + epsilon)?;
                ((&*first / corrections[0])?.div(&root)? + (weights * decay)?)?
            }
            (Kind::Lion { betas, decay }, [average, ..]) => {
                let direction = ((&*average * betas[0])? + (&gradient * (1.0 - betas[0]))?)?;
                *average = ((&*average * betas[1])? + (gradient * (1.0 - betas[1]))?)?;
                (direction.sign()? + (weights * decay)?)?
            }
            (Kind::Adam { .. } | Kind::Lion { .. }, _) => return Ok(weights.clone()),
        };
        Ok((weights - (step * self.rate)?)?)
    }
}
