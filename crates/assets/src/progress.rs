//! How far a pull is: bars on a terminal, lines elsewhere, or nothing.

use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Is told how a pull goes; called from several threads.
pub trait Progress: Sync {
    /// A package of `total_bytes` begins to arrive.
    fn started(&self, package: &str, total_bytes: u64);
    /// `bytes` of the package are here.
    fn moved(&self, package: &str, bytes: u64);
    /// The package is here, or was given up.
    fn finished(&self, package: &str);
    /// Something worth a line.
    fn say(&self, line: &str);
}

/// Says nothing.
#[derive(Debug, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn started(&self, _package: &str, _total_bytes: u64) {}
    fn moved(&self, _package: &str, _bytes: u64) {}
    fn finished(&self, _package: &str) {}
    fn say(&self, _line: &str) {}
}

/// Writes to standard error: a bar a package on a terminal, plain lines elsewhere.
#[derive(Debug)]
pub struct Console {
    bars: Option<MultiProgress>,
    open: Mutex<HashMap<String, ProgressBar>>,
}

impl Console {
    /// Looks whether standard error is a terminal.
    #[must_use]
    pub fn new() -> Self {
        let bars = std::io::stderr().is_terminal().then(MultiProgress::new);
        Self { bars, open: Mutex::default() }
    }

    fn with_bar(&self, package: &str, act: impl FnOnce(&ProgressBar)) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = open.get(package) {
            act(bar);
        }
    }
}

impl Default for Console {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress for Console {
    fn started(&self, package: &str, total_bytes: u64) {
        let Some(bars) = &self.bars else { return };
        let bar = bars.add(ProgressBar::new(total_bytes).with_style(style()).with_message(package.to_owned()));
        bar.enable_steady_tick(Duration::from_millis(200));
        self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(package.to_owned(), bar);
    }

    fn moved(&self, package: &str, bytes: u64) {
        self.with_bar(package, |bar| bar.set_position(bytes));
    }

    fn finished(&self, package: &str) {
        self.with_bar(package, ProgressBar::finish_and_clear);
    }

    fn say(&self, line: &str) {
        match &self.bars {
            Some(bars) => bars.suspend(|| write_line(line)),
            None => write_line(line),
        }
    }
}

/// A closed standard error is no reason to stop.
fn write_line(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{msg:32!} {bar:30} {bytes:>11}/{total_bytes:11} {bytes_per_sec:>12} {eta:>4}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
