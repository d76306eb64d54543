//! Pulls over small packages made here, from files and from a local server; no network is needed.
#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod interruption;
mod joining;
mod manifest;
mod refusal;
mod stamping;
mod support;
