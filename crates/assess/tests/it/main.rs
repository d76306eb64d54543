//! An interview's files, from synthetic logs and recordings with tones for voices.

mod captions;
mod endings;
mod files;
mod measuring;
mod report;
mod support;
mod words;
