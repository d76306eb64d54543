//! The candidate's sound: on the recording, freed of our echo, into voice activity, and kept for recognition.

mod position;
mod reach;
mod tape;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use speech::{VAD_FRAME_SAMPLES, VadFrame, VoiceActivity};
use tokio::sync::mpsc;
use turn::Segment;

use crate::clock::Clock;
use crate::hearing::Hearing;
use crate::opus_tape::OpusTape;
use crate::recording::{Channel, Recording};
use crate::reference::Reference;
use position::{Placing, Position};
use reach::Reach;
pub(crate) use tape::Tape;

const SAMPLES_PER_MS: u64 = 16;
/// At most so much silence is put through voice activity for a gap, in samples (640 ms).
const GAP_HEARD_SAMPLES: u64 = 10_240;
/// What the ears tell.
pub(crate) enum Heard {
    /// A voice began or paused.
    Noticed(Segment),
    /// No sound arrives: it is not known what the candidate does.
    Unreached,
    /// It is known again, or not waited for any longer; so many milliseconds are lost.
    Reached { lost_ms: u64 },
    /// No sound for five seconds.
    NoAudio,
    /// Voice activity failed.
    Failed(speech::EngineError),
}

/// Sound of the candidate's: 16 kHz mono, and the packet of Opus that it came in.
pub(crate) struct Sound {
    pub(crate) samples: Vec<f32>,
    pub(crate) packet: Option<Arc<[u8]>>,
}

/// Hears one candidate.
pub(crate) struct Ears {
    pub(crate) clock: Clock,
    pub(crate) recording: Arc<Recording>,
    pub(crate) tape: Tape,
    /// Set from consent on: before it nothing of the candidate is recorded.
    pub(crate) keeping: Arc<AtomicBool>,
    /// The candidate's packets, where they are kept.
    pub(crate) packets: Option<OpusTape>,
    /// Our own sound.
    pub(crate) reference: Reference,
    pub(crate) hearing: Hearing,
    pub(crate) activity: Arc<dyn VoiceActivity>,
    pub(crate) noticed: mpsc::Sender<Heard>,
}

impl Ears {
    /// Hears until the sound ends or nobody wants to know any more.
    pub(crate) async fn run(mut self, mut sound: mpsc::Receiver<Sound>) {
        let next = self.clock.now_ms() * SAMPLES_PER_MS;
        let (mut position, mut reach) = (Position::starting_at(next), Reach::default());
        loop {
            let told = match reach.within(sound.recv()).await {
                Ok(Some(sound)) => match self.hear(&mut position, sound).await {
                    Ok(lost_ms) => reach.heard(lost_ms, position.next / SAMPLES_PER_MS, self.clock.now_ms()),
                    Err(()) => return,
                },
                Ok(None) => return,
                Err(reach::Nothing) => reach.missed(self.clock.now_ms()),
            };
            for heard in told {
                let _ = self.noticed.send(heard).await;
            }
        }
    }

    /// Hears what comes; milliseconds before it that are lost.
    async fn hear(&mut self, position: &mut Position, sound: Sound) -> Result<u64, ()> {
        let Sound { samples, packet } = sound;
        let (now, mut lost_ms) = (self.clock.now_ms() * SAMPLES_PER_MS, 0);
        let placing = position.place(samples.len() as u64, now, self.hearing.hears_voice());
        if placing == Placing::Drop {
            return Ok(0);
        }
        if let Placing::After(gap) = placing {
            let due = position.next + gap;
            let silence = vec![0.0; gap.min(GAP_HEARD_SAMPLES) as usize];
            self.frames(position, &silence).await?;
            if gap > GAP_HEARD_SAMPLES {
                position.rest.clear();
            }
            position.next = due;
            lost_ms = gap / SAMPLES_PER_MS;
        }
        self.record(position.next, &samples, packet.as_deref());
        self.frames(position, &samples).await?;
        Ok(lost_ms)
    }

    /// The recording holds what came, the tape what is left of it without our echo.
    fn record(&mut self, at: u64, samples: &[f32], packet: Option<&[u8]>) {
        if !self.keeping.load(Ordering::Relaxed) {
            return;
        }
        self.recording.put(Channel::Candidate, at, samples.iter().map(|s| to_pcm16(*s)));
        if let (Some(tape), Some(packet)) = (&mut self.packets, packet)
            && let Err(error) = tape.put(at, packet)
        {
            tracing::error!(%error, "the candidate's packets are no longer kept");
            self.packets = None; // the recording is what counts, and goes on
        }
    }

    async fn frames(&mut self, position: &mut Position, samples: &[f32]) -> Result<(), ()> {
        position.rest.extend_from_slice(samples);
        position.next += samples.len() as u64;
        while position.rest.len() >= VAD_FRAME_SAMPLES {
            let from = position.next - position.rest.len() as u64;
            let frame: Vec<f32> = position.rest.drain(..VAD_FRAME_SAMPLES).collect();
            let frame = self.without_echo(from, frame);
            self.tape.put(from, &frame);
            let memory = std::mem::take(&mut position.memory);
            match self.activity.detect(VadFrame { samples: frame, memory }).await {
                Ok(result) => {
                    position.memory = result.memory;
                    position.failed = false;
                    self.notice(result.probability, from).await?;
                }
                Err(_) if position.failed => {} // told once
                Err(error) => {
                    position.failed = true;
                    self.noticed.send(Heard::Failed(error)).await.map_err(drop)?;
                }
            }
        }
        Ok(())
    }

    /// A frame of the candidate's without what is our own voice coming back.
    fn without_echo(&mut self, from: u64, frame: Vec<f32>) -> Vec<f32> {
        let mut ours = [0.0; VAD_FRAME_SAMPLES];
        self.reference.read(from, &mut ours);
        self.hearing.clean(&ours, frame)
    }

    async fn notice(&mut self, probability: f32, from: u64) -> Result<(), ()> {
        let to = from + VAD_FRAME_SAMPLES as u64;
        match self.hearing.notice(probability, from / SAMPLES_PER_MS, to / SAMPLES_PER_MS) {
            Some(segment) => self.noticed.send(Heard::Noticed(segment)).await.map_err(drop),
            None => Ok(()),
        }
    }
}

pub(crate) fn to_pcm16(sample: f32) -> i16 {
    (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16
}
