//! Sample rate conversion, mono, in one go or as the audio comes.
//!
//! A polyphase windowed sinc (Kaiser window, 32 zero crossings to each side): flat up to 84 % of the lower rate's
//! Nyquist frequency, more than 70 dB down at all that would fold back. Output sample `n` lies at the time of input
//! `n * from / to`, so input and output line up without a delay to account for; cutting the input differently
//! changes no bit of the output.

use std::f64::consts::PI;
use std::sync::Arc;

/// Zero crossings of the sinc to each side.
const CROSSINGS: f64 = 32.0;
/// Where the filter is 6 dB down, as a part of the lower Nyquist frequency.
const ROLL_OFF: f64 = 0.92;
/// The Kaiser window's shape; 8 is a stop band of about 80 dB.
const KAISER_BETA: f64 = 8.0;
/// Rates outside of this are taken as the nearest inside.
const RATES_HZ: std::ops::RangeInclusive<u32> = 1_000..=384_000;

/// One rate to another, as the audio comes. A clone shares the filter's tables.
#[derive(Clone, Debug)]
pub struct Resampler {
    filter: Arc<Filter>,
    /// Input that later output still needs; begins `filter.half` samples before the next output's position.
    waiting: Vec<f32>,
    /// Samples taken in and given out since the start.
    taken: u64,
    given: u64,
    /// Position in the input of `waiting[0]`; negative at the start, where silence came before.
    first: i64,
}

/// The sinc, cut into one short filter a phase.
#[derive(Debug)]
struct Filter {
    /// `to / from`, in lowest terms.
    up: u64,
    down: u64,
    /// Taps to each side of a position.
    half: usize,
    /// `[up, 2 * half]`, row by row.
    taps: Vec<f32>,
}

impl Resampler {
    /// From `from_hz` to `to_hz`; both are held within 1 kHz and 384 kHz. Equal rates pass samples through.
    pub fn new(from_hz: u32, to_hz: u32) -> Self {
        let (from, to) = (within(from_hz), within(to_hz));
        let mut resampler =
            Self { filter: Arc::new(Filter::new(from, to)), waiting: Vec::new(), taken: 0, given: 0, first: 0 };
        resampler.rewind();
        resampler
    }

    /// Takes samples in and gives out all that they settle; the newest few wait for what comes next.
    pub fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        self.taken += samples.len() as u64;
        if self.filter.is_identity() {
            self.given = self.taken;
            return samples.to_vec();
        }
        self.waiting.extend_from_slice(samples);
        let settled = self.first + self.waiting.len() as i64 - self.filter.half as i64;
        let output = self.give(|position| position < settled);
        self.forget();
        output
    }

    /// The last samples, as if silence followed; all told `taken * to / from`, rounded up, are given out. Afterwards
    /// the resampler is at the start of a new stream.
    pub fn finish(&mut self) -> Vec<f32> {
        let mut output = Vec::new();
        if !self.filter.is_identity() {
            self.waiting.resize(self.waiting.len() + self.filter.half + 1, 0.0);
            let taken = self.taken as i64;
            output = self.give(|position| position < taken);
        }
        self.rewind();
        output
    }

    /// Forgets the stream so far.
    fn rewind(&mut self) {
        let before = self.filter.half.saturating_sub(1);
        self.waiting.clear();
        self.waiting.resize(before, 0.0);
        (self.taken, self.given, self.first) = (0, 0, -(before as i64));
    }

    fn give(&mut self, ready: impl Fn(i64) -> bool) -> Vec<f32> {
        let Filter { up, down, half, .. } = *self.filter;
        let mut output = Vec::new();
        loop {
            let position = (self.given * down / up) as i64;
            if !ready(position) {
                return output;
            }
            let phase = (self.given * down % up) as usize;
            let start = (position - self.first) as usize + 1 - half;
            output.push(dot(&self.waiting[start..start + 2 * half], self.filter.phase(phase)));
            self.given += 1;
        }
    }

    /// Drops input that no later output needs.
    fn forget(&mut self) {
        let next = (self.given * self.filter.down / self.filter.up) as i64;
        let done = (next + 1 - self.filter.half as i64 - self.first).clamp(0, self.waiting.len() as i64);
        self.waiting.drain(..done as usize);
        self.first += done;
    }
}

/// All of `samples` at once, from one rate to another; the result has `samples.len() * to_hz / from_hz` samples,
/// rounded up.
pub fn resample(samples: &[f32], from_hz: u32, to_hz: u32) -> Vec<f32> {
    let mut resampler = Resampler::new(from_hz, to_hz);
    let mut output = resampler.push(samples);
    output.extend(resampler.finish());
    output
}

