//! What this process takes, as the kernel counts it (Linux).

use anyhow::{Context, Result};

/// Ticks a second in `/proc`; the same on every Linux that we run on.
const TICKS_PER_S: f64 = 100.0;

/// Processor time spent so far by all threads, seconds.
pub(super) fn cpu_s() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("/proc/self/stat cannot be read")?;
    // the second field is the program's name and may hold spaces
    let (_, fields) = stat.rsplit_once(')').context("/proc/self/stat has another form")?;
    let ticks: f64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS_PER_S)
}

/// Memory in use, megabytes.
pub(super) fn rss_mb() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status").context("/proc/self/status cannot be read")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("/proc/self/status has no VmRSS")?;
    let kilobytes: f64 = line.split_whitespace().nth(1).context("VmRSS has no value")?.parse()?;
    Ok(kilobytes / 1024.0)
}
