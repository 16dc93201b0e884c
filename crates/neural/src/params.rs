//! The numbers that training changes, by name.

mod file;
mod init;

pub use init::Init;

use crate::{NeuralError, Result};
use candle_core::{DType, Device, Tensor, Var};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A named variable; a clone is the same one.
#[derive(Clone, Debug)]
pub struct Param {
    name: Arc<str>,
    var: Var,
    decay: bool,
    frozen: Arc<AtomicBool>,
}

impl Param {
    /// Its name, such as `layers.0.attention.weight`, under which files hold it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The variable, for who changes it.
    pub fn var(&self) -> &Var {
        &self.var
    }

    /// Its value, for a forward pass: without a gradient while it is frozen.
    pub fn tensor(&self) -> Tensor {
        if self.is_frozen() { self.var.as_detached_tensor() } else { self.var.as_tensor().clone() }
    }

    /// Whether weight decay pulls at it: not at biases, gains and embeddings.
    pub fn decays(&self) -> bool {
        self.decay
    }

    /// Whether it stays as it is.
    pub fn is_frozen(&self) -> bool {
        self.frozen.load(Ordering::Relaxed)
    }

    /// Holds it as it is, or lets it go.
    pub fn freeze(&self, frozen: bool) {
        self.frozen.store(frozen, Ordering::Relaxed);
    }
}

/// All parameters of a model, and where a part of it finds its own: a clone, or a [`part`](Params::part), shares them.
///
/// Values that are started at random depend on the seed and the name alone: not on threads, nor on what else there is.
#[derive(Clone, Debug)]
pub struct Params {
    all: Arc<Mutex<BTreeMap<String, Param>>>,
    prefix: String,
    seed: u64,
    dtype: DType,
    device: Device,
}

impl Params {
    /// None yet; `f32`.
    pub fn new(seed: u64, device: &Device) -> Self {
        Self { all: Arc::default(), prefix: String::new(), seed, dtype: DType::F32, device: device.clone() }
    }

    /// The same, but of other floats: `f64` to check gradients.
    pub fn with_dtype(self, dtype: DType) -> Self {
        Self { dtype, ..self }
    }

    /// Parameters whose names begin with `name` and a dot.
    pub fn part(&self, name: impl std::fmt::Display) -> Self {
        Self { prefix: format!("{}{name}.", self.prefix), ..self.clone() }
    }

    /// The floats that parameters are made of.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Where parameters live.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The seed of what is started at random.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Adds a matrix that weight decay pulls at: `[in, out]`.
    ///
    /// # Errors
    /// If the name is taken.
    pub fn weight(&self, name: &str, shape: [usize; 2], init: Init) -> Result<Param> {
        self.add(name, &shape, init, true)
    }

    /// Adds a parameter that weight decay leaves alone.
    ///
    /// # Errors
    /// If the name is taken.
    pub fn free(&self, name: &str, shape: &[usize], init: Init) -> Result<Param> {
        self.add(name, shape, init, false)
    }

    fn add(&self, name: &str, shape: &[usize], init: Init, decay: bool) -> Result<Param> {
        let name = format!("{}{name}", self.prefix);
        let values = init.values(shape, self.seed, &name)?;
        let tensor =
            Tensor::from_vec(values, shape, &Device::Cpu)?.to_dtype(self.dtype)?.to_device(&self.device)?;
        let param = Param {
            name: name.as_str().into(),
            var: Var::from_tensor(&tensor)?,
            decay,
            frozen: Arc::default(),
        };
        let mut all = self.lock();
        if all.contains_key(&name) {
            return Err(NeuralError::parameter(&name, "there are two of this name"));
        }
        all.insert(name, param.clone());
        Ok(param)
    }

    /// All parameters of this part, in the order of their names.
    pub fn all(&self) -> Vec<Param> {
        let all = self.lock();
        all.iter()
            .filter(|(name, _)| name.starts_with(&self.prefix))
            .map(|(_, param)| param.clone())
            .collect()
    }

    /// The parameter with this name in this part.
    pub fn get(&self, name: &str) -> Option<Param> {
        self.lock().get(&format!("{}{name}", self.prefix)).cloned()
    }

