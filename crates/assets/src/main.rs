//! Fetches assets before the product itself can be built: the product links against one of them.

use std::process::ExitCode;

use assets::command::{Command, run};
use clap::Parser;

/// Fetches, lists and checks the models and libraries that interviewer uses.
#[derive(Debug, Parser)]
#[command(name = "interviewer-assets", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
