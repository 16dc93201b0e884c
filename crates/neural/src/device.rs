//! Where a model lives.

use crate::{NeuralError, Result};
use candle_core::Device;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A wish for a device: `auto`, `cpu`, `cuda` or `cuda:N`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DeviceChoice {
    /// The first GPU, if there is one and this build can use it, and else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The GPU with this number.
    Cuda(usize),
}

impl DeviceChoice {
    /// Opens the device.
    ///
    /// # Errors
    /// If a GPU was asked for by name and this build has no CUDA, or there is no such GPU.
    pub fn open(self) -> Result<Device> {
        match self {
            Self::Cpu => Ok(Device::Cpu),
            Self::Auto => Ok(Device::new_cuda(0).unwrap_or(Device::Cpu)),
            Self::Cuda(n) => self.open_cuda(n),
        }
    }

    fn open_cuda(self, n: usize) -> Result<Device> {
        let fail = |reason| NeuralError::Device { wanted: self.to_string(), reason };
        if !candle_core::utils::cuda_is_available() {
            return Err(fail(
                "this build has no CUDA; build it with `--features cuda`, or take `cpu`".into(),
            ));
        }
        Device::new_cuda(n).map_err(|error| fail(error.to_string()))
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(n) => write!(f, "cuda:{n}"),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = NeuralError;

    fn from_str(name: &str) -> Result<Self> {
        let cuda = |number: &str| number.parse().ok().map(Self::Cuda);
        let choice = match name {
            "auto" => Some(Self::Auto),
            "cpu" => Some(Self::Cpu),
            "cuda" => Some(Self::Cuda(0)),
            _ => name.strip_prefix("cuda:").and_then(cuda),
        };
        choice.ok_or_else(|| {
            NeuralError::setting("device", "`auto`, `cpu`, `cuda` or `cuda:N`", format!("`{name}`"))
        })
    }
}

impl TryFrom<String> for DeviceChoice {
    type Error = NeuralError;

    fn try_from(name: String) -> Result<Self> {
        name.parse()
    }
}

impl From<DeviceChoice> for String {
    fn from(choice: DeviceChoice) -> Self {
        choice.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for choice in [DeviceChoice::Auto, DeviceChoice::Cpu, DeviceChoice::Cuda(3)] {
            assert_eq!(choice.to_string().parse::<DeviceChoice>().unwrap(), choice);
        }
        assert_eq!("cuda".parse::<DeviceChoice>().unwrap(), DeviceChoice::Cuda(0));
    }

    #[test]
    fn other_names_are_refused() {
        for name in ["", "gpu", "cuda:", "cuda:-1", "CPU"] {
            let error = name.parse::<DeviceChoice>().unwrap_err().to_string();
            assert_eq!(
                error,
                format!("setting `device` is `{name}`, expected `auto`, `cpu`, `cuda` or `cuda:N`")
            );
        }
    }

    #[test]
    fn a_build_without_cuda_says_so() {
        if !candle_core::utils::cuda_is_available() {
            let error = DeviceChoice::Cuda(1).open().unwrap_err().to_string();
            assert!(error.starts_with("device `cuda:1` cannot be used: this build has no CUDA"), "{error}");
            assert!(DeviceChoice::Auto.open().unwrap().is_cpu());
        }
    }
}
