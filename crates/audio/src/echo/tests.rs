use super::*;

/// Noise that swells and fades like syllables, the same for the same seed.
fn speech_like(samples: usize, seed: u64) -> Vec<f32> {
    let (mut state, mut low) = (seed | 1, 0.0f32);
    (0..samples)
        .map(|i| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let white = (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0;
            low += 0.3 * (white - low);
            let syllable = (i as f32 * std::f32::consts::TAU * 4.0 / 16_000.0).sin().max(0.0);
            0.5 * low * syllable
        })
        .collect()
}

/// A room: the first sound after `delay_ms`, and a tail that dies away.
fn echo_of(ours: &[f32], delay_ms: usize, gain: f32) -> Vec<f32> {
    let delay = delay_ms * 16;
    let taps: Vec<(usize, f32)> =
        (0..40).map(|i| (i * 37, gain * 0.85f32.powi(i as i32) * if i % 3 == 1 { -1.0 } else { 1.0 })).collect();
    let mut echo = vec![0.0; ours.len()];
    for (offset, weight) in taps {
        for i in delay + offset..ours.len() {
            echo[i] += weight * 0.4 * ours[i - delay - offset];
        }
    }
    echo
}

fn db(power: f32) -> f32 {
    10.0 * power.max(1e-12).log10()
}

#[test]
fn an_echo_is_taken_off_within_a_second_and_hardly_anything_is_left() {
    for delay_ms in [20, 150, 300] {
        let ours = speech_like(16_000 * 6, 7);
        let heard = echo_of(&ours, delay_ms, 0.5);
        let left = EchoCanceller::default().remove(&ours, heard.clone());
        let quieter = |from: usize| db(energy(&heard[from..])) - db(energy(&left[from..]));
        assert!(quieter(16_000) > 30.0, "{delay_ms} ms: {} dB", quieter(16_000));
    }
}

#[test]
fn a_voice_over_ours_is_heard() {
    let ours = speech_like(16_000 * 6, 7);
    let mut heard = echo_of(&ours, 120, 0.5);
    let voice = speech_like(16_000 * 2, 99);
    let at = 16_000 * 4;
    heard[at..].iter_mut().zip(&voice).for_each(|(sample, voice)| *sample += voice);
    let left = EchoCanceller::default().remove(&ours, heard);
    let kept = db(energy(&left[at..])) - db(energy(&voice));
    assert!(kept.abs() < 3.0, "{kept} dB");
    let mut from_the_first = voice.clone();
    from_the_first.iter_mut().zip(echo_of(&ours[..voice.len()], 120, 0.2)).for_each(|(s, echo)| *s += echo);
    let left = EchoCanceller::default().remove(&ours[..voice.len()], from_the_first);
    let kept = db(energy(&left)) - db(energy(&voice));
    assert!(kept > -6.0, "even while nothing is known of the echo: {kept} dB");
}

#[test]
fn while_we_are_silent_the_sound_passes_unchanged() {
    let mut canceller = EchoCanceller::default();
    let voice = speech_like(16_000, 3);
    assert_eq!(canceller.remove(&vec![0.0; 16_000], voice.clone()), voice);
    canceller.remove(&speech_like(16_000, 4), vec![0.0; 16_000]);
    canceller.remove(&vec![0.0; 16_384], vec![0.0; 16_384]);
    assert_eq!(canceller.remove(&vec![0.0; 16_000], voice.clone()), voice);
}
