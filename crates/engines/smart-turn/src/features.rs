//! What the network looks at, after `pipecat/audio/turn/smart_turn` (BSD-2) and Transformers'
//! `WhisperFeatureExtractor(chunk_length=8)`.

use audio::mel::log_mel;

/// 8 s at 16 kHz.
pub const WINDOW_SAMPLES: usize = 8 * 16_000;
/// Frames of 10 ms in the window.
pub const FRAMES: usize = WINDOW_SAMPLES / audio::mel::HOP_SAMPLES;

const VARIANCE_FLOOR: f64 = 1e-7;

/// The log-mel picture `[80, 800]` of the last 8 s of `samples` (16 kHz mono): silence is put *before* shorter ones,
/// and the whole window is brought to mean 0 and variance 1 first.
pub fn features(samples: &[f32]) -> Vec<f32> {
    let mut window = last_window(samples);
    normalise(&mut window);
    log_mel(&window, FRAMES)
}

fn last_window(samples: &[f32]) -> Vec<f32> {
    let tail = &samples[samples.len().saturating_sub(WINDOW_SAMPLES)..];
    let mut window = vec![0.0; WINDOW_SAMPLES - tail.len()];
    window.extend_from_slice(tail);
    window
}

fn normalise(window: &mut [f32]) {
    let count = window.len() as f64;
    let mean = window.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
    let variance = window.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count;
    let scale = 1.0 / (variance + VARIANCE_FLOOR).sqrt();
    for x in window {
        *x = ((f64::from(*x) - mean) * scale) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_audio_is_at_the_end_of_the_window() {
        let window = last_window(&[1.0, 2.0]);
        assert_eq!((window.len(), &window[WINDOW_SAMPLES - 3..]), (WINDOW_SAMPLES, &[0.0, 1.0, 2.0][..]));
        let long: Vec<f32> = (0..WINDOW_SAMPLES + 5).map(|n| n as f32).collect();
        assert_eq!(last_window(&long)[0], 5.0);
    }

    #[test]
    fn silence_and_any_level_give_finite_features() {
        assert!(features(&[]).iter().all(|x| x.is_finite()));
        let sine: Vec<f32> = (0..WINDOW_SAMPLES).map(|n| (n as f32 * 0.05).sin()).collect();
        let quiet: Vec<f32> = sine.iter().map(|x| x * 0.1).collect();
        let difference = features(&sine).iter().zip(features(&quiet)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(difference < 1e-2, "level changes the features by {difference}");
    }
}
