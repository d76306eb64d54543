//! ONNX Runtime, loaded once a process from the folder of its asset. The only crate that knows `ort`.
//!
//! - [`Runtime::load`]`(folder)` opens `libonnxruntime.so*` in that folder; telemetry is off.
//! - [`Runtime::session`]`(engine, model, options)` reads a model; every engine owns its sessions.
//! - [`Session::run`] takes named [`Input`]s and answers f32 [`Output`]s in the model's order.
//! - [`Graph`] reads what a model computes and with which numbers, and cuts off what comes after some tensors.
//! - [`fingerprint`] is the hash of a model's file.

mod file;
mod graph;
mod runtime;
mod session;
mod wire;

pub use file::{fingerprint, mending, require};
pub use graph::{Constant, Graph, Node};
pub use runtime::Runtime;
pub use session::{Input, Output, Session, SessionOptions};
