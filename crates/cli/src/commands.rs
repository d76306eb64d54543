//! One file for each command.

pub(crate) mod assets;
pub(crate) mod bench;
pub(crate) mod config;
pub(crate) mod listen;
pub(crate) mod queue;
pub(crate) mod replay;
pub(crate) mod serve;
pub(crate) mod speak;
pub(crate) mod transcribe;
pub(crate) mod worker;