    /// Numbers in all parameters of this part.
    pub fn n_values(&self) -> usize {
        self.all().iter().map(|param| param.var.elem_count()).sum()
    }

    /// Holds all parameters of this part as they are, or lets them go.
    pub fn freeze(&self, frozen: bool) {
        self.all().iter().for_each(|param| param.freeze(frozen));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Param>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params() -> Params {
        let params = Params::new(7, &Device::Cpu);
        params.part("a").weight("w", [3, 2], Init::Uniform(0.5)).unwrap();
        params.part("a").free("b", &[2], Init::Constant(0.25)).unwrap();
        params.part("b").free("w", &[2], Init::Normal(1.0)).unwrap();
        params
    }

    fn values(param: &Param) -> Vec<f32> {
        param.tensor().flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn parts_have_their_own() {
        let params = params();
        let names = |params: &Params| params.all().iter().map(|p| p.name().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&params), ["a.b", "a.w", "b.w"]);
        assert_eq!(names(&params.part("a")), ["a.b", "a.w"]);
        assert_eq!((params.n_values(), params.part("b").n_values()), (10, 2));
        assert_eq!(values(&params.get("a.b").unwrap()), [0.25; 2]);
        assert!(params.get("a.w").unwrap().decays() && !params.get("a.b").unwrap().decays());
    }

    #[test]
    fn a_name_is_taken_once() {
        let error = params().part("a").free("b", &[1], Init::Constant(0.0)).unwrap_err().to_string();
        assert_eq!(error, "parameter `a.b`: there are two of this name");
    }

    #[test]
    fn random_values_depend_on_seed_and_name_alone() {
        let (first, alone) = (params(), Params::new(7, &Device::Cpu));
        let again = alone.part("b").free("w", &[2], Init::Normal(1.0)).unwrap();
        assert_eq!(values(&first.get("b.w").unwrap()), values(&again));
        let other = Params::new(8, &Device::Cpu).part("b").free("w", &[2], Init::Normal(1.0)).unwrap();
        assert_ne!(values(&other), values(&again));
    }

    #[test]
    fn what_is_frozen_has_no_gradient() {
        let params = params();
        let param = params.get("a.w").unwrap();
        params.part("a").freeze(true);
        assert!(param.is_frozen() && !param.tensor().track_op());
        param.freeze(false);
        let grads = param.tensor().sum_all().unwrap().backward().unwrap();
        assert!(grads.get(param.var()).is_some());
    }

    #[test]
    fn files_give_back_what_they_were_given() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        let (from, to) = (params(), Params::new(1, &Device::Cpu));
        from.save(&path).unwrap();
        to.part("a").weight("w", [3, 2], Init::Constant(0.0)).unwrap();
        to.part("a").free("b", &[2], Init::Constant(0.0)).unwrap();
        let error = to.load(&path).unwrap_err().to_string();
        assert!(error.ends_with("it holds `b.w`, which the model has not"), "{error}");
        to.part("b").free("w", &[2], Init::Constant(0.0)).unwrap();
        to.load(&path).unwrap();
        for (a, b) in from.all().iter().zip(to.all()) {
            assert_eq!(values(a), values(&b));
        }
        to.free("c", &[1], Init::Constant(0.0)).unwrap();
        let error = to.load(&path).unwrap_err().to_string();
        assert!(error.ends_with("it has no tensor `c`"), "{error}");
    }

    #[test]
    fn a_file_of_other_shapes_is_refused_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        params().save(&path).unwrap();
        let to = Params::new(1, &Device::Cpu);
        let first = to.part("a").free("b", &[2], Init::Constant(0.0)).unwrap();
        to.part("a").weight("w", [2, 3], Init::Constant(0.0)).unwrap();
        to.part("b").free("w", &[2], Init::Constant(0.0)).unwrap();
        let error = to.load(&path).unwrap_err().to_string();
        assert!(error.ends_with("`a.w` has shape [3, 2], expected [2, 3]"), "{error}");
        assert_eq!(values(&first), [0.0; 2]);
    }
}
