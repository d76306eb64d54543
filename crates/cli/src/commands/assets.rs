//! `interviewer assets`.

use anyhow::{Result, bail};
use assets::command::{Command, run as run_command};
use std::process::ExitCode;

/// Fetch, list or check models and libraries.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

pub(crate) fn run(args: Args) -> Result<()> {
    if run_command(args.command)? == ExitCode::SUCCESS {
        return Ok(());
    }
    bail!("not everything is right; `interviewer assets pull` fetches what is missing or wrong")
}
