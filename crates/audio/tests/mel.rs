//! Log-mel pictures against values computed with faster-whisper 1.2.1's filters and NumPy in 64-bit.

use audio::mel::{LogMel, MEL_BANDS, log_mel};

const BANDS: [usize; 8] = [0, 5, 10, 20, 33, 47, 60, 79];
const FRAMES: [usize; 12] = [0, 1, 2, 50, 151, 270, 298, 299, 300, 301, 302, 399];
const GOLDEN: [[f32; 12]; 8] = [
    [
        1.384461, 0.844787, 0.705294, -0.548174, -0.548174, -0.548174, -0.548174, -0.185917, 0.324112, -0.186035,
        -0.548174, -0.548174,
    ],
    [
        1.044617, 0.625612, 0.685301, -0.416529, -0.548174, -0.548174, -0.548174, -0.185252, 0.325054, -0.185123,
        -0.548174, -0.548174,
    ],
    [
        0.708412, 0.225746, -0.314162, -0.080054, -0.548174, -0.548174, -0.548174, -0.182730, 0.327280, -0.182877,
        -0.548174, -0.548174,
    ],
    [
        0.414533, -0.097524, -0.548174, 0.990421, -0.548174, -0.548174, -0.548174, -0.174044, 0.335958, -0.174232,
        -0.548174, -0.548174,
    ],
    [
        0.193478, -0.306939, -0.548174, -0.548174, -0.548174, -0.548174, -0.548174, -0.144349, 0.365796, -0.144150,
        -0.548174, -0.548174,
    ],
    [
        -0.051391, -0.548174, -0.548174, -0.548174, -0.278649, -0.548174, -0.548174, -0.069210, 0.441596, -0.069081,
        -0.548174, -0.548174,
    ],
    [
        -0.195855, -0.548174, -0.548174, -0.548174, -0.548174, -0.186234, 1.321183, 1.330177, 1.236452, 0.350482,
        -0.548174, -0.548174,
    ],
    [
        -0.389615, -0.548174, -0.548174, -0.548174, -0.548174, -0.548174, -0.548174, -0.235743, 0.274386, -0.235743,
        -0.548174, -0.548174,
    ],
];
/// The last of 300 frames when the sound ends there, so that its window reaches into the mirror image.
const GOLDEN_END: [f32; 8] = [-0.488419, -0.488197, -0.485207, -0.476389, -0.447941, -0.368882, 1.330348, -0.539049];
const TOLERANCE: f32 = 1e-4;

/// Three seconds that rise from 100 Hz to 3.7 kHz, with a faint steady tone under them.
fn chirp() -> Vec<f32> {
    let at = |n: i32| {
        let (t, turn) = (f64::from(n) / 16_000.0, std::f64::consts::TAU);
        (0.5 * (turn * (100.0 * t + 600.0 * t * t)).sin() + 0.001 * (turn * 3000.0 * t).sin()) as f32
    };
    (0..48_000).map(at).collect()
}

#[test]
fn equals_the_reference() {
    let picture = log_mel(&chirp(), 400);
    assert_eq!(picture.len(), MEL_BANDS * 400);
    for (band, row) in BANDS.iter().zip(&GOLDEN) {
        for (frame, expected) in FRAMES.iter().zip(row) {
            let value = picture[band * 400 + frame];
            assert!((value - expected).abs() < TOLERANCE, "band {band} frame {frame}: {value}, not {expected}");
        }
    }
}

#[test]
fn mirrors_the_end_of_a_full_window() {
    let picture = log_mel(&chirp(), 300);
    for (band, expected) in BANDS.iter().zip(&GOLDEN_END) {
        assert!((picture[band * 300 + 299] - expected).abs() < TOLERANCE);
    }
}

#[test]
fn silence_short_and_empty_input_are_pictures_too() {
    assert!(log_mel(&[0.0; 1600], 10).iter().all(|value| (value + 1.5).abs() < 1e-6));
    assert!(log_mel(&[], 10).iter().all(|value| (value + 1.5).abs() < 1e-6));
    assert!(log_mel(&[0.5; 100], 1).iter().all(|value| value.is_finite()));
    assert!(log_mel(&[0.5; 100], 0).is_empty());
    assert_eq!(LogMel::new(128).compute(&chirp(), 30).len(), 128 * 30);
}
