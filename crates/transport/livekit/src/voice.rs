//! Our voice as packets: one each 20 ms from the moment the connection stands, in silence too, so that the client's clock
//! and its jitter buffer never have to guess. Time is passed in; the pace is kept on the first packet's time and does not
//! drift.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use audio::opus::{Encoder, FRAME_SAMPLES, OpusError};

const FRAME: Duration = Duration::from_millis(20);
/// Ticks of the 48 kHz clock of Opus in RTP (RFC 7587) in a frame.
const FRAME_TICKS: u32 = 960;
/// Frames that wait at most; the session sends 120 ms ahead.
const MAX_WAITING: usize = 100;
/// Behind by more than this, time is skipped rather than made up for.
const MAX_BEHIND: Duration = Duration::from_millis(200);

/// A packet that is to be sent now.
pub(crate) struct Packet {
    pub(crate) sequence: u64,
    /// Of the 48 kHz clock.
    pub(crate) ticks: u32,
    pub(crate) payload: Vec<u8>,
    /// Whether the session's sound is in it.
    pub(crate) spoken: bool,
}

pub(crate) struct Voice {
    encoder: Encoder,
    waiting: VecDeque<Vec<i16>>,
    due: Option<Instant>,
    sequence: u64,
    ticks: u32,
    power: f32,
}

impl Voice {
    /// A voice whose packets are numbered from `sequence` on.
    pub(crate) fn new(sequence: u16) -> Result<Self, OpusError> {
        let (encoder, waiting) = (Encoder::new()?, VecDeque::new());
        Ok(Self { encoder, waiting, due: None, sequence: u64::from(sequence), ticks: 0, power: 0.0 })
    }

    /// The connection stands: the first packet is due now. Once only.
    pub(crate) fn begin(&mut self, now: Instant) {
        self.due.get_or_insert(now);
    }

    /// 20 ms of 16 kHz mono, to be sent after what waits.
    pub(crate) fn say(&mut self, frame: Vec<i16>) {
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push_back(frame);
        }
    }

    /// What waits is not said any more.
    pub(crate) fn hush(&mut self) {
        self.waiting.clear();
    }

    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// How loud the last packet was, 0 to 1.
    pub(crate) fn level(&self) -> f32 {
        self.power.sqrt().min(1.0)
    }

    /// The packet that is due at `now`, if one is.
    pub(crate) fn speak(&mut self, now: Instant) -> Result<Option<Packet>, OpusError> {
        let Some(due) = self.due.filter(|due| *due <= now) else { return Ok(None) };
        let behind = now - due;
        let skipped = if behind > MAX_BEHIND { (behind.as_millis() / FRAME.as_millis()) as u32 } else { 0 };
        self.ticks = self.ticks.wrapping_add(skipped.wrapping_mul(FRAME_TICKS));
        self.due = Some(due + FRAME * (skipped + 1));
        let frame = self.waiting.pop_front().filter(|frame| frame.len() == FRAME_SAMPLES);
        let spoken = frame.is_some();
        let frame = frame.unwrap_or_else(|| vec![0; FRAME_SAMPLES]);
        self.power = frame.iter().map(|s| (f32::from(*s) / 32_768.0).powi(2)).sum::<f32>() / FRAME_SAMPLES as f32;
        let payload = self.encoder.encode(&frame)?;
        let packet = Packet { sequence: self.sequence, ticks: self.ticks, payload, spoken };
        (self.sequence, self.ticks) = (self.sequence + 1, self.ticks.wrapping_add(FRAME_TICKS));
        Ok(Some(packet))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_an_hour_however_late_we_are_woken() {
        let start = Instant::now();
        let mut voice = Voice::new(7).unwrap();
        voice.begin(start);
        let (mut count, mut ticks) = (0u32, 0);
        let mut late = 1u64;
        while voice.due().unwrap() < start + Duration::from_secs(60) {
            late = late * 48_271 % 2_147_483_647; // a simple generator: woken up to 15 ms late
            let now = voice.due().unwrap() + Duration::from_micros(late % 15_000);
            while let Some(packet) = voice.speak(now).unwrap() {
                (count, ticks) = (count + 1, packet.ticks);
            }
        }
        assert_eq!((count, ticks), (3000, 2999 * FRAME_TICKS));
    }

    #[test]
    fn what_waits_is_said_in_order_and_what_is_hushed_is_not() {
        let start = Instant::now();
        let mut voice = Voice::new(0).unwrap();
        assert!(voice.speak(start).unwrap().is_none());
        voice.begin(start);
        voice.say(vec![8000; FRAME_SAMPLES]);
        voice.say(vec![8000; FRAME_SAMPLES]);
        assert!(voice.speak(start).unwrap().unwrap().spoken && voice.level() > 0.2);
        assert!(voice.speak(start).unwrap().is_none());
        voice.hush();
        let silent = voice.speak(start + FRAME).unwrap().unwrap();
        assert!(!silent.spoken && silent.sequence == 1 && voice.level() == 0.0);
        // a stall of a second: not fifty packets at once
        let after = start + Duration::from_secs(1);
        let caught_up = voice.speak(after).unwrap().unwrap();
        assert_eq!((caught_up.sequence, caught_up.ticks), (2, 50 * FRAME_TICKS));
        assert!(voice.speak(after).unwrap().is_none());
    }
}
