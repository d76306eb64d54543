//! ONNX Runtime, loaded once a process from the folder of its asset. The only crate that knows `ort`.
//!
//! - [`Runtime::load`]`(folder)` opens `libonnxruntime.so*` in that folder; telemetry is off.
//! - [`Runtime::session`]`(engine, model, options)` reads a model; every engine owns its sessions.
//! - [`Session::run`] takes named [`Input`]s and answers f32 [`Output`]s in the model's order.
//! - [`split`] cuts a model in two, so that its second half can be run piece by piece.
//! - [`fingerprint`] is the hash of a model's file.

mod file;
mod runtime;
mod session;
mod split;
mod wire;

pub use file::{fingerprint, mending, require};
pub use runtime::Runtime;
pub use session::{Input, Output, Session, SessionOptions};
pub use split::{Halves, split};
