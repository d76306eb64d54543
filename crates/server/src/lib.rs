//! The server: HTTP API, WebSocket, LiveKit's rooms, the web app's files, and what happens before and after a session.

mod abandoned;
mod api;
mod app;
mod headers;
mod hold;
mod livekit_settings;
mod plan_cache;
mod plans;
mod problem;
mod queue_settings;
mod registry;
mod reports;
mod rooms;
mod settings;
mod site;
mod socket;

pub use app::{App, Parts};
pub use livekit_settings::{IceServer, LiveKitSettings};
pub use plan_cache::PlanCache;
pub use plans::Plans;
pub use queue_settings::QueueSettings;
pub use registry::Registry;
pub use reports::{LocalReports, Reports, make_files};
pub use rooms::Rooms;
pub use settings::{DEFAULTS, RecognitionSettings, ServerSettings, Settings, TurnSettings, VoiceSettings};
