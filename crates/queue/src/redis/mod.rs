//! Redis: tasks in Celery's protocol, the cache, leases.
//!
//! Everything that must not be torn apart by a crash is one script on the server. Beside kombu's own keys there are
//! ours, which begin with `interviewer:`; `docs/tasks.md` lists them.

mod beat;
mod cache;
mod consumer;
mod control;
mod events;
mod follow;
mod follower;
mod hub;
mod lease;
mod letters;
mod link;
mod listener;
mod local_server;
mod queue;
mod scripts;
mod settings;
mod take;
mod target;
mod tls;

pub use cache::RedisCache;
pub use lease::RedisLeases;
pub use link::Link;
pub use local_server::LocalServer;
pub use queue::RedisQueue;
pub use settings::RedisSettings;
