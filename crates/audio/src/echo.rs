//! Our own voice, coming back through the candidate's loudspeaker, room and microphone.
//!
//! We know what we played. A linear filter learns how the loudspeaker, the room and the delay change it
//! (`kalman.rs`), and what it predicts is taken off. What remains of the echo, because the filter has not learnt it yet
//! or because it cannot, is estimated from the filter's own doubt and from how well it has done so far; a block that
//! holds little beyond that is made quiet. A voice beside the echo is louder than that doubt and passes.
//!
//! While we are silent nothing is computed, and the sound passes unchanged, bit for bit.

mod kalman;

use kalman::{BLOCK, Filter, PARTITIONS};

/// How much of the estimated rest of the echo is taken off: too much rather than too little.
const OVERESTIMATE: f32 = 3.0;
/// A block that is nothing but echo is made this quiet (-30 dB).
const FLOOR: f32 = 0.03;
/// The share of the predicted echo that is taken to remain, before it is known better, and at least.
const LEAK_AT_FIRST: f32 = 0.3;
const LEAK_AT_LEAST: f32 = 0.003;
/// How fast the estimate of that share falls to what is seen, and rises: a voice must not pass for a bad filter.
const LEAK_FALLS: f32 = 0.2;
const LEAK_RISES: f32 = 0.002;

/// Takes our echo off one candidate's sound.
pub struct EchoCanceller {
    filter: Filter,
    /// Blocks since we were last heard.
    silent_blocks: usize,
    leak: f32,
    gain: f32,
    explained: f32,
}

impl Default for EchoCanceller {
    fn default() -> Self {
        Self { filter: Filter::default(), silent_blocks: PARTITIONS, leak: LEAK_AT_FIRST, gain: 1.0, explained: 0.0 }
    }
}

impl EchoCanceller {
    /// The candidate's sound without our echo. `ours` is what was played at the same time of the same clock; both 16 kHz
    /// in -1..1, a whole number of blocks of 256 samples. An echo may come up to 0.9 s late.
    ///
    /// # Panics
    /// Never; samples beyond the shorter of the two, and beyond whole blocks, are passed unchanged.
    pub fn remove(&mut self, ours: &[f32], mut candidate: Vec<f32>) -> Vec<f32> {
        for (ours, heard) in ours.chunks_exact(BLOCK).zip(candidate.chunks_exact_mut(BLOCK)) {
            self.block(ours, heard);
        }
        candidate
    }

    /// The share of the last block's energy that was our echo, 0..1.
    pub fn explained(&self) -> f32 {
        self.explained
    }

    fn block(&mut self, ours: &[f32], heard: &mut [f32]) {
        let silent = ours.iter().all(|sample| *sample == 0.0);
        self.silent_blocks = if silent { self.silent_blocks + 1 } else { 0 };
        if self.silent_blocks > PARTITIONS {
            self.gain = 1.0;
            self.explained = 0.0;
            return;
        }
        let before = energy(heard);
        let rest = self.filter.run(ours, heard);
        self.learn_leak(rest.error, rest.echo);
        let remains = OVERESTIMATE * (rest.doubt + self.leak * rest.echo);
        let target = (1.0 - remains / rest.error.max(f32::MIN_POSITIVE)).max(0.0).sqrt().max(FLOOR);
        self.fade(heard, target);
        self.explained = 1.0 - (energy(heard) / before.max(f32::MIN_POSITIVE)).min(1.0);
    }

    /// How much of the echo the filter leaves: what it leaves at its best.
    fn learn_leak(&mut self, error: f32, echo: f32) {
        if echo <= error * 0.01 {
            return; // there is no echo to speak of
        }
        let seen = (error / echo).min(1.0);
        let rate = if seen < self.leak { LEAK_FALLS } else { LEAK_RISES };
        self.leak = (self.leak + rate * (seen - self.leak)).max(LEAK_AT_LEAST);
    }

    fn fade(&mut self, block: &mut [f32], target: f32) {
        let step = (target - self.gain) / BLOCK as f32;
        for sample in block {
            self.gain += step;
            *sample *= self.gain;
        }
        self.gain = target;
    }
}

fn energy(samples: &[f32]) -> f32 {
    samples.iter().map(|sample| sample * sample).sum()
}

#[cfg(test)]
mod tests;
