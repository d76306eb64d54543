//! The library: found, loaded, kept for as long as the process lives.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;
use ort::session::Session as OrtSession;
use ort::session::builder::GraphOptimizationLevel;
use speech::{EngineError, EngineErrorKind};

use crate::file::mending;
use crate::session::{Session, SessionOptions};

const ENGINE: &str = "onnx";

/// A process has one environment; it is never torn down.
static LOADED: Mutex<Option<Arc<Runtime>>> = Mutex::new(None);

/// ONNX Runtime.
#[derive(Debug)]
pub struct Runtime {
    environment: Environment,
    library: PathBuf,
}

impl Runtime {
    /// Loads the library from `folder`, or answers the one that this process has loaded already, wherever from.
    ///
    /// # Errors
    /// `Asset` when the folder has no usable library, with the command that fetches it.
    pub fn load(folder: &Path) -> Result<Arc<Self>, EngineError> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = loaded.as_ref() {
            return Ok(runtime.clone());
        }
        let runtime = Arc::new(Self::open(find_library(folder)?)?);
        *loaded = Some(runtime.clone());
        Ok(runtime)
    }

    /// The file that was loaded.
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// Reads the model at `model` for `engine`.
    ///
    /// # Errors
    /// `Asset` when the file is missing or is no model that this library can run.
    pub fn session(&self, engine: &'static str, model: &Path, options: SessionOptions) -> Result<Session, EngineError> {
        self.commit(engine, options, |builder| builder.commit_from_file(model)).map_err(|e| {
            let message = format!("{} cannot be used: {e}{}", model.display(), mending(model));
            EngineError::new(engine, EngineErrorKind::Asset, message)
        })
    }

    /// Reads a model from memory; `name`, the path that it came from, stands for it in errors.
    ///
    /// # Errors
    /// `Asset` when the bytes are no model that this library can run.
    pub fn session_from_memory(
        &self,
        engine: &'static str,
        name: &str,
        model: &[u8],
        options: SessionOptions,
    ) -> Result<Session, EngineError> {
        self.commit(engine, options, |builder| builder.commit_from_memory(model)).map_err(|e| {
            let message = format!("{name} cannot be used: {e}{}", mending(Path::new(name)));
            EngineError::new(engine, EngineErrorKind::Asset, message)
        })
    }

    fn commit(
        &self,
        engine: &'static str,
        options: SessionOptions,
        read: impl FnOnce(&mut ort::session::builder::SessionBuilder) -> ort::Result<OrtSession>,
    ) -> ort::Result<Session> {
        let mut builder = OrtSession::builder(&self.environment)?
            .with_optimization_level(GraphOptimizationLevel::Level3)?
            .with_intra_threads(options.threads.max(1))?
            .with_inter_threads(1)?
            // Idle threads that spin would take the cores that the next stage waits for.
            .with_intra_op_spinning(false)?
            // Lengths differ from call to call; a pattern a length would only hold memory.
            .with_memory_pattern(false)?
            // Without VNNI, products of 8 bits would be added with saturation, which changes a quantised model's answers.
            .with_config_entry("session.x64quantprecision", "1")?
            .with_execution_providers([ort::ep::CPU::default().with_arena_allocator(options.arena).build()])?;
        Ok(Session::new(engine, read(&mut builder)?))
    }

    fn open(library: PathBuf) -> Result<Self, EngineError> {
        let broken = |e: &dyn std::fmt::Display| {
            asset_error(format!(
                "{} cannot be loaded: {e}; run \"interviewer assets pull onnxruntime\"",
                library.display()
            ))
        };
        let environment = ort::init_from(&library)
            .map_err(|e| broken(&e))?
            .with_name("interviewer")
            .with_telemetry(false)
            .build()
            .map_err(|e| broken(&e))?;
        environment.set_log_level(ort::logging::LogLevel::Error);
        Ok(Self { environment, library })
    }
}

/// `libonnxruntime.so`, with or without a version behind it.
fn find_library(folder: &Path) -> Result<PathBuf, EngineError> {
    let missing = || {
        asset_error(format!(
            "no libonnxruntime.so in {}; run \"interviewer assets pull onnxruntime\"",
            folder.display()
        ))
    };
    let entries = fs::read_dir(folder).map_err(|_| missing())?;
    let files = entries.filter_map(Result::ok).map(|entry| entry.path());
    let is_library = |file: &PathBuf| {
        let name = file.file_name().map(|name| name.to_string_lossy());
        name.is_some_and(|name| name.starts_with("libonnxruntime.so") || name == "libonnxruntime.dylib")
    };
    files.filter(is_library).max().ok_or_else(missing)
}

fn asset_error(message: String) -> EngineError {
    EngineError::new(ENGINE, EngineErrorKind::Asset, message)
}
