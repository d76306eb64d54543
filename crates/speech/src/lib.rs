//! What an interview needs of its engines, without a word of how an engine works.
//!
//! Five traits ([`Recognizer`], [`Voice`], [`VoiceActivity`], [`EndOfTurn`], [`FloorClaim`]) are what a session sees. An engine crate
//! implements the blocking side of one of them and hands it to a [`worker::Worker`], which owns a thread, a bounded
//! queue and a warm-up; so no inference ever runs on the async runtime. Decorators wrap the
//! same traits: [`GuardedVoice`] (deadlines, retries, a circuit breaker), [`CachedVoice`],
//! [`FallbackVoice`], [`LazyVoice`].

mod activity;
pub mod breaker;
mod cached;
mod cancel;
mod end_of_turn;
mod error;
#[cfg(test)]
mod fakes;
mod fallback;
mod floor_claim;
mod guarded;
mod lazy;
pub mod lexicon;
pub mod polish;
mod recognizer;
pub mod speakable;
mod voice;
pub mod wer;
pub mod worker;

pub use activity::{VAD_FRAME_SAMPLES, VadFrame, VadMemory, VadResult, VoiceActivity};
pub use breaker::{BreakerSettings, BreakerState};
pub use cached::{CacheSettings, CachedVoice, line_key};
pub use cancel::Cancel;
pub use end_of_turn::EndOfTurn;
pub use error::{EngineError, EngineErrorKind};
pub use fallback::FallbackVoice;
pub use floor_claim::{CLAIM_LEAD_MS, FloorClaim};
pub use guarded::{GuardSettings, GuardedVoice};
pub use lazy::LazyVoice;
pub use lexicon::Lexicon;
pub use recognizer::{Recognition, RecognitionRequest, Recognizer, Urgency, Word};
pub use voice::{AudioChunk, SpeechRequest, SpeechStream, Voice, VoiceInfo, speak_ahead};
