//! A way for packets that loses and delays some of them, on a simulated clock.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use audio::jitter::{Jitter, Next};
use audio::opus::{Decoder, Encoder, FRAME_SAMPLES};

const FRAME_US: u64 = 20_000;
/// The quickest packet takes so long.
const QUICKEST_US: u64 = 20_000;

/// The packets of `samples`, 16 kHz mono: 20 ms each, the last one filled up with silence.
pub(super) fn packets(samples: &[f32]) -> Result<Vec<Arc<[u8]>>> {
    let mut encoder = Encoder::new()?;
    let mut packets = Vec::new();
    for frame in samples.chunks(FRAME_SAMPLES) {
        let mut pcm: Vec<i16> = frame.iter().map(|sample| audio::wav::pcm16(*sample)).collect();
        pcm.resize(FRAME_SAMPLES, 0);
        packets.push(encoder.encode(&pcm)?.into());
    }
    Ok(packets)
}

/// What became of packets.
#[derive(Default)]
pub(super) struct Carried {
    pub(super) packets: usize,
    pub(super) recovered: usize,
    pub(super) guessed: usize,
    pub(super) decode_s: f64,
    /// Milliseconds that were guessed at a stretch.
    glitches: Vec<u64>,
    /// Milliseconds between a packet's arrival and its being heard.
    waits: Vec<u64>,
}

impl Carried {
    /// The longest of the shortest `percent` of the glitches.
    pub(super) fn glitch_ms(&self, percent: usize) -> u64 {
        percentile(&self.glitches, percent)
    }

    /// Likewise of the waits.
    pub(super) fn wait_ms(&self, percent: usize) -> u64 {
        percentile(&self.waits, percent)
    }
}

fn percentile(values: &[u64], percent: usize) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or(0)
}

/// The way.
pub(super) struct Network {
    loss: f64,
    jitter_us: u64,
    random: u64,
}

impl Network {
    /// Loses each packet with the probability `loss`, and lets it take up to `jitter_ms` longer than the quickest.
    pub(super) fn new(loss: f64, jitter_ms: u64) -> Self {
        Self { loss, jitter_us: jitter_ms * 1000, random: 0x9e37_79b9_7f4a_7c15 }
    }

    /// 0 to 1 (xorshift64, Marsaglia 2003): the same each time.
    fn chance(&mut self) -> f64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random as f64 / u64::MAX as f64
    }

    /// The sound that comes out when `packets`, one each 20 ms, have gone this way.
    pub(super) fn carry(&mut self, packets: &[Arc<[u8]>], carried: &mut Carried) -> Result<Vec<f32>> {
        let mut arrivals = Vec::new();
        for (sequence, packet) in packets.iter().enumerate() {
            let takes_us = QUICKEST_US + (self.chance() * self.jitter_us as f64) as u64;
            // the first one is not lost: without it nobody knows that there is a stream
            if self.chance() >= self.loss || sequence == 0 {
                arrivals.push((sequence as u64 * FRAME_US + takes_us, sequence as u64, packet.clone()));
            }
        }
        arrivals.sort_by_key(|(at_us, ..)| *at_us);
        carried.packets += packets.len();
        let mut hearing =
            Hearing { jitter: Jitter::default(), decoder: Decoder::new()?, sound: Vec::new(), guessed: 0 };
        let began = Instant::now();
        for (index, (at_us, sequence, packet)) in arrivals.iter().enumerate() {
            hearing.jitter.push(*sequence, packet.clone(), *at_us);
            let until_us = arrivals.get(index + 1).map_or(u64::MAX, |(next_us, ..)| *next_us);
            hearing.hear(*at_us, until_us, &arrivals, carried)?;
        }
        hearing.end_glitch(carried);
        carried.decode_s += began.elapsed().as_secs_f64();
        Ok(hearing.sound)
    }
}

struct Hearing {
    jitter: Jitter,
    decoder: Decoder,
    sound: Vec<f32>,
    /// Frames that were guessed, at a stretch.
    guessed: u64,
}

impl Hearing {
    /// Hears what can be heard from `now_us` on, before `until_us`.
    fn hear(
        &mut self,
        mut now_us: u64,
        until_us: u64,
        arrivals: &[(u64, u64, Arc<[u8]>)],
        carried: &mut Carried,
    ) -> Result<()> {
        loop {
            while let Some(next) = self.jitter.pull(now_us) {
                self.decode(next, now_us, arrivals, carried)?;
            }
            match self.jitter.due_us() {
                Some(due_us) if due_us < until_us => now_us = now_us.max(due_us),
                _ => return Ok(()),
            }
        }
    }

    fn decode(
        &mut self,
        next: Next,
        now_us: u64,
        arrivals: &[(u64, u64, Arc<[u8]>)],
        carried: &mut Carried,
    ) -> Result<()> {
        let samples = match next {
            Next::Packet(packet) => {
                self.end_glitch(carried);
                let came = arrivals.iter().find(|(.., other)| Arc::ptr_eq(other, &packet));
                carried.waits.extend(came.map(|(came_us, ..)| now_us.saturating_sub(*came_us) / 1000));
                self.decoder.decode(&packet)?
            }
            Next::Recover(following) => {
                self.end_glitch(carried);
                carried.recovered += 1;
                self.decoder.recover(&following)?
            }
            Next::Conceal => {
                carried.guessed += 1;
                self.guessed += 1;
                self.decoder.conceal()?
            }
        };
        self.sound.extend(samples);
        Ok(())
    }

    fn end_glitch(&mut self, carried: &mut Carried) {
        if self.guessed > 0 {
            carried.glitches.push(self.guessed * FRAME_US / 1000);
            self.guessed = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_missing_and_what_is_lost_is_made_up_for() {
        let samples: Vec<f32> = (0..160_000).map(|i| (i as f32 * 0.05).sin() * 0.3).collect();
        let packets = packets(&samples).unwrap();
        let mut carried = Carried::default();
        let sound = Network::new(0.0, 0).carry(&packets, &mut carried).unwrap();
        assert_eq!((sound.len(), carried.recovered + carried.guessed), (160_000, 0));
        let mut carried = Carried::default();
        let sound = Network::new(0.1, 40).carry(&packets, &mut carried).unwrap();
        assert!((158_000..=160_000).contains(&sound.len()), "{}", sound.len());
        assert!((30..=70).contains(&(carried.recovered + carried.guessed)), "of 500 packets");
        assert!(carried.glitch_ms(100) >= 20 && carried.glitch_ms(50) <= carried.glitch_ms(99));
    }
}
