//! LiveKit's messages on the wire, protocol buffers, as far as they are spoken here: `livekit_rtc.proto` and
//! `livekit_models.proto` of livekit/protocol 1.x. Fields and messages that are not needed are left out; a decoder passes
//! over them.

mod data;
pub(crate) mod json;
mod room;
mod signal;

pub(crate) use data::*;
pub(crate) use room::*;
pub(crate) use signal::*;
