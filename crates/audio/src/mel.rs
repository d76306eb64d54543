//! Whisper's picture of sound: log-mel frames of 10 ms.
//!
//! After `openai/whisper` `audio.py` and Transformers' `WhisperFeatureExtractor`: Hann window of 25 ms, hop of 10 ms,
//! centred frames with reflected edges, power spectrum, Slaney mel filters up to 8 kHz, base-10 logarithm, nothing
//! quieter than 80 dB below the loudest value of the window, then `(x + 4) / 4`.

use std::f64::consts::PI;
use std::sync::{Arc, OnceLock};

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Samples under one analysis window: 25 ms.
pub const FFT_SAMPLES: usize = 400;
/// Samples from one frame to the next: 10 ms.
pub const HOP_SAMPLES: usize = 160;
/// Mel bands of every Whisper before `large-v3`, and of Smart Turn.
pub const MEL_BANDS: usize = 80;

const EDGE: usize = FFT_SAMPLES / 2;
const BINS: usize = FFT_SAMPLES / 2 + 1;
/// The power below which nothing is told apart.
const POWER_FLOOR: f32 = 1e-10;
/// How far below the loudest value the quietest may lie, in powers of ten (8 = 80 dB).
const RANGE: f32 = 8.0;

/// One mel filter: its first bin, and the weights from there on.
struct Filter {
    first: usize,
    weights: Vec<f32>,
}

/// Turns samples into log-mel frames; holds the tables, which cost a millisecond to make.
pub struct LogMel {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    filters: Vec<Filter>,
}

/// What one run needs beside its output.
struct Scratch {
    frame: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    fft: Vec<Complex<f32>>,
    power: Vec<f32>,
}

impl LogMel {
    /// Tables for `bands` mel bands (80, or 128 for `large-v3`).
    pub fn new(bands: usize) -> Self {
        let hann = |n: usize| (0.5 - 0.5 * (2.0 * PI * n as f64 / FFT_SAMPLES as f64).cos()) as f32;
        Self {
            fft: RealFftPlanner::new().plan_fft_forward(FFT_SAMPLES),
            window: (0..FFT_SAMPLES).map(hann).collect(),
            filters: slaney_filters(bands),
        }
    }

    /// The number of mel bands.
    pub fn bands(&self) -> usize {
        self.filters.len()
    }

    /// The log-mel picture of the first `frames * 160` samples at 16 kHz, `[bands, frames]` row by row. Shorter input
    /// is followed by silence; the 80 dB range is that of the whole picture.
    pub fn compute(&self, samples: &[f32], frames: usize) -> Vec<f32> {
        let mut picture = vec![0.0_f32; self.bands() * frames];
        let mut scratch = self.scratch();
        let sound = samples.len().min(frames * HOP_SAMPLES);
        // Frames that lie in the silence after the input are all alike: nothing to compute.
        let last = ((sound + EDGE).div_ceil(HOP_SAMPLES)).min(frames);
        for frame in 0..last {
            fill_frame(&samples[..sound], frames * HOP_SAMPLES, frame, &mut scratch.frame);
            self.power(&mut scratch);
            self.bands_of_frame(&scratch.power, frame, frames, &mut picture);
        }
        silence_after(&mut picture, frames, last);
        compress(&mut picture);
        picture
    }

    fn scratch(&self) -> Scratch {
        Scratch {
            frame: self.fft.make_input_vec(),
            spectrum: self.fft.make_output_vec(),
            fft: self.fft.make_scratch_vec(),
            power: vec![0.0; BINS],
        }
    }

    fn power(&self, scratch: &mut Scratch) {
        for (sample, weight) in scratch.frame.iter_mut().zip(&self.window) {
            *sample *= weight;
        }
        // The buffers were made by this very plan, so their lengths cannot be wrong.
        let done = self.fft.process_with_scratch(&mut scratch.frame, &mut scratch.spectrum, &mut scratch.fft);
        debug_assert!(done.is_ok());
        for (power, value) in scratch.power.iter_mut().zip(&scratch.spectrum) {
            *power = value.norm_sqr();
        }
    }

