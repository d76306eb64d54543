//! Engines that are elsewhere: they look like engines and are tasks.

mod ask;
mod recognizer;
mod shared_voice;
mod voice;

pub use recognizer::{RemoteRecognizer, RemoteRecognizerSettings};
pub use shared_voice::SharedVoice;
pub use voice::{RemoteVoice, RemoteVoiceSettings};
