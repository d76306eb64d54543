//! The command line of assets, shared by `interviewer-assets` and `interviewer assets`.
#![allow(clippy::print_stdout, reason = "a command prints its answer")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Subcommand;

use crate::{AssetError, Cache, Console, Listed, Progress, Quiet};

/// What can be done with assets.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Fetches what is not there yet.
    Pull {
        /// Assets to fetch, or to mend if they are damaged; all that are missing, if none is named.
        names: Vec<String>,
        /// Shows no progress.
        #[arg(long, short)]
        quiet: bool,
    },
    /// Shows every asset and how it stands.
    List,
    /// Hashes every file.
    Verify {
        /// Assets to check; all, if none is named.
        names: Vec<String>,
    },
    /// Fills the folder that the linker is pointed at while the product is built.
    Link {
        /// The folder.
        folder: PathBuf,
    },
}

/// Carries a command out and prints its answer.
///
/// # Errors
/// Whatever the command meets; a `verify` that finds something wrong is an exit code instead.
pub fn run(command: Command) -> Result<ExitCode, AssetError> {
    let cache = Cache::open()?;
    match command {
        Command::Pull { names, quiet } => pull(&cache, &names, quiet)?,
        Command::List => cache.list().iter().for_each(show),
        Command::Verify { names } => return verify(&cache, &names),
        Command::Link { folder } => crate::link(&cache, &folder)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn pull(cache: &Cache, names: &[String], quiet: bool) -> Result<(), AssetError> {
    let began = Instant::now();
    let progress: Box<dyn Progress> = if quiet { Box::new(Quiet) } else { Box::new(Console::new()) };
    let fetched = cache.pull(names, &*progress)?;
    let took = began.elapsed().as_secs_f32();
    if fetched.is_empty() {
        println!("all assets are ready in {} ({took:.2} s)", cache.assets().display());
    } else {
        println!("fetched {} into {} in {took:.1} s", fetched.join(", "), cache.assets().display());
    }
    Ok(())
}

fn show(listed: &Listed) {
    let state = match &listed.state {
        Ok(()) => "ready",
        Err(AssetError::Damaged { .. }) => "damaged",
        Err(_) => "missing",
    };
    let asset = &listed.asset;
    let megabytes = asset.unpacked_bytes.div_ceil(1_000_000);
    println!("{:24} {state:8} {megabytes:>4} MB  {:12} {}", asset.name, asset.licence, asset.about);
}

fn verify(cache: &Cache, names: &[String]) -> Result<ExitCode, AssetError> {
    let mut code = ExitCode::SUCCESS;
    for verified in cache.verify(names)? {
        match verified.outcome {
            Ok(bytes) => println!("{:24} right    {:>4} MB", verified.name, bytes.div_ceil(1_000_000)),
            Err(error) => {
                println!("{:24} wrong    {error}", verified.name);
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}
