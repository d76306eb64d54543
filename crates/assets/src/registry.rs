//! Where a package can be fetched from: pip and npm are asked, so that the mirrors in the user's settings count.
//!
//! Only the address is taken from them. A mirror that wants a sign-in for the file itself refuses us: what pip and npm
//! sign in with is not passed on. pip may download a wheel only to say its address, where the index does not serve
//! the wheel's metadata by itself.

use std::io;
use std::path::Path;
use std::process::{Command, Output};

use serde::Deserialize;

use crate::error::AssetError;
use crate::manifest::{Package, Registry};

/// Knows the addresses of packages.
pub trait Addresses: Sync {
    /// One `http:`, `https:` or `file:` address a package, in the same order.
    ///
    /// # Errors
    /// [`AssetError::NoTool`] or [`AssetError::Registry`].
    fn find(&self, packages: &[&Package]) -> Result<Vec<String>, AssetError>;
}

/// Asks pip and npm.
#[derive(Debug, Default)]
pub struct PackageManagers;

/// Any Python will do for finding addresses, so one that has builds of everything is named.
const PIP_TARGET: [&str; 7] =
    ["--only-binary=:all:", "--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"];

/// npm would wait for a minute and more where there is no network.
const NPM_RETRIES: [&str; 2] = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000"];

impl Addresses for PackageManagers {
    fn find(&self, packages: &[&Package]) -> Result<Vec<String>, AssetError> {
        let wheels: Vec<&Package> = packages.iter().copied().filter(|p| p.registry == Registry::Pypi).collect();
        let report = if wheels.is_empty() { Report::default() } else { ask_pip(&wheels)? };
        packages.iter().map(|package| address(package, &report)).collect()
    }
}

fn address(package: &Package, report: &Report) -> Result<String, AssetError> {
    match package.registry {
        Registry::Npm => ask_npm(package),
        Registry::Pypi => report.address(&package.name).ok_or_else(|| AssetError::Registry {
            tool: "pip",
            reason: "gave no address".to_owned(),
            line: package.label(),
        }),
    }
}

/// The part of pip's installation report that holds addresses.
#[derive(Debug, Default, Deserialize)]
struct Report {
    install: Vec<Item>,
}

#[derive(Debug, Deserialize)]
struct Item {
    download_info: Download,
    metadata: Metadata,
}

#[derive(Debug, Deserialize)]
struct Download {
    url: String,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    name: String,
}

impl Report {
    fn address(&self, name: &str) -> Option<String> {
        let found = self.install.iter().find(|item| plain(&item.metadata.name) == plain(name))?;
        Some(found.download_info.url.clone())
    }
}

/// A project's name as registries compare it.
fn plain(name: &str) -> String {
    name.to_lowercase().replace(['_', '.'], "-")
}

fn ask_pip(packages: &[&Package]) -> Result<Report, AssetError> {
    let nowhere = std::env::temp_dir().join("interviewer-assets-nothing-is-installed-here");
    let output = pip(packages, &nowhere).output().map_err(|error| no_python(&error))?;
    if !output.status.success() {
        return Err(pip_failure(&output));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| AssetError::Registry {
        tool: "pip",
        reason: "printed a report that cannot be read".to_owned(),
        line: error.to_string(),
    })
}

fn pip(packages: &[&Package], nowhere: &Path) -> Command {
    let mut command = Command::new("python3");
    command.args(["-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-deps", "--quiet"]);
    command.args(["--no-input", "--disable-pip-version-check", "--retries", "2", "--report", "-"]);
    command.args(PIP_TARGET).arg("--target").arg(nowhere);
    let tags = packages.iter().filter_map(|package| package.build()?.tag.as_deref());
    for tag in tags.chain(["any"]) {
        command.args(["--platform", tag]);
    }
    command.args(packages.iter().map(|package| format!("{}=={}", package.name, package.version)));
    command
}

fn no_python(error: &io::Error) -> AssetError {
    let reason = format!("python3 could not be started: {error}");
    AssetError::NoTool { tool: "pip", reason, install: "python3 and python3-pip" }
}

fn pip_failure(output: &Output) -> AssetError {
    let errors = String::from_utf8_lossy(&output.stderr);
    let line = last_line(&errors);
    if errors.contains("No module named pip") {
        return AssetError::NoTool { tool: "pip", reason: line, install: "python3-pip" };
    }
    if errors.contains("no such option: --report") {
        let reason = "this pip is older than 22.2".to_owned();
        return AssetError::NoTool {
            tool: "pip",
            reason,
            install: "a newer one (python3 -m pip install --upgrade pip)",
        };
    }
    let unreachable = ["Retrying (", "Max retries", "connection broken", "Connection refused", "Temporary failure"];
    let reason = match unreachable.iter().any(|mark| errors.contains(mark)) {
        true => "could not reach its package index (is there a network?)",
        false => "could not find a package",
    };
    AssetError::Registry { tool: "pip", reason: reason.to_owned(), line }
}

fn ask_npm(package: &Package) -> Result<String, AssetError> {
    let what = format!("{}@{}", package.name, package.version);
    let output = Command::new("npm").args(["view", &what, "dist.tarball"]).args(NPM_RETRIES).output();
    let output = output.map_err(|error| AssetError::NoTool {
        tool: "npm",
        reason: format!("it could not be started: {error}"),
        install: "Node.js with npm",
    })?;
    let address = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && !address.is_empty() {
        return Ok(address);
    }
    let reason = format!("could not find {what} (is there a network?)");
    Err(AssetError::Registry { tool: "npm", reason, line: npm_error(&String::from_utf8_lossy(&output.stderr)) })
}

/// npm ends with advice and with where its log is; the line that says what happened stands before.
fn npm_error(errors: &str) -> String {
    let telling = |line: &&str| ["failed", "404", "reason"].iter().any(|mark| line.contains(mark));
    errors.lines().find(telling).map_or_else(|| last_line(errors), str::to_owned)
}

fn last_line(text: &str) -> String {
    text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it said nothing").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    fn failed(stderr: &str) -> String {
        let status = std::process::ExitStatus::from_raw(256);
        pip_failure(&Output { status, stdout: vec![], stderr: stderr.into() }).to_string()
    }

    #[test]
    fn no_network_is_told_from_no_package() {
        let line = "ERROR: No matching distribution found for x==1";
        let offline = failed(&format!("WARNING: Retrying (Retry(total=1)) after connection broken\n{line}\n"));
        assert!(offline.contains("could not reach its package index"), "{offline}");
        assert!(offline.contains(line), "{offline}");
        assert!(failed(line).contains("could not find a package"));
    }

    #[test]
    fn a_missing_or_old_pip_is_named() {
        assert!(failed("/usr/bin/python3: No module named pip").contains("install python3-pip"));
        assert!(failed("no such option: --report").contains("older than 22.2"));
    }

    #[test]
    fn names_are_compared_as_registries_do() {
        let report = r#"{"install":[{"download_info":{"url":"u"},"metadata":{"name":"Silero_VAD"}}]}"#;
        let report: Report = serde_json::from_str(report).expect("a report");
        assert_eq!(report.address("silero-vad").as_deref(), Some("u"));
    }
}
