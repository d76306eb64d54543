//! The WebSocket transport: one socket, one interview. The protocol is `docs/websocket.md`; here it becomes
//! [`session::FromClient`] and [`session::ToClient`], and nothing of interviewing is decided.

mod guard;
mod hello;
mod proto;
mod serve;

pub use guard::MAX_FRAME_BYTES;
pub use proto::About;
pub use serve::{MAX_MESSAGE_BYTES, greet, refuse, serve, wait_in_line};
