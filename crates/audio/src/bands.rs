//! A coarse picture of the spectrum for judgements that are made at once: 16 bands, every 16 ms.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Bands, spaced on the mel scale from 80 Hz to 7 kHz.
pub const BANDS: usize = 16;
/// Samples between two pictures: 16 ms.
pub const HOP: usize = 256;
const WINDOW: usize = 2 * HOP;
const BINS: usize = WINDOW / 2 + 1;
const LOWEST_HZ: f32 = 80.0;
const HIGHEST_HZ: f32 = 7000.0;
/// Power below which nothing is told apart: about -90 dBFS in a band.
const NOTHING: f32 = 1e-9;

/// Makes pictures of one stream.
#[derive(Clone)]
pub struct Bands {
    forward: Arc<dyn RealToComplex<f32>>,
    /// For each band its first bin and the weights from there on.
    filters: Vec<(usize, Vec<f32>)>,
    hann: Vec<f32>,
    /// The last [`HOP`] samples.
    before: Vec<f32>,
    time: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl Default for Bands {
    fn default() -> Self {
        let forward = RealFftPlanner::new().plan_fft_forward(WINDOW);
        let hann = |i: usize| 0.5 - 0.5 * (std::f32::consts::TAU * i as f32 / WINDOW as f32).cos();
        let scratch = forward.make_scratch_vec();
        Self {
            forward,
            filters: filters(),
            hann: (0..WINDOW).map(hann).collect(),
            before: vec![0.0; HOP],
            time: vec![0.0; WINDOW],
            spectrum: vec![Complex::new(0.0, 0.0); BINS],
            scratch,
        }
    }
}

impl Bands {
    /// The next [`HOP`] samples (16 kHz, -1..1): the power in each band, in bels (a tenth of it in decibels) of full
    /// scale. Samples beyond the hop are not looked at, missing ones are silence.
    pub fn next(&mut self, samples: &[f32]) -> [f32; BANDS] {
        self.time[..HOP].copy_from_slice(&self.before);
        self.before.fill(0.0);
        let count = samples.len().min(HOP);
        self.before[..count].copy_from_slice(&samples[..count]);
        self.time[HOP..].copy_from_slice(&self.before);
        self.time.iter_mut().zip(&self.hann).for_each(|(sample, weight)| *sample *= weight);
        // the lengths are right by construction, so that it cannot fail
        let _ = self.forward.process_with_scratch(&mut self.time, &mut self.spectrum, &mut self.scratch);
        let mut bands = [0.0; BANDS];
        for (band, (first, weights)) in bands.iter_mut().zip(&self.filters) {
            let power: f32 = self.spectrum[*first..].iter().zip(weights).map(|(bin, w)| bin.norm_sqr() * w).sum();
            *band = (power / (WINDOW * WINDOW) as f32 * 4.0 + NOTHING).log10();
        }
        bands
    }
}

/// Triangles between neighbouring bands' middles.
fn filters() -> Vec<(usize, Vec<f32>)> {
    let mel = |hz: f32| (1.0 + hz / 700.0).ln();
    let (low, high) = (mel(LOWEST_HZ), mel(HIGHEST_HZ));
    let edge = |i: usize| {
        let mel = low + (high - low) * i as f32 / (BANDS + 1) as f32;
        (mel.exp() - 1.0) * 700.0 * WINDOW as f32 / 16_000.0
    };
    let filter = |band: usize| {
        let (from, middle, to) = (edge(band), edge(band + 1), edge(band + 2));
        let weight = |bin: f32| ((bin - from) / (middle - from)).min((to - bin) / (to - middle)).max(0.0);
        let first = from.floor() as usize;
        (first, (first..=(to.ceil() as usize).min(BINS - 1)).map(|bin| weight(bin as f32)).collect())
    };
    (0..BANDS).map(filter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loudest(frequency_hz: f32) -> usize {
        let mut bands = Bands::default();
        let tone = |i: usize| 0.5 * (std::f32::consts::TAU * frequency_hz * i as f32 / 16_000.0).sin();
        let sound: Vec<f32> = (0..4 * HOP).map(tone).collect();
        let last = sound.chunks(HOP).map(|hop| bands.next(hop)).last().unwrap();
        (0..BANDS).max_by(|a, b| last[*a].total_cmp(&last[*b])).unwrap()
    }

    #[test]
    fn higher_tones_are_in_higher_bands_and_silence_is_nothing() {
        assert_eq!((loudest(100.0), loudest(6500.0)), (0, BANDS - 1));
        let rising: Vec<usize> = [150.0, 400.0, 900.0, 2000.0, 4500.0].map(loudest).to_vec();
        assert!(rising.is_sorted(), "{rising:?}");
        let silence = Bands::default().next(&[0.0; HOP]);
        assert!(silence.iter().all(|band| (*band + 9.0).abs() < 1e-3), "{silence:?}");
    }

    #[test]
    fn ten_times_the_level_is_two_bels_more() {
        let noise =
            |gain: f32| -> Vec<f32> { (0..HOP).map(|i| gain * ((i * 7919 % 1000) as f32 / 500.0 - 1.0)).collect() };
        let (soft, loud) = (Bands::default().next(&noise(0.05)), Bands::default().next(&noise(0.5)));
        assert!(soft.iter().zip(&loud).all(|(soft, loud)| (loud - soft - 2.0).abs() < 0.05));
    }
}
