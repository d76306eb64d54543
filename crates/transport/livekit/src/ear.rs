//! The candidate's packets, put in order and decoded. Time is passed in.

use std::sync::Arc;
use std::time::{Duration, Instant};

use audio::jitter::{Fates, Jitter, Next};
use audio::opus::{Decoder, OpusError};

/// A stream that was silent for so long may be followed by another.
const STREAM_ENDS: Duration = Duration::from_millis(500);

/// A stream that stops (a microphone that is muted, a client that sends nothing in silence) is silence to those who listen
/// for pauses: from so long after its last sound on ...
const STOPS: Duration = Duration::from_millis(300);
/// ... and for so long; after that it counts as gone.
const SILENCE: Duration = Duration::from_secs(20);
const FRAME_MS: u128 = 20;

/// The silence of a stream that has stopped.
#[derive(Default)]
pub(crate) struct Silence {
    last: Option<Instant>,
    given: u128,
}

impl Silence {
    /// There is sound at `now`.
    pub(crate) fn ends(&mut self, now: Instant) {
        (self.last, self.given) = (Some(now), 0);
    }

    /// How many frames of silence, of 20 ms each, are to be heard at `now`.
    pub(crate) fn frames(&mut self, now: Instant) -> usize {
        let Some(last) = self.last else { return 0 };
        let lasts = now.saturating_duration_since(last).saturating_sub(STOPS).min(SILENCE);
        let all = lasts.as_millis() / FRAME_MS;
        let more = all - self.given.min(all);
        self.given += more;
        more as usize
    }
}

/// Sound of a stream.
pub(crate) struct Sound {
    /// 16 kHz mono.
    pub(crate) samples: Vec<f32>,
    /// The packet that it came in, if it did.
    pub(crate) packet: Option<Arc<[u8]>>,
}

/// Hears one stream of packets at a time.
pub(crate) struct Ear {
    since: Instant,
    stream: Option<(u32, Instant)>,
    jitter: Jitter,
    decoder: Decoder,
    /// Mean square of the last sound.
    power: f32,
}

impl Ear {
    pub(crate) fn new(now: Instant) -> Result<Self, OpusError> {
        Ok(Self { since: now, stream: None, jitter: Jitter::default(), decoder: Decoder::new()?, power: 0.0 })
    }

    /// A packet of the stream `ssrc` with its extended sequence number. A second stream beside the first is not heard.
    pub(crate) fn take(&mut self, ssrc: u32, sequence: u64, payload: Arc<[u8]>, now: Instant) -> Result<(), OpusError> {
        match self.stream {
            Some((known, _)) if known == ssrc => {}
            Some((_, last)) if now.saturating_duration_since(last) < STREAM_ENDS => return Ok(()),
            _ => (self.jitter, self.decoder) = (Jitter::default(), Decoder::new()?),
        }
        self.stream = Some((ssrc, now));
        self.jitter.push(sequence, payload, self.micros(now));
        Ok(())
    }

    /// The next sound; `None` when it has to be waited for. A packet that is no Opus is guessed at.
    pub(crate) fn hear(&mut self, now: Instant) -> Option<Sound> {
        let next = self.jitter.pull(self.micros(now))?;
        let decoded = match &next {
            Next::Packet(packet) => self.decoder.decode(packet),
            Next::Recover(following) => self.decoder.recover(following),
            Next::Conceal => self.decoder.conceal(),
        };
        let packet = match next {
            Next::Packet(packet) if decoded.is_ok() => Some(packet),
            _ => None,
        };
        let samples = decoded.or_else(|_| self.decoder.conceal()).unwrap_or_default();
        self.power = samples.iter().map(|s| s * s).sum::<f32>() / samples.len().max(1) as f32;
        Some(Sound { samples, packet })
    }

    /// When [`Ear::hear`] has something next, if nothing more comes.
    pub(crate) fn due(&self) -> Option<Instant> {
        Some(self.since + Duration::from_micros(self.jitter.due_us()?))
    }

    /// How loud it is, 0 to 1.
    pub(crate) fn level(&self) -> f32 {
        self.power.sqrt().min(1.0)
    }

    pub(crate) fn fates(&self) -> Fates {
        self.jitter.fates()
    }

    fn micros(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.since).as_micros() as u64
    }
}
