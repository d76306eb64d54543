//! In the process: for one machine, and for tests. Nothing outlives the process.

mod cache;
mod consumer;
mod lease;
mod queue;
mod state;

pub use cache::MemoryCache;
pub use lease::MemoryLeases;
pub use queue::MemoryQueue;
