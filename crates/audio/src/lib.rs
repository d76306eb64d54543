//! Audio as numbers: files in and out, sample rates, and the log-mel picture of speech that Whisper and Smart Turn look at.
//!
//! Inside the project audio is 16 kHz mono f32 in -1..1 ([`SAMPLE_RATE_HZ`]).

pub mod decode;
pub mod echo;
pub mod jitter;
pub mod mel;
pub mod ogg;
pub mod opus;
pub mod resample;
pub mod stretches;
pub mod wav;

/// The one sample rate inside the project.
pub const SAMPLE_RATE_HZ: u32 = 16_000;
