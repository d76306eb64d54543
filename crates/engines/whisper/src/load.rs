//! Finding and loading a model's files.

use std::path::Path;

use ct2rs::sys::{self, Config, Whisper};
use speech::EngineError;

use crate::asset;
use crate::config::{Compute, Device, WhisperConfig};

/// Loads the network.
///
/// # Errors
/// `Asset` when a file is missing or broken.
pub(crate) fn network(config: &WhisperConfig) -> Result<Whisper, EngineError> {
    for file in ["model.bin", "config.json", "tokenizer.json"] {
        present(config, &config.model_dir.join(file))?;
    }
    let vocabulary = config.model_dir.join("vocabulary.json");
    if !vocabulary.exists() {
        present(config, &config.model_dir.join("vocabulary.txt"))?;
    }
    readable_json(config, &config.model_dir.join("config.json"))?;
    Whisper::new(&config.model_dir, settings(config))
        .map_err(|e| broken(config, &config.model_dir.join("model.bin"), &e.to_string()))
}

/// Whether the model shall run on a GPU.
pub(crate) fn on_gpu(device: Device) -> bool {
    match device {
        Device::Cpu => false,
        Device::Cuda => true,
        Device::Auto => sys::get_device_count(sys::Device::CUDA) > 0,
    }
}

fn settings(config: &WhisperConfig) -> Config {
    let gpu = on_gpu(config.device);
    Config {
        device: if gpu { sys::Device::CUDA } else { sys::Device::CPU },
        compute_type: match (config.compute, gpu) {
            (Compute::Int8, false) => sys::ComputeType::INT8_FLOAT32,
            (Compute::Int8, true) => sys::ComputeType::INT8_FLOAT16,
            (Compute::Float16, true) => sys::ComputeType::FLOAT16,
            (Compute::Float16, false) | (Compute::Float32, _) => sys::ComputeType::FLOAT32,
        },
        num_threads_per_replica: config.threads,
        ..Config::default()
    }
}

fn present(config: &WhisperConfig, file: &Path) -> Result<(), EngineError> {
    let size = file.metadata().map_err(|e| broken(config, file, &e.to_string()))?.len();
    if size == 0 { Err(broken(config, file, "it is empty")) } else { Ok(()) }
}

fn readable_json(config: &WhisperConfig, file: &Path) -> Result<(), EngineError> {
    let text = std::fs::read(file).map_err(|e| broken(config, file, &e.to_string()))?;
    serde_json::from_slice::<serde_json::Value>(&text).map_err(|e| broken(config, file, &e.to_string()))?;
    Ok(())
}

/// An `Asset` error that names the file and the command that fetches it.
pub(crate) fn broken(config: &WhisperConfig, file: &Path, reason: &str) -> EngineError {
    let model = config.model();
    asset(format!("{} cannot be used ({reason}); run \"interviewer assets pull {model}\"", file.display()))
}
