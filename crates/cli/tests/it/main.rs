//! The whole program as its users meet it: the real binary, its real models, real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod bad_files;
mod bad_input;
mod beginning;
mod candidate;
mod demo;
mod far;
mod livekit;
mod measured;
mod network;
mod privacy;
mod program;
mod python;
mod queue;
mod replay;
mod resume;
mod workers;
