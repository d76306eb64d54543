//! The LiveKit transport: LiveKit's clients, unchanged, speak with the interviewer as with an agent in a room, and there is
//! no media server in between. `docs/livekit.md` says what is spoken; nothing of interviewing is decided here.
//!
//! A [`Call`](call) is one client as a state machine without sockets and clocks; [`serve`] gives it both; the [`Gateway`] is
//! the ports that all calls share. Only `proto.rs` knows LiveKit's messages, only `peer.rs` knows WebRTC.

mod call;
pub mod client;
mod ear;
mod gateway;
mod guard;
mod helper;
mod inbox;
mod join;
mod peer;
mod people;
mod proto;
pub mod rehearsal;
mod route;
mod sdp;
mod serve;
mod token;
mod transcript;
mod voice;
mod way;

pub use call::{BEGIN_ATTRIBUTE, BEGIN_ON_REQUEST, House};
pub use gateway::{CannotOpen, Gateway, Ports};
pub use helper::Helper;
pub use join::{BadJoin, Join, Query, Style};
pub use serve::{MAX_FRAME_BYTES, serve};
pub use token::{AgentDispatch, Claims, Grants, Key, MAX_TOKEN_BYTES, Refused, RoomConfig};
pub use way::Ways;
