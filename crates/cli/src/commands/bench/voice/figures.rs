//! From what a caller heard to delays and cut-ins. Pure.

use serde::Serialize;

/// A piece of sound that came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sound {
    /// When, seconds.
    pub(super) at_s: f64,
    /// So long after its beginning it is loud; `None` for silence.
    pub(super) loud_after_s: Option<f64>,
}

/// What a caller heard, in seconds from the first sample that was played.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    /// Sound.
    pub(super) sounds: Vec<Sound>,
    /// Turns that were taken to be over, with their words.
    pub(super) commits: Vec<(f64, String)>,
    /// Length of it all.
    pub(super) seconds: f64,
}

/// When an utterance was played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Played {
    /// Its first sample, seconds.
    pub(super) start_s: f64,
    /// Its last voiced sample, seconds.
    pub(super) end_s: f64,
    /// When the next one begins, seconds.
    pub(super) next_s: f64,
}

/// What came of an utterance.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Turn {
    /// The file.
    pub(super) file: String,
    /// From the last voiced sample to the first loud one of the reply that knew the last words, milliseconds.
    pub(super) voice_to_voice_ms: Option<f64>,
    /// The same to the first reply after the utterance's end, whatever it knew.
    pub(super) first_reply_ms: Option<f64>,
    /// How often the turn was taken to be over while it went on.
    pub(super) cut_ins: usize,
    /// The words, as they were understood.
    pub(super) text: String,
}

/// Looks at what was heard from an utterance's beginning to the next one's.
pub(super) fn turn(file: &str, played: Played, heard: &Heard) -> Turn {
    let Played { start_s, end_s, next_s } = played;
    let commits: Vec<_> = heard.commits.iter().filter(|(at_s, _)| (start_s..next_s).contains(at_s)).collect();
    let onset = |from_s: f64| {
        let loud = |sound: &&Sound| sound.loud_after_s.is_some() && (from_s..next_s).contains(&sound.at_s);
        let sound = heard.sounds.iter().find(loud)?;
        Some((sound.at_s + sound.loud_after_s? - end_s) * 1000.0)
    };
    let after_end = |&&&(at_s, _): &&&(f64, String)| at_s >= end_s;
    Turn {
        file: file.to_owned(),
        voice_to_voice_ms: commits.last().filter(after_end).and_then(|(at_s, _)| onset(*at_s)),
        first_reply_ms: commits.iter().find(after_end).and_then(|(at_s, _)| onset(*at_s)),
        cut_ins: commits.iter().filter(|(at_s, _)| *at_s < end_s).count(),
        text: commits.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(" "),
    }
}

/// Median and 95th percentile, between the values where they fall between two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Percentiles {
    /// Median.
    pub(super) p50: Option<f64>,
    /// 95th percentile.
    pub(super) p95: Option<f64>,
}

impl Percentiles {
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = share * sorted.len().saturating_sub(1) as f64;
            let (below, above) = (sorted.get(place.floor() as usize)?, sorted.get(place.ceil() as usize)?);
            Some((below + (above - below) * place.fract()).round())
        };
        Self { p50: at(0.5), p95: at(0.95) }
    }
}

/// One side's figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Figures {
    /// To the reply that knew the last words, milliseconds.
    pub(super) voice_to_voice_ms: Percentiles,
    /// To the first reply after the end, milliseconds.
    pub(super) first_reply_ms: Percentiles,
    /// Turns that were taken to be over while they went on.
    pub(super) cut_ins: usize,
    /// Utterances played.
    pub(super) turns: usize,
    /// Utterances after whose end no reply came.
    pub(super) unanswered: usize,
    /// Processor seconds for each minute of sound, client included.
    pub(super) cpu_s_per_min: f64,
    /// Memory at the end, megabytes.
    pub(super) rss_mb: f64,
}

impl Figures {
    pub(super) fn of(turns: &[Turn], cpu_s_per_min: f64, rss_mb: f64) -> Self {
        Self {
            voice_to_voice_ms: Percentiles::of(turns.iter().filter_map(|turn| turn.voice_to_voice_ms)),
            first_reply_ms: Percentiles::of(turns.iter().filter_map(|turn| turn.first_reply_ms)),
            cut_ins: turns.iter().filter(|turn| turn.cut_ins > 0).count(),
            turns: turns.len(),
            unanswered: turns.iter().filter(|turn| turn.voice_to_voice_ms.is_none()).count(),
            cpu_s_per_min: (cpu_s_per_min * 100.0).round() / 100.0,
            rss_mb: rss_mb.round(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAYED: Played = Played { start_s: 10.0, end_s: 14.0, next_s: 20.0 };

    fn sound(at_s: f64, loud_after_s: Option<f64>) -> Sound {
        Sound { at_s, loud_after_s }
    }

    #[test]
    fn the_reply_that_counts_is_the_one_that_knew_the_last_words() {
        let heard = Heard {
            sounds: vec![
                sound(12.0, Some(0.0)), // cut in
                sound(14.5, None),
                sound(14.55, Some(0.01)), // answers the first half
                sound(15.9, None),
                sound(15.92, Some(0.005)),
                sound(21.0, Some(0.0)),
            ],
            commits: vec![(11.9, "We".into()), (14.4, "argued".into()), (15.8, "much.".into())],
            seconds: 30.0,
        };
        let turn = turn("a.flac", PLAYED, &heard);
        assert_eq!((turn.cut_ins, turn.text.as_str()), (1, "We argued much."));
        assert!(
            (turn.first_reply_ms.unwrap() - 560.0).abs() < 0.1
                && (turn.voice_to_voice_ms.unwrap() - 1925.0).abs() < 0.1
        );
    }

    #[test]
    fn no_commit_after_the_end_is_no_answer() {
        let heard = Heard { sounds: vec![sound(15.0, Some(0.0))], commits: vec![(12.0, "We".into())], seconds: 30.0 };
        let turn = turn("a.flac", PLAYED, &heard);
        assert_eq!((turn.voice_to_voice_ms, turn.first_reply_ms, turn.cut_ins), (None, None, 1));
    }

    #[test]
    fn percentiles_fall_between_the_values() {
        let of = Percentiles::of([100.0, 300.0, 200.0, 400.0]);
        assert_eq!((of.p50, of.p95, Percentiles::of([]).p50), (Some(250.0), Some(385.0), None));
    }
}
