//! The report page.

use std::io::{self, Write};

use interview::Plan;

use crate::latency::Latency;
use crate::receipt::Receipt;
use crate::tape::Tape;
use crate::transcript::Transcript;

/// What the page shows.
pub(crate) struct Report<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) transcript: &'a Transcript,
    pub(crate) receipt: &'a Receipt,
    pub(crate) latency: &'a Latency,
    pub(crate) tape: Option<&'a Tape>,
    pub(crate) recorded_ms: u64,
}

/// Writes the page.
pub(crate) fn write(_report: &Report, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"")
}
