//! What is loaded, and how it is run.

use std::path::PathBuf;

/// Where the model runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// The first NVIDIA GPU.
    Cuda,
    /// A GPU when there is one, else the processor.
    Auto,
}

/// The numbers that the model is run with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compute {
    /// 8-bit integers: the fastest on a processor.
    #[default]
    Int8,
    /// 16-bit float on a GPU; a processor runs it as 32-bit float.
    Float16,
    /// 32-bit float.
    Float32,
}

impl Compute {
    fn label(self) -> &'static str {
        match self {
            Self::Int8 => "int8",
            Self::Float16 => "float16",
            Self::Float32 => "float32",
        }
    }
}

/// How a [`crate::Whisper`] is loaded.
#[derive(Clone, Debug)]
pub struct WhisperConfig {
    /// The folder with `model.bin`, `config.json`, `tokenizer.json` and the vocabulary.
    pub model_dir: PathBuf,
    /// Processor threads for one inference; 0 lets CTranslate2 choose.
    pub threads: usize,
    /// The numbers that the model is run with.
    pub compute: Compute,
    /// Hypotheses that the decoder follows; 1 is greedy.
    pub beam: usize,
    /// Where the model runs.
    pub device: Device,
    /// Requests that may wait; the next one is refused as `Busy`.
    pub queue: usize,
}

impl WhisperConfig {
    /// Greedy, 8-bit, two threads on the processor, sixteen requests may wait.
    pub fn new(model_dir: impl Into<PathBuf>) -> Self {
        Self {
            model_dir: model_dir.into(),
            threads: 2,
            compute: Compute::default(),
            beam: 1,
            device: Device::default(),
            queue: 16,
        }
    }

    /// The folder's name, which is also the asset's.
    pub(crate) fn model(&self) -> String {
        self.model_dir.file_name().map_or_else(|| "whisper".into(), |name| name.to_string_lossy().into_owned())
    }

    /// The model and its numbers, for logs and receipts.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.model(), self.compute.label())
    }
}
