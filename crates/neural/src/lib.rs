//! Neural language models on candle.

pub mod blocks;
mod device;
mod error;
pub mod language_model;
pub mod models;
pub mod ops;
mod params;
pub mod train;

pub use device::DeviceChoice;
pub use error::{NeuralError, Result};
pub use params::{Init, Param, Params};
