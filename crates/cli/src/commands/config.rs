//! `interviewer config`.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Subcommand;
use interview::Plan;
use server::{DEFAULTS, Settings};

use super::replay::plan;
use crate::terminal::say;

/// Show or check the settings, or check a plan.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print every setting with its default and what it does.
    Show,
    /// Check a settings file and the environment; without a file the environment alone.
    Check {
        /// The settings file (TOML).
        file: Option<PathBuf>,
    },
    /// Check interview plans.
    Plan {
        /// Plans (YAML).
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Print the JSON Schema of plans.
    Schema,
}

pub(crate) fn run(args: Args) -> Result<()> {
    match args.command {
        Command::Show => say(DEFAULTS.trim_end()),
        Command::Check { file } => check(file)?,
        Command::Plan { files } => files.iter().try_for_each(|file| check_plan(file))?,
        Command::Schema => say(&format!("{:#}", Plan::schema())),
    }
    Ok(())
}

fn check(file: Option<PathBuf>) -> Result<()> {
    let settings = Settings::load(file.as_deref())?;
    say(&format!("valid; listens at {}, keeps interviews in {}", settings.listen()?, settings.data_dir()?.display()));
    Ok(())
}

fn check_plan(file: &Path) -> Result<()> {
    let plan = plan(file)?;
    let (file, questions, minutes) = (file.display(), plan.questions.len(), plan.minutes());
    say(&format!("{file}: valid; \"{}\", {questions} questions, about {minutes} minutes", plan.title));
    Ok(())
}
