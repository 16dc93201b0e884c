//! How long a step of training takes: `cargo run --release -p sememe-neural --example step -- [lstm|transformer] [STEPS]`.
//!
//! A step is forward, backward, clipping of the gradients' norm and plain descent; on random words. With one thread
//! (`RAYON_NUM_THREADS=1 CANDLE_NUM_THREADS=1`) words a second of CPU time are what to compare. Large tensors come from
//! the system page by page unless it is told otherwise: `MALLOC_MMAP_THRESHOLD_=1073741824
//! MALLOC_TRIM_THRESHOLD_=1073741824` with glibc.

#![expect(clippy::print_stdout, reason = "an example shows what it finds")]

use candle_core::{Device, Tensor};
use sememe_kernels::Rng;
use sememe_neural::blocks::Pass;
use sememe_neural::models::{Batch, RnnLm, RnnSettings, TransformerLm, TransformerSettings};
use sememe_neural::{Params, Result};
use std::time::Instant;

const N_WORDS: usize = 10_000;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let which = arguments.next().unwrap_or_default();
    let n_steps = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(10);
    if which != "transformer" {
        let params = Params::new(1, &Device::Cpu);
        let model = RnnLm::new(&params, N_WORDS, RnnSettings::default())?;
        let mut state = model.zero_state(20)?;
        time("lstm 2x200, 35x20", &params, [35, 20, n_steps], |batch, pass| {
            let (loss, after) = model.loss(batch, &state, pass)?;
            state = after.detach();
            Ok(loss)
        })?;
    }
    if which != "lstm" {
        let params = Params::new(1, &Device::Cpu);
        let model = TransformerLm::new(&params, N_WORDS, TransformerSettings::default())?;
        time("transformer 4x256, 128x16", &params, [128, 16, n_steps], |batch, pass| {
            model.loss(batch, pass)
        })?;
    }
    Ok(())
}

fn time(
    name: &str,
    params: &Params,
    [time, n_batch, n_steps]: [usize; 3],
    mut loss: impl FnMut(&Batch<'_>, &Pass) -> Result<Tensor>,
) -> Result<()> {
    let n = time * n_batch;
    let mut rng = Rng::new(1, 0);
    let mut seconds = Vec::new();
    let (cpu_before, mut last) = (cpu_seconds(), 0.0);
    for step in 0..n_steps {
        let words: Vec<u32> = (0..n).map(|_| rng.below(N_WORDS as u64) as u32).collect();
        let start = Instant::now();
        let loss = loss(&Batch::new(&words, &words, n_batch)?, &Pass::training(1, step as u64))?;
        descend(params, &loss)?;
        last = loss.to_scalar::<f32>()?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds[seconds.len() / 2];
    let cpu = (cpu_seconds() - cpu_before) / n_steps as f64;
    println!("{name}: {:.0} words/s, {:.0} words/CPU-s, loss {last:.3}", n as f64 / median, n as f64 / cpu);
    Ok(())
}

/// Plain descent after clipping to a norm of 5.
fn descend(params: &Params, loss: &Tensor) -> Result<()> {
    let grads = loss.backward()?;
    let all: Vec<_> =
        params.all().into_iter().filter_map(|p| Some((grads.get(p.var())?.clone(), p))).collect();
    let mut square = 0.0;
    for (grad, _) in &all {
        square += f64::from(grad.sqr()?.sum_all()?.to_scalar::<f32>()?);
    }
    let rate = (5.0 / square.sqrt()).min(1.0);
    for (grad, param) in all {
        param.var().set(&(param.var().as_tensor() - (grad * rate)?)?)?;
    }
    Ok(())
}

/// Time that all threads of this process have had; 0 where the system does not tell.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|x| x.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}
