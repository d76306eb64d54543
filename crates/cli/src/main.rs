//! The binary `interviewer`.

mod commands;
mod demo;
mod engines;
mod far;
mod manifest;
mod process;
mod progress;
mod terminal;

use clap::{Parser, Subcommand};

/// Spoken interviews, held by a machine that listens.
///
/// `interviewer serve` starts the server and prints a link; `interviewer demo` holds a whole interview with a spoken
/// candidate of its own. Everything runs on this machine; nothing is sent elsewhere.
#[derive(Parser)]
#[command(name = "interviewer", version, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server: web app, API and WebSocket.
    Serve(commands::serve::Args),
    /// Hold a whole interview in real time with a spoken candidate, and write its files.
    Demo(demo::Args),
    /// Recognise the speech in sound files.
    Transcribe(commands::transcribe::Args),
    /// Speak a text into a WAV file.
    Speak(commands::speak::Args),
    /// Hear a file as a session would: voice, pauses, decisions.
    Listen(commands::listen::Args),
    /// Do work that servers leave to workers.
    Worker(commands::worker::Args),
    /// See what waits for workers and what they gave up.
    Queue(commands::queue::Args),
    /// Measure an engine on this machine.
    Bench(commands::bench::Args),
    /// Play an interview's event log again and compare the decisions.
    Replay(commands::replay::Args),
    /// Fetch, list or check models and libraries.
    Assets(commands::assets::Args),
    /// Show or check the settings, or check a plan.
    Config(commands::config::Args),
}

fn main() {
    let cli = Cli::parse();
    terminal::start_log();
    let result = match cli.command {
        Command::Serve(args) => commands::serve::run(args),
        Command::Demo(args) => demo::run(args),
        Command::Transcribe(args) => commands::transcribe::run(args),
        Command::Speak(args) => commands::speak::run(args),
        Command::Listen(args) => commands::listen::run(args),
        Command::Worker(args) => commands::worker::run(args),
        Command::Queue(args) => commands::queue::run(args),
        Command::Bench(args) => commands::bench::run(args),
        Command::Replay(args) => commands::replay::run(args),
        Command::Assets(args) => commands::assets::run(args),
        Command::Config(args) => commands::config::run(args),
    };
    let code = match result {
        Ok(()) => 0,
        Err(error) => {
            terminal::complain(&format!("{error:#}"));
            1
        }
    };
    terminal::leave(code)
}
