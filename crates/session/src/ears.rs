//! The candidate's sound: on the recording, into voice activity, and kept for a while for recognition.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use speech::{VAD_FRAME_SAMPLES, VadFrame, VadMemory, VoiceActivity};
use tokio::sync::mpsc;
use turn::{Segment, Segmenter};

use crate::clock::Clock;
use crate::recording::{Channel, Recording};

const SAMPLES_PER_MS: u64 = 16;
/// Sound that comes so much later than it should may be lost, in samples (300 ms) ...
const LATE_SAMPLES: u64 = 4800;
/// ... and is, when it stays late for so long, in samples (250 ms); after a stall it catches up at once.
const STAYS_LATE_SAMPLES: u64 = 4000;
/// Sound that is so much ahead of the clock is dropped where nobody speaks, in samples (100 ms): a microphone's clock
/// may run fast.
const AHEAD_SAMPLES: u64 = 1600;
/// At most so much silence is put through voice activity for a gap, in samples (640 ms).
const GAP_HEARD_SAMPLES: u64 = 10_240;
/// Sound kept for recognition, in samples (60 s): more than the longest stretch and the end-of-turn model's window.
const KEPT_SAMPLES: usize = 960_000;
/// Without sound for so long the candidate is told.
const NO_AUDIO: Duration = Duration::from_secs(5);

/// What the ears noticed.
pub(crate) enum Noticed {
    Segment(Segment),
    /// No sound for five seconds.
    NoAudio,
    /// Voice activity failed.
    Failed(speech::EngineError),
}

/// The last minute of the candidate's sound.
#[derive(Clone, Default)]
pub(crate) struct Tape(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    /// Sample of the session's clock at which `samples` begins.
    start: u64,
    samples: VecDeque<f32>,
}

impl Tape {
    /// The sound from `from_ms` to `to_ms`; what is not there is silence.
    pub(crate) fn slice(&self, from_ms: u64, to_ms: u64) -> Vec<f32> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sample = |at: u64| at.checked_sub(kept.start).and_then(|i| kept.samples.get(i as usize)).copied();
        (from_ms * SAMPLES_PER_MS..to_ms * SAMPLES_PER_MS).map(|at| sample(at).unwrap_or(0.0)).collect()
    }

    fn put(&self, at: u64, samples: &[f32]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.samples.is_empty() {
            kept.start = at;
        }
        let missing = at.saturating_sub(kept.start + kept.samples.len() as u64) as usize;
        if missing > KEPT_SAMPLES {
            kept.samples.clear();
            kept.start = at;
        } else {
            kept.samples.extend(std::iter::repeat_n(0.0, missing));
        }
        kept.samples.extend(samples);
        let surplus = kept.samples.len().saturating_sub(KEPT_SAMPLES);
        kept.samples.drain(..surplus);
        kept.start += surplus as u64;
    }
}

/// Hears one candidate.
pub(crate) struct Ears {
    pub(crate) clock: Clock,
    pub(crate) recording: Arc<Recording>,
    pub(crate) tape: Tape,
    /// Set from consent on: before it nothing of the candidate is recorded.
    pub(crate) keeping: Arc<AtomicBool>,
    pub(crate) activity: Arc<dyn VoiceActivity>,
    pub(crate) segmenter: Segmenter,
    pub(crate) noticed: mpsc::Sender<Noticed>,
}

/// Where in the stream we are.
struct Position {
    /// Sample of the session's clock at which the next sound belongs.
    next: u64,
    /// Sound that does not fill a frame yet; ends at `next`.
    rest: Vec<f32>,
    memory: VadMemory,
    /// Since when sound has come late, in samples of the session's clock.
    late_since: Option<u64>,
    /// Voice activity failed on the frame before.
    failed: bool,
}

/// What to do with sound that comes.
#[derive(Debug, PartialEq)]
enum Placing {
    /// It follows what came before.
    Follows,
    /// So many samples before it are lost.
    After(u64),
    /// It is ahead of the clock and nobody speaks.
    Drop,
}

impl Position {
    fn starting_at(next: u64) -> Self {
        Self { next, rest: Vec::new(), memory: VadMemory::default(), late_since: None, failed: false }
    }

    /// Where `count` samples belong that come at `now` (samples of the session's clock), somebody speaking or not.
    fn place(&mut self, count: u64, now: u64, speaking: bool) -> Placing {
        if self.next > now + AHEAD_SAMPLES && !speaking {
            return Placing::Drop;
        }
        let lost = now.saturating_sub(count).saturating_sub(self.next);
        if lost <= LATE_SAMPLES {
            self.late_since = None;
            return Placing::Follows;
        }
        let since = *self.late_since.get_or_insert(now);
        if now - since < STAYS_LATE_SAMPLES {
            return Placing::Follows;
        }
        self.late_since = None;
        Placing::After(lost)
    }
}

