//! Reading and writing sound files.

use std::path::PathBuf;

use audio::decode;
use audio::wav::{self, Sound, pcm16};
use proptest::prelude::*;

/// A file of this test run that is removed when the test is over.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("interviewer-audio-{}-{name}", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn stereo(samples: Vec<(f32, f32)>) -> Sound {
    let (left, right) = samples.into_iter().unzip();
    Sound { rate_hz: 24_000, channels: vec![left, right] }
}

#[test]
fn float_files_come_back_bit_for_bit() {
    let file = Scratch::new("float.wav");
    let sound = stereo(vec![(0.25, -1.0), (1.5, 1e-9), (0.0, 0.1)]);
    wav::write_f32(&file.0, &sound).unwrap();
    assert_eq!(wav::read(&file.0).unwrap(), sound);
    assert_eq!(decode::read(&file.0).unwrap(), sound);
}

#[test]
fn loud_and_odd_samples_are_clipped() {
    assert_eq!([2.0, 1.0, -1.0, -7.0, 0.0].map(pcm16), [32767, 32767, -32768, -32768, 0]);
    assert_eq!(pcm16(f32::NAN), 0);
}

#[test]
fn any_rate_comes_down_to_16_khz_mono() {
    let file = Scratch::new("rate.wav");
    let second: Vec<(f32, f32)> = (0..24_000).map(|n| ((n as f32 * 0.05).sin(), -(n as f32 * 0.05).sin())).collect();
    wav::write_pcm16(&file.0, &stereo(second)).unwrap();
    let mono = decode::read_mono_16k(&file.0).unwrap();
    assert_eq!(mono.len(), 16_000);
    assert!(mono.iter().all(|value| value.abs() < 1e-3), "the two channels cancel out");
}

#[test]
fn errors_name_the_file_and_what_is_wrong() {
    let text = Scratch::new("notes.txt");
    std::fs::write(&text.0, "these are words, not sounds").unwrap();
    let said = decode::read(&text.0).unwrap_err().to_string();
    assert!(said.contains("notes.txt") && said.contains("WAV, FLAC, MP3 or Ogg Vorbis"), "{said}");
    let said = wav::read(&text.0).unwrap_err().to_string();
    assert!(said.contains("notes.txt") && said.contains("not a PCM WAV file"), "{said}");

    let nothing = Scratch::new("nothing.wav");
    for said in [wav::read(&nothing.0).unwrap_err().to_string(), decode::read(&nothing.0).unwrap_err().to_string()] {
        assert!(said.contains("nothing.wav") && said.contains("cannot be opened"), "{said}");
    }
    std::fs::write(&nothing.0, "").unwrap();
    assert!(wav::read(&nothing.0).unwrap_err().to_string().contains("not a PCM WAV file"));
    assert!(decode::read(&nothing.0).is_err());
    assert!(decode::read(&std::env::temp_dir()).unwrap_err().to_string().contains("folder"));
}

#[test]
fn a_file_without_samples_is_said_to_be_empty() {
    let file = Scratch::new("empty.wav");
    wav::write_pcm16(&file.0, &stereo(Vec::new())).unwrap();
    assert!(wav::read(&file.0).unwrap_err().to_string().contains("holds no audio"));
    assert!(decode::read(&file.0).unwrap_err().to_string().contains("holds no audio"));
}

#[test]
fn a_file_that_breaks_off_does_not_panic() {
    let file = Scratch::new("cut.wav");
    wav::write_pcm16(&file.0, &stereo(vec![(0.5, 0.5); 1000])).unwrap();
    let whole = std::fs::read(&file.0).unwrap();
    for length in 0..44 {
        std::fs::write(&file.0, &whole[..length]).unwrap();
        assert!(wav::read(&file.0).is_err());
        assert!(decode::read(&file.0).is_err());
    }
    std::fs::write(&file.0, &whole[..2044]).unwrap();
    assert!(wav::read(&file.0).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn pcm_comes_back_to_half_a_step(samples in prop::collection::vec((-1.0_f32..1.0, -1.0_f32..1.0), 1..300)) {
        let file = Scratch::new("pcm.wav");
        let sound = stereo(samples);
        wav::write_pcm16(&file.0, &sound).unwrap();
        let read = wav::read(&file.0).unwrap();
        prop_assert_eq!(&read, &decode::read(&file.0).unwrap());
        for (one, other) in sound.channels.concat().iter().zip(read.channels.concat()) {
            prop_assert!((one - other).abs() <= 1.0 / 32768.0);
        }
    }

    #[test]
    fn bytes_that_are_no_file_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let file = Scratch::new("bytes.bin");
        std::fs::write(&file.0, [b"RIFF".as_slice(), &bytes].concat()).unwrap();
        let _ = wav::read(&file.0);
        let _ = decode::read(&file.0);
    }
}
