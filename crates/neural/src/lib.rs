//! Neural language models on candle, with operations fused for the CPU.
//!
//! ```
//! use candle_core::Device;
//! use sememe_neural::Params;
//! use sememe_neural::blocks::Pass;
//! use sememe_neural::models::{Batch, RnnLm, RnnSettings};
//!
//! let params = Params::new(1, &Device::Cpu);
//! let settings = RnnSettings { dim: 8, hidden: 8, ..RnnSettings::default() };
//! let model = RnnLm::new(&params, 100, settings)?;
//! let batch = Batch::new(&[1, 2, 3, 4, 5, 6], &[2, 3, 4, 5, 6, 7], 2)?; // two sequences of three words
//! let (loss, state) = model.loss(&batch, &model.zero_state(2)?, &Pass::training(1, 0))?;
//! assert!((loss.to_scalar::<f32>()? - 100_f32.ln()).abs() < 0.1, "it knows nothing yet");
//! let gradients = loss.backward()?;
//! assert!(params.all().iter().all(|param| gradients.get(param.var()).is_some()));
//! # Ok::<_, sememe_neural::NeuralError>(())
//! ```
//!
//! [`ops`] are operations on tensors, [`blocks`] the layers made of them, [`models`] what is made of layers, and [`train`]
//! what trains them: optimisers, schedules, batches of a corpus, and runs that can be cut off. [`Params`] holds all that
//! training changes, by name. This is the only crate that knows candle; it reads no text, and prints nothing. All randomness comes from a seed, and a result is the same on any number of threads.

pub mod blocks;
mod device;
mod error;
pub mod models;
pub mod ops;
mod params;
pub mod train;

pub use device::DeviceChoice;
pub use error::{NeuralError, Result};
pub use params::{Init, Param, Params};
