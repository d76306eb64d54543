//! What goes to the terminal: results on standard output, everything else on standard error.

use std::io::{IsTerminal, Write};

use tracing_subscriber::EnvFilter;

/// Of a file that cannot be decoded the command's own error says enough, and of offers WebRTC warns that they are as they
/// always are.
const DEFAULT_LOG: &str = "warn,symphonia=off,str0m=error";

/// Starts logging to standard error; `RUST_LOG` says how much, warnings by default.
pub(crate) fn start_log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_LOG));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();
}

/// A line of a result. A reader that has gone away (`| head`) ends the program quietly.
pub(crate) fn say(line: &str) {
    if writeln!(std::io::stdout(), "{line}").is_err() {
        leave(0);
    }
}

/// A line of progress.
pub(crate) fn note(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// An error.
pub(crate) fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "error: {message}");
}

/// Ends the process at once, whatever its threads do. An engine may still be computing something that nobody waits for
/// any more (a worker or a server was told to stop), and the destructors of the C++ libraries, which a usual end runs,
/// would take away what it computes with: a segmentation fault.
pub(crate) fn leave(code: i32) -> ! {
    let _ = std::io::stdout().flush();
    // SAFETY: it touches nothing of ours, and nothing runs after it.
    unsafe { libc::_exit(code) }
}
