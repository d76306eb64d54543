//! Tests of the queue, the cache and the leases, in the process and on a real Redis server, and beside the real Celery.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod bounds;
mod cache;
mod celery;
mod conformance;
mod crash;
mod fuzz;
mod remote;
mod remote_voice;
mod schemas;
mod secure;
mod server;
mod support;
mod tools;
mod work;
