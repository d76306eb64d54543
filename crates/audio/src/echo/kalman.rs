//! A partitioned-block frequency-domain Kalman filter: the echo path, learnt bin by bin.
//!
//! After Enzner & Vary, "Frequency-domain adaptive Kalman filter for acoustic echo control in hands-free telephones"
//! (Signal Processing, 2006), partitioned as in Kuech, Mabande & Enzner, "State-space architecture of the
//! partitioned-block-based acoustic echo controller" (ICASSP 2014). The state's covariance is its own step size: large
//! while little is known, small while the candidate speaks, so that no detector of double talk is needed.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

/// Samples in a block: 16 ms.
pub(super) const BLOCK: usize = 256;
/// Blocks that the echo path may last, its delay included (0.9 s).
pub(super) const PARTITIONS: usize = 56;
const WINDOW: usize = 2 * BLOCK;
const BINS: usize = BLOCK + 1;
/// Half of each window is the block itself.
const OVERLAP: f32 = 0.5;
/// The echo path changes by so little from block to block (0.9995 keeps it for half a minute).
const STAYS: f32 = 0.9995;
/// What is expected of each partition before anything is known, as power.
const AT_FIRST: f32 = 0.02;
/// How fast the estimate of the candidate's spectrum follows.
const FOLLOWS: f32 = 0.4;
/// Power below which nothing is told apart, for a bin.
const NOTHING: f32 = 1e-7;

/// What a block came to, as energies on one scale.
pub(super) struct Rest {
    /// What is left.
    pub(super) error: f32,
    /// The echo that was predicted, and taken off.
    pub(super) echo: f32,
    /// The echo that is expected to be left.
    pub(super) doubt: f32,
}

/// Learns one echo path.
pub(super) struct Filter {
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    /// The last two blocks of ours.
    window: Vec<f32>,
    /// Spectra of our last blocks; `newest` is the place of the latest.
    played: Vec<[Complex<f32>; BINS]>,
    newest: usize,
    path: Vec<[Complex<f32>; BINS]>,
    covariance: Vec<[f32; BINS]>,
    candidate: [f32; BINS],
    /// The partition whose wrap-around is taken out next.
    constrained: usize,
    time: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl Default for Filter {
    fn default() -> Self {
        let mut planner = RealFftPlanner::new();
        let (forward, inverse) = (planner.plan_fft_forward(WINDOW), planner.plan_fft_inverse(WINDOW));
        let zero = Complex::new(0.0, 0.0);
        let scratch = vec![zero; forward.get_scratch_len().max(inverse.get_scratch_len())];
        Self {
            forward,
            inverse,
            window: vec![0.0; WINDOW],
            played: vec![[zero; BINS]; PARTITIONS],
            newest: 0,
            path: vec![[zero; BINS]; PARTITIONS],
            covariance: vec![[AT_FIRST; BINS]; PARTITIONS],
            candidate: [NOTHING; BINS],
            constrained: 0,
            time: vec![0.0; WINDOW],
            spectrum: vec![zero; BINS],
            scratch,
        }
    }
}

impl Filter {
    /// Takes the echo of all that was played up to `ours` off `heard`, and learns from what is left.
    pub(super) fn run(&mut self, ours: &[f32], heard: &mut [f32]) -> Rest {
        self.remember(ours);
        let echo = self.subtract(heard);
        self.analyse(heard);
        let (error, doubt) = self.learn();
        self.constrain();
        Rest { error, echo, doubt }
    }

    fn remember(&mut self, ours: &[f32]) {
        self.window.copy_within(BLOCK.., 0);
        self.window[BLOCK..].copy_from_slice(ours);
        self.time.copy_from_slice(&self.window);
        self.transform();
        self.newest = (self.newest + PARTITIONS - 1) % PARTITIONS;
        self.played[self.newest].copy_from_slice(&self.spectrum);
    }

    /// The energy of the echo that was taken off.
    fn subtract(&mut self, heard: &mut [f32]) -> f32 {
        self.spectrum.fill(Complex::new(0.0, 0.0));
        for partition in 0..PARTITIONS {
            let played = &self.played[(self.newest + partition) % PARTITIONS];
            for ((sum, x), w) in self.spectrum.iter_mut().zip(played).zip(&self.path[partition]) {
                *sum += x * w;
            }
        }
        self.synthesise();
        let mut echo = 0.0;
        for (sample, predicted) in heard.iter_mut().zip(&self.time[BLOCK..]) {
            *sample -= predicted;
            echo += predicted * predicted;
        }
        echo
    }

    fn analyse(&mut self, block: &[f32]) {
        self.time[..BLOCK].fill(0.0);
        self.time[BLOCK..].copy_from_slice(block);
        self.transform();
    }

    /// One step of the filter on the error in `spectrum`: energies of the error, and of what echo is expected in it.
    fn learn(&mut self) -> (f32, f32) {
        let mut expected = [0.0f32; BINS];
        for partition in 0..PARTITIONS {
            let played = &self.played[(self.newest + partition) % PARTITIONS];
            for ((sum, x), p) in expected.iter_mut().zip(played).zip(&self.covariance[partition]) {
                *sum += OVERLAP * p * x.norm_sqr();
            }
        }
        let mut step = [Complex::new(0.0, 0.0); BINS];
        let mut weight = [0.0f32; BINS];
        let (mut error, mut doubt) = (0.0, 0.0);
        for bin in 0..BINS {
            let power = self.spectrum[bin].norm_sqr();
            let candidate = &mut self.candidate[bin];
            *candidate += FOLLOWS * (power - *candidate);
            weight[bin] = 1.0 / (expected[bin] + *candidate + NOTHING);
            step[bin] = self.spectrum[bin] * weight[bin];
            error += power;
            doubt += expected[bin];
        }
        for partition in 0..PARTITIONS {
            let played = &self.played[(self.newest + partition) % PARTITIONS];
            let (path, covariance) = (&mut self.path[partition], &mut self.covariance[partition]);
            for bin in 0..BINS {
                let (x, p) = (played[bin], covariance[bin]);
                path[bin] += x.conj() * step[bin] * p;
                let known = OVERLAP * p * x.norm_sqr() * weight[bin];
                let moved = (1.0 - STAYS * STAYS) * path[bin].norm_sqr();
                covariance[bin] = STAYS * STAYS * (1.0 - known).max(0.0) * p + moved;
            }
        }
        // a block's energy is its spectrum's over the window's length, both halves of it counted
        let scale = 2.0 / WINDOW as f32;
        (error * scale, doubt * scale)
    }

    /// Multiplying spectra wraps around; the half of a partition that comes of it is cleared, one partition a block.
    fn constrain(&mut self) {
        self.constrained = (self.constrained + 1) % PARTITIONS;
        self.spectrum.copy_from_slice(&self.path[self.constrained]);
        self.synthesise();
        self.time[BLOCK..].fill(0.0);
        self.transform();
        self.path[self.constrained].copy_from_slice(&self.spectrum);
    }

    /// `time` to `spectrum`. The lengths are right by construction, so that neither transform can fail.
    fn transform(&mut self) {
        let _ = self.forward.process_with_scratch(&mut self.time, &mut self.spectrum, &mut self.scratch);
    }

    /// `spectrum` to `time`.
    fn synthesise(&mut self) {
        self.spectrum[0].im = 0.0;
        self.spectrum[BINS - 1].im = 0.0;
        let _ = self.inverse.process_with_scratch(&mut self.spectrum, &mut self.time, &mut self.scratch);
        self.time.iter_mut().for_each(|sample| *sample /= WINDOW as f32);
    }
}
