//! Words out of nothing: what is heard where nobody speaks.

use anyhow::Result;
use audio::SAMPLE_RATE_HZ;
use serde_json::{Value, json};
use server::Settings;
use speech::VAD_FRAME_SAMPLES;
use turn::{Segment, Segmenter};

use super::pair::Pair;
use super::{seconds, sounds};
use crate::commands::bench::page::Table;
use crate::commands::listen::activity;
use crate::engines;

/// Sound before a voice begins and after it pauses that goes with it, as in a session, milliseconds.
const LEAD_IN_MS: u64 = 200;
const TAIL_MS: u64 = 160;
const MS_PER_FRAME: u64 = VAD_FRAME_SAMPLES as u64 * 1000 / SAMPLE_RATE_HZ as u64;

/// Words in sound without speech.
pub(super) struct Nothing {
    minutes: f64,
    /// Every sound whole.
    alone: usize,
    /// Only what voice activity lets through, as in a session.
    behind_activity: usize,
    /// Sound that it lets through, seconds.
    let_through_s: f64,
    theirs: Option<usize>,
}

impl Nothing {
    pub(super) fn measure(pair: &mut Pair, noises: &[Vec<f32>], minutes: u16) -> Result<Self> {
        let theirs = pair.versions().map(|_| 0);
        let mut found = Self { minutes: f64::from(minutes), alone: 0, behind_activity: 0, let_through_s: 0.0, theirs };
        for sound in sounds::nothing(noises, minutes) {
            let heard = pair.hear(&sound, false)?;
            found.alone += words(&heard.ours.text);
            if let (Some(count), Some(theirs)) = (&mut found.theirs, &heard.theirs) {
                *count += words(&theirs.text);
            }
            for stretch in voiced(&sound)? {
                found.let_through_s += seconds(stretch.len());
                found.behind_activity += words(&pair.ours(&stretch, false)?.text);
            }
        }
        Ok(found)
    }

    fn a_minute(&self, words: usize) -> f64 {
        words as f64 / self.minutes
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "minutes": self.minutes, "words_a_minute": self.a_minute(self.alone),
            "words_a_minute_behind_activity": self.a_minute(self.behind_activity),
            "let_through_s": self.let_through_s,
            "peer": {"words_a_minute": self.theirs.map(|words| self.a_minute(words))},
        })
    }

    pub(super) fn text(&self) -> String {
        let theirs = self.theirs.map_or(String::new(), |words| format!("; theirs {:.1}", self.a_minute(words)));
        format!(
            "{:.0} minutes without speech: {:.1} words a minute, {:.1} behind voice activity (which let {:.0} s through){theirs}",
            self.minutes,
            self.a_minute(self.alone),
            self.a_minute(self.behind_activity),
            self.let_through_s,
        )
    }

    pub(super) fn rows(&self, table: &mut Table) {
        let shown = |words| format!("{:.1}", self.a_minute(words));
        let theirs = self.theirs.map_or("–".into(), shown);
        table.row(["words a minute where nobody speaks", &shown(self.alone), &theirs, ""]);
        table.row(["the same behind voice activity", &shown(self.behind_activity), "", ""]);
    }
}

fn words(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
}

/// The stretches of `sound` that a session would have recognised.
fn voiced(sound: &[f32]) -> Result<Vec<Vec<f32>>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let profile = Settings::load(None)?.profile()?;
    let activity = runtime.block_on(activity(&engines::silero()?, sound, 32))?;
    let mut segmenter = Segmenter::new(profile.pause_ms);
    let (mut from, mut stretches) = (None, Vec::new());
    for (frame, probability) in activity.into_iter().enumerate() {
        let at_ms = frame as u64 * MS_PER_FRAME;
        match segmenter.push(probability, at_ms, at_ms + MS_PER_FRAME) {
            Some(Segment::Started(ms)) => from = Some(ms.saturating_sub(LEAD_IN_MS)),
            Some(Segment::Paused(to_ms)) => {
                stretches.extend(from.take().map(|from_ms| cut(sound, from_ms, to_ms + TAIL_MS)))
            }
            Some(Segment::Stirred(_)) | None => {}
        }
    }
    Ok(stretches)
}

fn cut(sound: &[f32], from_ms: u64, to_ms: u64) -> Vec<f32> {
    let at = |ms: u64| (ms * u64::from(SAMPLE_RATE_HZ) / 1000).min(sound.len() as u64) as usize;
    sound[at(from_ms)..at(to_ms)].to_vec()
}
