//! The figures as the candidate heard them: what lies on the way, and comes too late over it, is in them.

use std::path::Path;

use anyhow::{Context, Result};
use assess::{latency, nearest_rank};
use audio::wav::{Sound, write_pcm16};
use interview::Plan;
use serde::Serialize;

use super::tape::Tape;
use crate::commands::replay::records;

/// What the candidate said and heard, on the recording's clock.
pub(crate) const HEARD_FILE: &str = "heard.wav";
/// Samples of a level: 10 ms.
const LEVEL_SAMPLES: usize = 160;
/// The candidate's clock begins so many levels before or after the recording's at most: 10 s.
const FURTHEST: i32 = 1000;

/// Measured where the candidate sits.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Heard {
    pub(crate) voice_to_voice_ms: Percentiles,
    pub(crate) cut_ins: usize,
    pub(crate) barge_in_stop_ms: Percentiles,
    /// Of each turn that counts.
    pub(crate) replies_ms: Vec<u64>,
    /// Of each interruption.
    pub(crate) stops_ms: Vec<u64>,
}

/// Of some delays; `None` of none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Percentiles {
    pub(crate) p50: Option<u64>,
    pub(crate) p95: Option<u64>,
    pub(crate) max: Option<u64>,
}

impl Percentiles {
    /// By nearest rank.
    pub(crate) fn of(delays: &[u64]) -> Self {
        let [p50, p95, max] = [50, 95, 100].map(|percent| nearest_rank(delays, percent));
        Self { p50, p95, max }
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let ms = |value: Option<u64>| value.map_or("none".to_owned(), |ms| format!("{ms} ms"));
        format!("p50 {}, p95 {}, max {}", ms(self.p50), ms(self.p95), ms(self.max))
    }
}

impl Heard {
    /// For people.
    pub(crate) fn text(&self) -> String {
        let stop = self.barge_in_stop_ms.p50.map(|ms| format!(", stopped within {ms} ms"));
        format!("{}, {} cut-ins{}", self.voice_to_voice_ms.text(), self.cut_ins, stop.unwrap_or_default())
    }
}

/// Lays `tape` on the clock of the recording in `out`, keeps it there, and measures on it what the server measures on its
/// recording, in the same way.
pub(crate) fn measure(out: &Path, plan: &Plan, tape: &Tape) -> Result<Heard> {
    let recording = audio::decode::read(&out.join("recording.wav"))?;
    let server: &[f32] = recording.channels.first().context("recording.wav has no channel")?;
    let (candidate, interviewer) = tape.sides();
    let later = later_by(&levels(server.iter().copied()), &levels(candidate.iter().map(|sample| float(*sample))));
    // what is said before consent is on no tape
    let kept_from = server.iter().position(|sample| *sample != 0.0).unwrap_or(server.len());
    let mut mine = shifted(candidate, later, server.len());
    mine.iter_mut().take(kept_from).for_each(|sample| *sample = 0.0);
    let channels = vec![mine, shifted(interviewer, later, server.len())];
    let path = out.join(HEARD_FILE);
    write_pcm16(&path, &Sound { rate_hz: audio::SAMPLE_RATE_HZ, channels })?;
    let found = latency(&path, plan, &records(&out.join("events.jsonl"))?)?;
    let replies_ms: Vec<u64> = found.turns.iter().filter(|t| !t.cut_in).map(|turn| turn.voice_to_voice_ms).collect();
    let stops_ms: Vec<u64> = found.barge_ins.iter().map(|barge_in| barge_in.stop_ms).collect();
    Ok(Heard {
        voice_to_voice_ms: Percentiles::of(&replies_ms),
        cut_ins: found.cut_ins,
        barge_in_stop_ms: Percentiles::of(&stops_ms),
        replies_ms,
        stops_ms,
    })
}

fn float(sample: i16) -> f32 {
    f32::from(sample) / 32_768.0
}

/// The root mean square of each 10 ms.
fn levels(samples: impl Iterator<Item = f32>) -> Vec<f32> {
    let samples: Vec<f32> = samples.collect();
    let level = |frame: &[f32]| (frame.iter().map(|s| s * s).sum::<f32>() / frame.len() as f32).sqrt();
    samples.chunks(LEVEL_SAMPLES).map(level).collect()
}

/// By how many levels the candidate's own tape must be moved back to lie on the server's: where they are most alike.
fn later_by(server: &[f32], own: &[f32]) -> i32 {
    let likeness = |later: i32| {
        let (skip_own, skip_server) = (later.max(0) as usize, (-later).max(0) as usize);
        let pairs = own.iter().skip(skip_own).zip(server.iter().skip(skip_server));
        pairs.map(|(own, server)| f64::from(own * server)).sum::<f64>()
    };
    let best = (-FURTHEST..=FURTHEST).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)));
    best.unwrap_or(0)
}

/// `samples`, `later` levels of them taken away at the front (or silence put there), made `length` long.
fn shifted(samples: &[i16], later: i32, length: usize) -> Vec<f32> {
    let levels = later.unsigned_abs() as usize * LEVEL_SAMPLES;
    let mut moved: Vec<f32> = match later {
        0.. => samples.iter().skip(levels).map(|sample| float(*sample)).collect(),
        _ => std::iter::repeat_n(0.0, levels).chain(samples.iter().map(|sample| float(*sample))).collect(),
    };
    moved.resize(length, 0.0);
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tape_is_laid_where_it_was_spoken() {
        // stretches of sound and silence, no two of one length
        let sounds = |i: i32| (1..=12).any(|n| (n * n * 300..n * n * 300 + 1500 + 60 * n).contains(&i));
        let words: Vec<i16> = (0..48_000).map(|i| if sounds(i) { (i % 700) as i16 * 20 } else { 0 }).collect();
        for later in [-10, 0, 30] {
            let server = shifted(&words, later, words.len());
            let found = later_by(&levels(server.iter().copied()), &levels(words.iter().map(|s| float(*s))));
            assert_eq!(found, later);
        }
    }
}