impl Filter {
    fn new(from: u64, to: u64) -> Self {
        let shared = gcd(from, to);
        let (up, down) = (to / shared, from / shared);
        if up == down {
            return Self { up, down, half: 0, taps: Vec::new() };
        }
        // Cycles a input sample at which the filter is 6 dB down, times two.
        let cutoff = ROLL_OFF * (to as f64 / from as f64).min(1.0);
        let half = (CROSSINGS / cutoff).ceil() as usize;
        let taps = (0..up).flat_map(|phase| phase_taps(phase as f64 / up as f64, half, cutoff)).collect();
        Self { up, down, half, taps }
    }

    fn is_identity(&self) -> bool {
        self.half == 0
    }

    fn phase(&self, phase: usize) -> &[f32] {
        &self.taps[phase * 2 * self.half..(phase + 1) * 2 * self.half]
    }
}

/// The taps for a position `offset` (0..1) after an input sample; they add up to 1, so that the level stays.
fn phase_taps(offset: f64, half: usize, cutoff: f64) -> Vec<f32> {
    let reach = half as f64;
    let tap = |i: usize| {
        let distance = i as f64 - (reach - 1.0) - offset;
        sinc(cutoff * distance) * kaiser(distance / reach)
    };
    let taps: Vec<f64> = (0..2 * half).map(tap).collect();
    let sum: f64 = taps.iter().sum();
    taps.into_iter().map(|tap| (tap / sum) as f32).collect()
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// The Kaiser window at `x` in -1..1.
fn kaiser(x: f64) -> f64 {
    bessel_i0(KAISER_BETA * (1.0 - x * x).max(0.0).sqrt()) / bessel_i0(KAISER_BETA)
}

/// The modified Bessel function of order 0, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-12 {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

/// A dot product in eight running sums, which compiles to vector instructions.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (chunks_a, chunks_b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = chunks_a.remainder().iter().zip(chunks_b.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in chunks_a.zip(chunks_b) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

fn within(rate_hz: u32) -> u64 {
    u64::from(rate_hz.clamp(*RATES_HZ.start(), *RATES_HZ.end()))
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: [u32; 6] = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000];

    fn sine(rate_hz: u32, frequency_hz: f64, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| (2.0 * PI * frequency_hz * n as f64 / f64::from(rate_hz)).sin() as f32).collect()
    }

    fn rms(samples: &[f32]) -> f32 {
        (samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32).sqrt()
    }

    #[test]
    fn a_sine_keeps_frequency_phase_and_level() {
        for (from, to) in RATES.into_iter().flat_map(|from| RATES.map(|to| (from, to))) {
            let output = resample(&sine(from, 1_000.0, from as usize), from, to);
            let expected = sine(to, 1_000.0, output.len());
            let inside = 400..output.len() - 400;
            let worst = inside.map(|n| (output[n] - expected[n]).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-3, "{from} to {to} Hz: off by {worst}");
        }
    }

    #[test]
    fn what_would_fold_back_is_gone() {
        for (from, to, tone) in
            [(48_000, 16_000, 8_100.0), (44_100, 16_000, 9_000.0), (22_050, 16_000, 8_200.0), (16_000, 8_000, 4_050.0)]
        {
            let output = resample(&sine(from, tone, from as usize), from, to);
            let level = rms(&output[1_000..output.len() - 1_000]) / std::f32::consts::FRAC_1_SQRT_2;
            assert!(level < 1e-3, "{from} to {to} Hz lets {tone} Hz through at {:.1} dB", 20.0 * level.log10());
        }
    }

    #[test]
    fn chunks_give_the_same_as_one_go() {
        let input = sine(22_050, 440.0, 22_050);
        let mut resampler = Resampler::new(22_050, 16_000);
        for _ in 0..2 {
            let mut chunked = Vec::new();
            for chunk in input.chunks(97) {
                chunked.extend(resampler.push(chunk));
            }
            chunked.extend(resampler.finish());
            assert_eq!(chunked, resample(&input, 22_050, 16_000));
        }
    }

    #[test]
    fn lengths_are_right_and_equal_rates_pass_through() {
        for (from, to) in RATES.into_iter().flat_map(|from| RATES.map(|to| (from, to))) {
            for samples in [0_usize, 1, 7, 1_234] {
                let expected = (samples as u64 * u64::from(to)).div_ceil(u64::from(from));
                assert_eq!(resample(&vec![0.5; samples], from, to).len() as u64, expected, "{from} to {to}");
            }
        }
        assert_eq!(resample(&[0.1, -0.2], 16_000, 16_000), [0.1, -0.2]);
    }
}
