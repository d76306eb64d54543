//! The LiveKit transport, so far as it is there: access tokens. No route uses it yet.

mod token;

pub use token::{AgentDispatch, Claims, Grants, Key, MAX_TOKEN_BYTES, Refused, RoomConfig};