impl Ears {
    /// Hears until the sound ends or nobody wants to know any more.
    pub(crate) async fn run(mut self, mut sound: mpsc::Receiver<Vec<f32>>) {
        let next = self.clock.now_ms() * SAMPLES_PER_MS;
        let mut position = Position::starting_at(next);
        let mut told = false;
        loop {
            match tokio::time::timeout(NO_AUDIO, sound.recv()).await {
                Ok(Some(samples)) => {
                    told = false;
                    if self.hear(&mut position, samples).await.is_err() {
                        return;
                    }
                }
                Ok(None) => return,
                Err(_) if told => {}
                Err(_) => {
                    told = true;
                    let _ = self.noticed.send(Noticed::NoAudio).await;
                }
            }
        }
    }

    async fn hear(&mut self, position: &mut Position, samples: Vec<f32>) -> Result<(), ()> {
        let now = self.clock.now_ms() * SAMPLES_PER_MS;
        let placing = position.place(samples.len() as u64, now, self.segmenter.hears_voice());
        if placing == Placing::Drop {
            return Ok(());
        }
        if let Placing::After(gap) = placing {
            let due = position.next + gap;
            let silence = vec![0.0; gap.min(GAP_HEARD_SAMPLES) as usize];
            self.frames(position, &silence).await?;
            if gap > GAP_HEARD_SAMPLES {
                position.rest.clear();
            }
            position.next = due;
        }
        self.keep(position.next, &samples);
        self.frames(position, &samples).await
    }

    fn keep(&self, at: u64, samples: &[f32]) {
        self.tape.put(at, samples);
        if self.keeping.load(Ordering::Relaxed) {
            self.recording.put(Channel::Candidate, at, samples.iter().map(|s| to_pcm16(*s)));
        }
    }

    async fn frames(&mut self, position: &mut Position, samples: &[f32]) -> Result<(), ()> {
        position.rest.extend_from_slice(samples);
        position.next += samples.len() as u64;
        while position.rest.len() >= VAD_FRAME_SAMPLES {
            let from = position.next - position.rest.len() as u64;
            let frame: Vec<f32> = position.rest.drain(..VAD_FRAME_SAMPLES).collect();
            let memory = std::mem::take(&mut position.memory);
            match self.activity.detect(VadFrame { samples: frame, memory }).await {
                Ok(result) => {
                    position.memory = result.memory;
                    position.failed = false;
                    self.segment(result.probability, from).await?;
                }
                Err(_) if position.failed => {} // told once
                Err(error) => {
                    position.failed = true;
                    self.noticed.send(Noticed::Failed(error)).await.map_err(drop)?;
                }
            }
        }
        Ok(())
    }

    async fn segment(&mut self, probability: f32, from: u64) -> Result<(), ()> {
        let to = from + VAD_FRAME_SAMPLES as u64;
        match self.segmenter.push(probability, from / SAMPLES_PER_MS, to / SAMPLES_PER_MS) {
            Some(segment) => self.noticed.send(Noticed::Segment(segment)).await.map_err(drop),
            None => Ok(()),
        }
    }
}

pub(crate) fn to_pcm16(sample: f32) -> i16 {
    (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 20 ms of sound, in samples.
    const FRAME: u64 = 320;

    #[test]
    fn after_a_stall_the_sound_lies_where_it_was_spoken() {
        let mut position = Position::starting_at(0);
        let mut now = 0;
        for _ in 0..50 {
            now += FRAME;
            assert_eq!(position.place(FRAME, now, true), Placing::Follows);
            position.next += FRAME;
        }
        now += 50 * FRAME; // one second without sound, then all of it at once
        for _ in 0..50 {
            assert_eq!(position.place(FRAME, now, true), Placing::Follows);
            position.next += FRAME;
        }
        assert_eq!(position.next, now);
    }

    #[test]
    fn sound_that_stays_late_was_lost_and_sound_ahead_is_dropped_in_silence() {
        let mut position = Position::starting_at(0);
        let mut now = 3 * 16_000;
        let mut lost = 0;
        for _ in 0..20 {
            if let Placing::After(gap) = position.place(FRAME, now, false) {
                position.next += gap;
                lost += gap;
            }
            position.next += FRAME;
            now += FRAME;
        }
        assert!((47_000..48_000).contains(&lost), "{lost}");
        position.next = now + 2 * AHEAD_SAMPLES;
        assert_eq!(position.place(FRAME, now, true), Placing::Follows);
        assert_eq!(position.place(FRAME, now, false), Placing::Drop);
    }

    #[test]
    fn the_tape_gives_what_was_put_and_silence_elsewhere() {
        let tape = Tape::default();
        tape.put(1600, &[0.5; 160]);
        tape.put(1920, &[0.25; 160]);
        let heard = tape.slice(99, 131);
        assert_eq!(heard.len(), 32 * 16);
        assert_eq!((heard[0], heard[16], heard[176 + 8], heard[16 + 320]), (0.0, 0.5, 0.0, 0.25));
    }
}
