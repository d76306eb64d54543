//! What a process takes, as the kernel counts it (Linux).

use anyhow::{Context, Result};

/// Ticks a second in `/proc`; the same on every Linux that we run on.
const TICKS_PER_S: f64 = 100.0;

/// Processor time spent so far by all threads of this process, seconds.
pub(crate) fn cpu_s() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("/proc/self/stat cannot be read")?;
    // the second field is the program's name and may hold spaces
    let (_, fields) = stat.rsplit_once(')').context("/proc/self/stat has another form")?;
    let ticks: f64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS_PER_S)
}

/// Processor time spent so far by the threads that the process `id` has now, seconds. Finer than ticks: of one that
/// does next to nothing.
pub(crate) fn threads_cpu_s(id: u32) -> Result<f64> {
    let folder = format!("/proc/{id}/task");
    let threads = std::fs::read_dir(&folder).with_context(|| format!("{folder} cannot be read"))?;
    let mut nanoseconds = 0.0;
    for thread in threads {
        // one that has ended meanwhile has none
        let text = std::fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
        nanoseconds += text.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0);
    }
    Ok(nanoseconds / 1e9)
}

/// Memory in use, megabytes.
pub(crate) fn rss_mb() -> Result<f64> {
    Ok(status_kilobytes("self", "VmRSS:")? as f64 / 1024.0)
}

/// The most memory that the process `id` has taken so far, megabytes.
pub(crate) fn peak_rss_mb(id: u32) -> Result<u64> {
    Ok(status_kilobytes(&id.to_string(), "VmHWM:")? / 1024)
}

fn status_kilobytes(process: &str, field: &str) -> Result<u64> {
    let file = format!("/proc/{process}/status");
    let status = std::fs::read_to_string(&file).with_context(|| format!("{file} cannot be read"))?;
    let line = status.lines().find(|line| line.starts_with(field));
    let line = line.with_context(|| format!("{file} has no {field}"))?;
    Ok(line.split_whitespace().nth(1).with_context(|| format!("{field} has no value"))?.parse()?)
}
