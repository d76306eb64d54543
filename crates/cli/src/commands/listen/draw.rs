//! The picture on a terminal: rows of waveform, voice, activity and end-of-turn probabilities, and what was decided.

use std::io::IsTerminal;

use super::heard::FRAME_MS;
use super::story::{Moment, MomentKind, PEAK_MS, Side, Span, Story};
use crate::terminal::say;

const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The waveform shows so many decibels below the loudest sample.
const SHOWN_DB: f32 = 42.0;
/// Columns of a picture when the terminal does not say.
const COLUMNS: usize = 100;
/// Columns before the picture.
const MARGIN: usize = 12;

/// How to draw.
pub(super) struct Drawing {
    row_ms: u64,
    columns: usize,
    colours: bool,
}

impl Drawing {
    /// Rows of `row_ms` milliseconds, as wide as the terminal.
    pub(super) fn new(row_ms: u64) -> Self {
        let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse::<usize>().ok());
        let columns = told.unwrap_or(MARGIN + COLUMNS).saturating_sub(MARGIN).clamp(20, 400);
        let colours = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { row_ms, columns, colours }
    }

    /// Prints the whole story.
    pub(super) fn print(&self, story: &Story) {
        say(&self.bold(&story.title));
        say(&story.about);
        story.figures.iter().for_each(|(name, value)| say(&format!("{name:<18} {value}")));
        say("");
        let mut from_ms = story.span.from_ms;
        while from_ms < story.span.to_ms {
            self.row(story, Span { from_ms, to_ms: from_ms + self.row_ms });
            from_ms += self.row_ms;
        }
        say(&self.dim("wave: the candidate; voice: where a voice was heard; activity: its probability, 0 to 1;"));
        say(&self
            .dim("finished: how likely the turn sounded over, in percent; ▲ turn over, ✖ cut in, ■ we fell silent"));
    }

    fn row(&self, story: &Story, row: Span) {
        let wave = self.wave(&story.candidate, row);
        self.lane(&time(row.from_ms), &wave);
        self.lane("voice", &self.voice(story, row));
        self.lane("activity", &self.activity(&story.activity, row));
        let looks = self.looks(story, row);
        if !looks.trim().is_empty() {
            self.lane("finished", &looks);
        }
        if let Some(ours) = &story.interviewer {
            self.lane("we", &self.wave(ours, row));
        }
        let in_row = |at_ms: u64| (row.from_ms..row.to_ms).contains(&at_ms);
        for said in story.said.iter().filter(|said| in_row(said.span.from_ms.max(story.span.from_ms))) {
            let who = if said.side == Side::Candidate { "candidate" } else { "interviewer" };
            say(&self.dim(&format!("{:>9}  {who}: {}", time(said.span.from_ms), said.text)));
        }
        story.moments.iter().filter(|moment| in_row(moment.at_ms)).for_each(|moment| self.moment(moment));
        say("");
    }

    fn lane(&self, name: &str, picture: &str) {
        say(&format!("{} {}", self.dim(&format!("{name:>10} ")).trim_end(), picture.trim_end()));
    }

    fn moment(&self, moment: &Moment) {
        if moment.kind == MomentKind::Voice {
            return;
        }
        let what = match moment.kind {
            MomentKind::CutIn => self.red(&moment.what),
            MomentKind::TurnOver | MomentKind::Reply => self.bold(&moment.what),
            _ => moment.what.clone(),
        };
        let why = if moment.why.is_empty() { String::new() } else { format!(". {}", moment.why) };
        say(&format!("{:>9}  {what}{why}", time(moment.at_ms)));
    }

    /// The values that fall into a column, loudest first; `step_ms` is the time between two of them.
    fn column<'a>(&self, values: &'a [f32], step_ms: u64, row: Span, column: usize) -> impl Iterator<Item = f32> + 'a {
        let at = |column: usize| (row.from_ms + self.row_ms * column as u64 / self.columns as u64) / step_ms;
        let (from, to) = (at(column) as usize, (at(column + 1).max(at(column) + 1)) as usize);
        values.get(from.min(values.len())..to.min(values.len())).unwrap_or_default().iter().copied()
    }

    fn wave(&self, peaks: &[f32], row: Span) -> String {
        let loudest = peaks.iter().fold(0.01f32, |loudest, peak| loudest.max(*peak));
        let block = |column| {
            let peak = self.column(peaks, PEAK_MS, row, column).fold(0.0f32, f32::max);
            let above_floor = 1.0 + 20.0 * (peak / loudest).max(1e-6).log10() / SHOWN_DB;
            BLOCKS[(above_floor.clamp(0.0, 1.0) * 8.0).round() as usize]
        };
        (0..self.columns).map(block).collect()
    }

    fn activity(&self, probabilities: &[f32], row: Span) -> String {
        let block = |column| {
            let highest = self.column(probabilities, FRAME_MS, row, column).fold(0.0f32, f32::max);
            BLOCKS[(highest * 8.0).round() as usize]
        };
        (0..self.columns).map(block).collect()
    }

    fn voice(&self, story: &Story, row: Span) -> String {
        let mut line: Vec<char> = vec![' '; self.columns];
        for span in &story.stretches {
            self.columns_of(row, *span).into_iter().flatten().for_each(|column| line[column] = '━');
        }
        for moment in &story.moments {
            let sign = match moment.kind {
                MomentKind::TurnOver => '▲',
                MomentKind::CutIn => '✖',
                MomentKind::SpokenOver => '■',
                _ => continue,
            };
            if let Some(mut columns) = self.columns_of(row, Span { from_ms: moment.at_ms, to_ms: moment.at_ms + 1 }) {
                columns.next().into_iter().for_each(|column| line[column] = sign);
            }
        }
        line.into_iter().collect()
    }

    /// Percentages at the places where the pauses were listened to.
    fn looks(&self, story: &Story, row: Span) -> String {
        let mut line: Vec<char> = vec![' '; self.columns];
        let mut free = 0;
        for look in story.pauses.iter().flat_map(|pause| &pause.looks) {
            let place = self.columns_of(row, Span { from_ms: look.at_ms, to_ms: look.at_ms + 1 });
            let Some(column) = place.and_then(|mut columns| columns.next()) else { continue };
            let digits = format!("{:.0}", look.probability * 100.0);
            let from = column.max(free);
            for (i, digit) in digits.chars().take(self.columns.saturating_sub(from)).enumerate() {
                line[from + i] = digit;
            }
            free = from + digits.len() + 1;
        }
        line.into_iter().collect()
    }

    /// The columns of a row that `span` touches.
    fn columns_of(&self, row: Span, span: Span) -> Option<std::ops::Range<usize>> {
        let (from_ms, to_ms) = (span.from_ms.max(row.from_ms), span.to_ms.min(row.to_ms));
        let column = |ms: u64| ((ms - row.from_ms) * self.columns as u64 / self.row_ms) as usize;
        (from_ms < to_ms).then(|| column(from_ms)..(column(to_ms - 1) + 1).min(self.columns))
    }

    fn bold(&self, text: &str) -> String {
        self.styled("1", text)
    }

    fn dim(&self, text: &str) -> String {
        self.styled("2", text)
    }

    fn red(&self, text: &str) -> String {
        self.styled("1;31", text)
    }

    fn styled(&self, code: &str, text: &str) -> String {
        if self.colours { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Minutes, seconds and hundredths.
fn time(ms: u64) -> String {
    format!("{}:{:05.2}", ms / 60_000, (ms % 60_000) as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawing() -> Drawing {
        Drawing { row_ms: 1000, columns: 20, colours: false }
    }

    #[test]
    fn a_loud_half_and_a_silent_half() {
        let peaks: Vec<f32> = (0..100).map(|i| if i < 50 { 0.5 } else { 0.0 }).collect();
        let wave = drawing().wave(&peaks, Span { from_ms: 0, to_ms: 1000 });
        assert_eq!(wave, format!("{}{}", "█".repeat(10), " ".repeat(10)));
        assert_eq!(drawing().wave(&peaks, Span { from_ms: 1000, to_ms: 2000 }).trim(), "");
    }

    #[test]
    fn a_stretch_lies_in_its_columns() {
        let columns = |from_ms, to_ms| drawing().columns_of(Span { from_ms: 0, to_ms: 1000 }, Span { from_ms, to_ms });
        assert_eq!(columns(100, 200), Some(2..4));
        assert_eq!(columns(900, 5000), Some(18..20));
        assert_eq!(columns(1000, 1200), None);
    }
}