    fn bands_of_frame(&self, power: &[f32], frame: usize, frames: usize, picture: &mut [f32]) {
        for (band, filter) in self.filters.iter().enumerate() {
            let bins = &power[filter.first..];
            let energy: f32 = filter.weights.iter().zip(bins).map(|(weight, bin)| weight * bin).sum();
            picture[band * frames + frame] = energy.max(POWER_FLOOR).log10();
        }
    }
}

/// The 80-band log-mel picture of the first `frames * 160` samples (16 kHz), `[80, frames]` row by row, as
/// [`LogMel::compute`]. Smart Turn takes 800 frames of samples that were brought to zero mean and unit variance.
pub fn log_mel(samples: &[f32], frames: usize) -> Vec<f32> {
    static TABLES: OnceLock<LogMel> = OnceLock::new();
    TABLES.get_or_init(|| LogMel::new(MEL_BANDS)).compute(samples, frames)
}

/// Copies the window of `frame` out of `sound`, which silence extends to `total` samples and mirrors extend further.
fn fill_frame(sound: &[f32], total: usize, frame: usize, out: &mut [f32]) {
    let start = frame * HOP_SAMPLES;
    if start >= EDGE && start + EDGE <= sound.len() {
        out.copy_from_slice(&sound[start - EDGE..start + EDGE]);
        return;
    }
    for (i, value) in out.iter_mut().enumerate() {
        let at = (start + i).abs_diff(EDGE);
        let mirrored = if at < total { at } else { (2 * total).saturating_sub(at + 2) };
        *value = sound.get(mirrored).copied().unwrap_or(0.0);
    }
}

fn silence_after(picture: &mut [f32], frames: usize, last: usize) {
    for row in picture.chunks_exact_mut(frames.max(1)) {
        row[last..].fill(POWER_FLOOR.log10());
    }
}

fn compress(picture: &mut [f32]) {
    let floor = picture.iter().copied().fold(f32::NEG_INFINITY, f32::max) - RANGE;
    for value in picture {
        *value = (value.max(floor) + 4.0) / 4.0;
    }
}

/// Slaney's mel scale: linear to 1 kHz, logarithmic above (Auditory Toolbox, 1998; as in librosa).
fn mel_to_hz(mel: f64) -> f64 {
    if mel < 15.0 { mel * 200.0 / 3.0 } else { 1000.0 * ((mel - 15.0) * 6.4_f64.ln() / 27.0).exp() }
}

fn hz_to_mel(hz: f64) -> f64 {
    if hz < 1000.0 { hz * 3.0 / 200.0 } else { 15.0 + (hz / 1000.0).ln() * 27.0 / 6.4_f64.ln() }
}

/// Triangles between neighbouring mel points from 0 to 8 kHz, each of the same area.
fn slaney_filters(bands: usize) -> Vec<Filter> {
    let top = hz_to_mel(8000.0);
    let point = |i: usize| mel_to_hz(top * i as f64 / (bands + 1) as f64);
    (0..bands).map(|band| triangle(point(band), point(band + 1), point(band + 2))).collect()
}

fn triangle(low: f64, centre: f64, high: f64) -> Filter {
    let hz_per_bin = 8000.0 / (BINS - 1) as f64;
    let weight = |bin: usize| {
        let hz = bin as f64 * hz_per_bin;
        ((hz - low) / (centre - low)).min((high - hz) / (high - centre)).max(0.0) * 2.0 / (high - low)
    };
    let inside: Vec<usize> = (0..BINS).filter(|&bin| weight(bin) > 0.0).collect();
    let first = inside.first().copied().unwrap_or(0);
    Filter { first, weights: inside.into_iter().map(|bin| weight(bin) as f32).collect() }
}
