//! Decoded sound, and WAV files of 16 bits and any number of channels.

use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec, WavWriter};
use thiserror::Error;

/// Decoded sound as a file holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// Samples a second.
    pub rate_hz: u32,
    /// One vector a channel, all of one length, -1..1.
    pub channels: Vec<Vec<f32>>,
}

impl Sound {
    /// The mean of all channels.
    pub fn mono(&self) -> Vec<f32> {
        let Some((first, rest)) = self.channels.split_first() else { return Vec::new() };
        let mut mix = first.clone();
        for channel in rest {
            mix.iter_mut().zip(channel).for_each(|(sum, value)| *sum += value);
        }
        let share = 1.0 / self.channels.len() as f32;
        mix.iter_mut().for_each(|value| *value *= share);
        mix
    }
}

/// Why a sound file could not be read or written; every message names the file.
#[derive(Debug, Error)]
pub enum AudioFileError {
    /// The file is not there or cannot be opened.
    #[error("{}: cannot be opened: {reason}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The file is something else.
    #[error("{}: not {expected}: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What would have been accepted.
        expected: &'static str,
        /// What was found.
        reason: String,
    },
    /// The file's beginning could be read, the rest not.
    #[error("{}: breaks off after {after_s:.1} s: {reason}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// How much of it could be read, seconds.
        after_s: f64,
        /// What was found.
        reason: String,
    },
    /// The file holds no sound.
    #[error("{}: holds no audio samples", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be written.
    #[error("{}: cannot be written: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
}

/// Writes 16-bit samples; what lies outside -1..1 is clipped, what is not a number becomes silence.
///
/// # Errors
/// When the file cannot be written.
pub fn write_pcm16(path: &Path, sound: &Sound) -> Result<(), AudioFileError> {
    let (channels, sample_rate) = (sound.channels.len() as u16, sound.rate_hz);
    let spec = WavSpec { channels, sample_rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let all = || {
        let mut writer = WavWriter::create(path, spec)?;
        let length = sound.channels.iter().map(Vec::len).min().unwrap_or(0);
        for at in 0..length {
            sound.channels.iter().try_for_each(|channel| writer.write_sample(pcm16(channel[at])))?;
        }
        writer.finalize()
    };
    all().map_err(|e: hound::Error| AudioFileError::Write { path: path.into(), reason: e.to_string() })
}

/// One sample as 16-bit PCM; what lies outside -1..1 is clipped.
pub fn pcm16(value: f32) -> i16 {
    (value * 32768.0).round().clamp(-32768.0, 32767.0) as i16
}
