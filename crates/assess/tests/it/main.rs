//! An interview's files, from synthetic logs and recordings with tones for voices.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod captions;
mod endings;
mod files;
mod live;
mod measuring;
mod report;
mod support;
mod words;
