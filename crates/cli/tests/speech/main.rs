//! The engines and their decorators together, on real weights.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on fails")]

mod claims;
mod engines;
mod long_answer;
mod round_trip;
mod terms;
mod voices;
