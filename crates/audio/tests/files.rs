//! Reading and writing sound files.

use std::path::{Path, PathBuf};

use audio::decode::{self, MonoReader};
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
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 24_000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(&file.0, spec).unwrap();
    for at in 0..3 {
        sound.channels.iter().for_each(|channel| writer.write_sample(channel[at]).unwrap());
    }
    writer.finalize().unwrap();
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

    let nothing = Scratch::new("nothing.wav");
    let said = decode::read(&nothing.0).unwrap_err().to_string();
    assert!(said.contains("nothing.wav") && said.contains("cannot be opened"), "{said}");
    std::fs::write(&nothing.0, "").unwrap();
    assert!(decode::read(&nothing.0).is_err());
    assert!(decode::read(&std::env::temp_dir()).unwrap_err().to_string().contains("folder"));
}

#[test]
fn a_file_without_samples_is_said_to_be_empty() {
    let file = Scratch::new("empty.wav");
    wav::write_pcm16(&file.0, &stereo(Vec::new())).unwrap();
    assert!(decode::read(&file.0).unwrap_err().to_string().contains("holds no audio"));
}

#[test]
fn a_file_that_breaks_off_does_not_panic() {
    let file = Scratch::new("cut.wav");
    wav::write_pcm16(&file.0, &stereo(vec![(0.5, 0.5); 1000])).unwrap();
    let whole = std::fs::read(&file.0).unwrap();
    for length in 0..44 {
        std::fs::write(&file.0, &whole[..length]).unwrap();
        assert!(decode::read(&file.0).is_err());
    }
}

#[test]
fn a_file_that_ends_too_soon_gives_what_there_is_of_it() {
    let file = Scratch::new("short.wav");
    wav::write_pcm16(&file.0, &stereo(vec![(0.5, 0.5); 24_000])).unwrap();
    let whole = std::fs::read(&file.0).unwrap();
    std::fs::write(&file.0, &whole[..whole.len() / 2]).unwrap();
    let frames = decode::read(&file.0).unwrap().channels[0].len();
    assert!((10_000..=12_000).contains(&frames), "{frames}");
}

/// A file of `tests/data`.
fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// Samples that are louder than 0.1.
fn loud(samples: &[f32]) -> usize {
    samples.iter().filter(|sample| sample.abs() > 0.1).count()
}

#[test]
fn streams_chained_in_one_file_are_read_one_after_the_other() {
    let one = decode::read(&data("tone.ogg")).unwrap();
    let twice = Scratch::new("twice.ogg");
    let bytes = std::fs::read(data("tone.ogg")).unwrap();
    std::fs::write(&twice.0, [bytes.as_slice(), &bytes].concat()).unwrap();
    let both = decode::read(&twice.0).unwrap();
    assert_eq!((one.rate_hz, one.channels[0].len(), both.channels[0].len()), (16_000, 8000, 16_000));
    assert!(loud(&both.channels[0][8000..]) > 4000, "the second is sound, not silence");
}

#[test]
fn a_chained_stream_of_another_kind_breaks_the_file_off() {
    let odd = Scratch::new("odd.ogg");
    let bytes = ["tone.ogg", "tone-8k.ogg"].map(|name| std::fs::read(data(name)).unwrap()).concat();
    std::fs::write(&odd.0, bytes).unwrap();
    let said = decode::read(&odd.0).unwrap_err().to_string();
    assert!(said.contains("odd.ogg: breaks off after 0.5 s: what follows has another sample rate"), "{said}");
}

#[test]
fn what_is_damaged_becomes_silence_and_the_rest_keeps_its_time() {
    for name in ["tone.flac", "tone.mp3"] {
        let whole = decode::read(&data(name)).unwrap();
        let file = Scratch::new(&format!("damaged-{name}"));
        let mut bytes = std::fs::read(data(name)).unwrap();
        let late = bytes.len() / 20 * 13;
        // An MP3 without a frame's header does not tell that there was one: that one stays.
        let header = bytes[late..].windows(2).position(|pair| pair == [0xFF, 0xF3]).unwrap_or(0);
        bytes[late + header + 6..late + header + 46].fill(0x55);
        std::fs::write(&file.0, bytes).unwrap();
        let damaged = decode::read(&file.0).unwrap();
        assert_eq!(damaged.channels[0].len(), whole.channels[0].len(), "{name}");
        assert!(damaged != whole, "{name}");
        let last = |sound: &Sound| sound.channels[0][sound.channels[0].len() - 1000..].to_vec();
        let pairs = last(&damaged).into_iter().zip(last(&whole));
        let off = pairs.map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
        assert!(off < 0.02, "{name}: {off}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn pcm_comes_back_to_half_a_step(samples in prop::collection::vec((-1.0_f32..1.0, -1.0_f32..1.0), 1..300)) {
        let file = Scratch::new("pcm.wav");
        let sound = stereo(samples);
        wav::write_pcm16(&file.0, &sound).unwrap();
        let read = decode::read(&file.0).unwrap();
        for (one, other) in sound.channels.concat().iter().zip(read.channels.concat()) {
            prop_assert!((one - other).abs() <= 1.0 / 32768.0);
        }
    }

    #[test]
    fn bytes_that_are_no_file_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let file = Scratch::new("bytes.bin");
        std::fs::write(&file.0, [b"RIFF".as_slice(), &bytes].concat()).unwrap();
        let _ = decode::read(&file.0);
    }
}

#[test]
fn a_file_read_block_by_block_is_the_same_sound() {
    for name in ["tone.flac", "tone.mp3", "tone.ogg", "tone-8k.ogg"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
        let mut reader = MonoReader::open(&file).unwrap();
        let mut samples = Vec::new();
        while let Some(block) = reader.next_block().unwrap() {
            assert!(!block.is_empty());
            samples.extend(block);
        }
        assert!(samples == decode::read_mono_16k(&file).unwrap(), "{name}");
        assert!(reader.next_block().unwrap().is_none());
    }
}

#[test]
fn a_file_without_sound_is_named_block_by_block_too() {
    let file = Scratch::new("empty.wav");
    wav::write_pcm16(&file.0, &Sound { rate_hz: 16_000, channels: vec![Vec::new()] }).unwrap();
    let mut reader = MonoReader::open(&file.0).unwrap();
    assert!(reader.next_block().unwrap_err().to_string().contains("empty.wav"));
}
