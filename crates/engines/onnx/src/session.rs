//! A model that is ready to run.

use ort::session::{Session as OrtSession, SessionInputValue};
use ort::value::Tensor;
use speech::{EngineError, EngineErrorKind};

/// How a model is run.
#[derive(Clone, Copy, Debug)]
pub struct SessionOptions {
    /// Threads within one call, the calling one included; at least 1.
    pub threads: usize,
    /// Whether memory is kept between calls: quicker, but a model with long inputs then holds its peak for ever.
    pub arena: bool,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self { threads: 1, arena: true }
    }
}

/// A tensor to put in; the shape comes first.
#[derive(Clone, Debug)]
pub enum Input {
    /// Numbers.
    F32(Vec<usize>, Vec<f32>),
    /// Whole numbers: tokens, lengths.
    I64(Vec<usize>, Vec<i64>),
}

/// A tensor that came out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values, the last dimension next to each other.
    pub values: Vec<f32>,
}

/// A model that is ready to run; used by one thread at a time.
pub struct Session {
    engine: &'static str,
    inner: OrtSession,
}

impl Session {
    pub(crate) fn new(engine: &'static str, inner: OrtSession) -> Self {
        Self { engine, inner }
    }

    /// The names of the model's inputs.
    pub fn inputs(&self) -> Vec<&str> {
        self.inner.inputs().iter().map(|input| input.name()).collect()
    }

    /// The names of the model's outputs.
    pub fn outputs(&self) -> Vec<&str> {
        self.inner.outputs().iter().map(|output| output.name()).collect()
    }

    /// Checks that the model takes the inputs `names`; `model` stands for it in the error.
    ///
    /// # Errors
    /// `Asset` when one of them is not among the model's inputs.
    pub fn expect_inputs(&self, model: &str, names: &[&str]) -> Result<(), EngineError> {
        let inputs = self.inputs();
        match names.iter().find(|name| !inputs.contains(name)) {
            None => Ok(()),
            Some(name) => {
                let message = format!("{model} is another kind of model: it has no input \"{name}\" but {inputs:?}");
                Err(EngineError::new(self.engine, EngineErrorKind::Asset, message))
            }
        }
    }

    /// Runs the model once; the outputs come in the model's order.
    ///
    /// # Errors
    /// `Inference` when ONNX Runtime refuses the inputs or fails, or an output is not f32.
    pub fn run(&mut self, inputs: Vec<(&str, Input)>) -> Result<Vec<Output>, EngineError> {
        let engine = self.engine;
        self.infer(inputs).map_err(|e| EngineError::new(engine, EngineErrorKind::Inference, e))
    }

    fn infer(&mut self, inputs: Vec<(&str, Input)>) -> ort::Result<Vec<Output>> {
        let mut values = Vec::with_capacity(inputs.len());
        for (name, input) in inputs {
            values.push((name, SessionInputValue::from(input.into_value()?)));
        }
        let outputs = self.inner.run(values)?;
        let read = |value: &ort::value::DynValue| {
            let (shape, values) = value.try_extract_tensor::<f32>()?;
            Ok(Output { shape: shape.iter().map(|&n| n as usize).collect(), values: values.to_vec() })
        };
        (0..outputs.len()).map(|index| read(&outputs[index])).collect()
    }
}

impl Input {
    fn into_value(self) -> ort::Result<ort::value::DynValue> {
        Ok(match self {
            Self::F32(shape, values) => Tensor::from_array((shape, values))?.into_dyn(),
            Self::I64(shape, values) => Tensor::from_array((shape, values))?.into_dyn(),
        })
    }
}
