//! A room: our voice comes back from the loudspeaker to the candidate's microphone.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use speech::VAD_FRAME_SAMPLES;

use crate::sound;

/// An impulse response is cut to so long, milliseconds.
const LONGEST_MS: u64 = 900;

/// An echo path. Frames go in, their echo comes out.
#[derive(Clone)]
pub struct Room {
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    response: Vec<Complex<f32>>,
    size: usize,
    /// Echo that is still to come.
    tail: Vec<f32>,
}

impl std::fmt::Debug for Room {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Room").field("size", &self.size).finish_non_exhaustive()
    }
}

impl Room {
    /// The path of this impulse response, `delay_ms` late. A voice of the level of speech comes back `level_db` louder
    /// (softer where negative).
    ///
    /// # Panics
    /// Never: lengths are right by construction.
    pub fn new(response: &[f32], delay_ms: u64, level_db: f32) -> Self {
        let direct = (0..response.len()).max_by(|a, b| response[*a].abs().total_cmp(&response[*b].abs())).unwrap_or(0);
        let response = &response[direct.saturating_sub(16)..];
        let mut path = vec![0.0; sound::at(delay_ms)];
        path.extend_from_slice(&response[..response.len().min(sound::at(LONGEST_MS - delay_ms.min(LONGEST_MS)))]);
        let energy: f32 = path.iter().map(|sample| sample * sample).sum();
        let gain = 10f32.powf(level_db / 20.0) / energy.sqrt().max(f32::MIN_POSITIVE);
        let size = (path.len() + VAD_FRAME_SAMPLES).next_power_of_two();
        let mut planner = RealFftPlanner::new();
        let (forward, inverse) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
        path.iter_mut().for_each(|sample| *sample *= gain / size as f32);
        path.resize(size, 0.0);
        let mut spectrum = forward.make_output_vec();
        let _ = forward.process(&mut path, &mut spectrum);
        Self { forward, inverse, response: spectrum, size, tail: vec![0.0; size] }
    }

    /// The echo in the frame in which `ours` is played.
    pub fn echo(&mut self, ours: &[f32]) -> Vec<f32> {
        let mut time = ours.to_vec();
        time.resize(self.size, 0.0);
        let mut spectrum = self.forward.make_output_vec();
        let _ = self.forward.process(&mut time, &mut spectrum);
        spectrum.iter_mut().zip(&self.response).for_each(|(ours, path)| *ours *= path);
        for end in [0, self.size / 2] {
            spectrum[end].im = 0.0;
        }
        let _ = self.inverse.process(&mut spectrum, &mut time);
        self.tail.iter_mut().zip(&time).for_each(|(tail, echo)| *tail += echo);
        let frame = self.tail[..ours.len()].to_vec();
        self.tail.rotate_left(ours.len());
        let end = self.size - ours.len();
        self.tail[end..].fill(0.0);
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_is_late_and_as_loud_as_asked_for() {
        let mut room = Room::new(&[1.0, 0.0, 0.0], 40, -6.0);
        let mut heard = Vec::new();
        for frame in 0..3 {
            let ours: Vec<f32> = (0..VAD_FRAME_SAMPLES).map(|i| if frame == 0 && i == 0 { 1.0 } else { 0.0 }).collect();
            heard.extend(room.echo(&ours));
        }
        let late = heard.iter().position(|sample| sample.abs() > 0.1);
        assert_eq!(late, Some(sound::at(40)));
        assert!((heard[sound::at(40)] - 0.501).abs() < 0.01);
        assert!(heard.iter().enumerate().all(|(i, sample)| i == sound::at(40) || sample.abs() < 1e-4));
    }
}
