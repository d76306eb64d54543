//! Long work shows how far it is.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over `count` steps on standard error; nothing is drawn when that is not a terminal.
pub(crate) fn bar(count: usize, what: &str) -> ProgressBar {
    let bar = ProgressBar::new(count as u64);
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}
