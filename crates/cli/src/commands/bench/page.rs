//! Tables of a page, each between two marks: `<!-- begin NAME -->` and `<!-- end NAME -->`. A bench replaces its own
//! table and leaves the others as they are.

use std::path::Path;

use anyhow::{Context, Result};

/// What one bench found.
pub(super) struct Table {
    /// Under which conditions: what was heard or said, threads, versions.
    pub(super) conditions: String,
    /// Names of the columns.
    pub(super) head: Vec<String>,
    /// As many cells each as `head` has.
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with the usual columns: what, ours, the peer's (`theirs` is its name), and ours in parts of theirs.
    pub(super) fn against(theirs: &str, conditions: String) -> Self {
        let head = ["", "ours", theirs, "ratio"].map(str::to_owned).to_vec();
        Self { conditions, head, rows: Vec::new() }
    }

    /// A row of the usual columns; `unit` stands behind both figures.
    pub(super) fn compare(&mut self, what: &str, ours: f64, theirs: Option<f64>, unit: &str) {
        self.compare_by(theirs.map(|theirs| ours / theirs), what, ours, theirs, unit);
    }

    /// The same where the ratio is not that of both figures, but was taken piece by piece.
    pub(super) fn compare_by(&mut self, ratio: Option<f64>, what: &str, ours: f64, theirs: Option<f64>, unit: &str) {
        let or_none = |shown: Option<String>| shown.unwrap_or_else(|| "–".to_owned());
        let theirs = or_none(theirs.map(|theirs| figure(theirs, unit)));
        let ratio = or_none(ratio.map(|ratio| format!("**{ratio:.2}**")));
        self.rows.push(vec![what.to_owned(), figure(ours, unit), theirs, ratio]);
    }

    /// A row that is said in words.
    pub(super) fn row<const N: usize>(&mut self, cells: [&str; N]) {
        self.rows.push(cells.map(str::to_owned).to_vec());
    }

    fn markdown(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let rule = vec!["---".to_owned(); self.head.len()];
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        format!("{}\n\n{}{}{rows}\nOn {}.\n", self.conditions, line(&self.head), line(&rule), machine())
    }
}

/// Three digits that matter.
fn figure(value: f64, unit: &str) -> String {
    let decimals = (2.0 - value.abs().max(1e-9).log10().floor()).clamp(0.0, 6.0) as usize;
    format!("{value:.decimals$} {unit}").trim_end().to_owned()
}

/// Puts `table` between the marks of `name` in the page `file`.
pub(super) fn write(file: &Path, name: &str, table: &Table) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let text = replaced(&text, name, &table.markdown()).with_context(|| {
        format!("{} lacks the marks <!-- begin {name} --> and <!-- end {name} -->, one after the other", file.display())
    })?;
    std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
}

fn replaced(text: &str, name: &str, table: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n{table}\n{end}{after}"))
}

/// The processor, its cores, and the system.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let processor = name.map_or(std::env::consts::ARCH, |(_, name)| name.trim());
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{processor}, {cores} cores, Linux {}, interviewer {}", kernel.trim(), env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Page\n<!-- begin a -->\nold\n<!-- end a -->\ntext\n<!-- begin b -->\n<!-- end b -->\n";

    #[test]
    fn a_bench_replaces_its_own_table_only() {
        let once = replaced(PAGE, "a", "new\n").unwrap();
        assert_eq!(once, PAGE.replace("old\n", "\nnew\n\n"));
        assert_eq!(replaced(&once, "a", "new\n").unwrap(), once);
        assert!(replaced(PAGE, "c", "new").is_none());
    }

    #[test]
    fn a_page_without_marks_is_left_as_it_is_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("page.md");
        std::fs::write(&file, PAGE).unwrap();
        let table = Table::against("theirs", "Under some conditions.".into());
        let error = write(&file, "stt", &table).unwrap_err().to_string();
        assert!(error.contains("page.md") && error.contains("begin stt"), "{error}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), PAGE);
    }

    #[test]
    fn figures_are_rounded_to_what_matters_and_ratios_are_ours_in_parts_of_theirs() {
        for (value, shown) in [(1234.6, "1235 ms"), (12.34, "12.3 ms"), (0.001234, "0.00123 ms"), (0.0, "0.000000 ms")]
        {
            assert_eq!(figure(value, "ms"), shown);
        }
        let mut table = Table::against("theirs", "On one thread.".into());
        table.compare("time", 1.0, Some(4.0), "s");
        table.compare("memory", 2.0, None, "MB");
        table.compare_by(Some(0.3), "time, line by line", 1.0, Some(4.0), "s");
        let text = table.markdown();
        assert!(
            text.starts_with("On one thread.\n\n|  | ours | theirs | ratio |\n| --- | --- | --- | --- |\n"),
            "{text}"
        );
        assert!(text.contains("| time | 1.00 s | 4.00 s | **0.25** |\n| memory | 2.00 MB | – | – |\n"), "{text}");
        assert!(text.contains("| time, line by line | 1.00 s | 4.00 s | **0.30** |\n"), "{text}");
    }
}
