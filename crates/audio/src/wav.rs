//! WAV files: 16-bit and float, any number of channels.

use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
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

    /// Takes interleaved samples apart.
    pub(crate) fn from_interleaved(samples: &[f32], channels: usize, rate_hz: u32) -> Self {
        let pick = |channel: usize| samples.iter().skip(channel).step_by(channels.max(1)).copied().collect();
        Self { rate_hz, channels: (0..channels).map(pick).collect() }
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

const EXPECTED: &str = "a PCM WAV file of 8 to 32 bits or 32-bit float";

/// Reads a WAV file of integer or float samples.
///
/// # Errors
/// When the file cannot be opened, is not such a WAV file, is cut off, or holds no samples.
pub fn read(path: &Path) -> Result<Sound, AudioFileError> {
    let reader = WavReader::open(path).map_err(|e| failure(path, e))?;
    let spec = reader.spec();
    let samples = match spec.sample_format {
        SampleFormat::Float => reader.into_samples::<f32>().collect::<Result<Vec<_>, _>>(),
        SampleFormat::Int => integers(reader, spec.bits_per_sample),
    }
    .map_err(|e| failure(path, e))?;
    if samples.is_empty() || spec.channels == 0 || spec.sample_rate == 0 {
        return Err(AudioFileError::Empty { path: path.into() });
    }
    Ok(Sound::from_interleaved(&samples, spec.channels.into(), spec.sample_rate))
}

fn integers<R: std::io::Read>(reader: WavReader<R>, bits: u16) -> Result<Vec<f32>, hound::Error> {
    let scale = 1.0 / 2.0_f64.powi(i32::from(bits) - 1);
    reader.into_samples::<i32>().map(|sample| sample.map(|value| (f64::from(value) * scale) as f32)).collect()
}

/// Writes 16-bit samples; what lies outside -1..1 is clipped, what is not a number becomes silence.
///
/// # Errors
/// When the file cannot be written.
pub fn write_pcm16(path: &Path, sound: &Sound) -> Result<(), AudioFileError> {
    write(path, sound, SampleFormat::Int, 16, |writer, value| writer.write_sample(pcm16(value)))
}

/// Writes 32-bit float samples as they are.
///
/// # Errors
/// When the file cannot be written.
pub fn write_f32(path: &Path, sound: &Sound) -> Result<(), AudioFileError> {
    write(path, sound, SampleFormat::Float, 32, |writer, value| writer.write_sample(value))
}

/// One sample as 16-bit PCM; what lies outside -1..1 is clipped.
pub fn pcm16(value: f32) -> i16 {
    (value * 32768.0).round().clamp(-32768.0, 32767.0) as i16
}

type Writer = WavWriter<std::io::BufWriter<std::fs::File>>;

fn write(
    path: &Path,
    sound: &Sound,
    sample_format: SampleFormat,
    bits_per_sample: u16,
    put: impl Fn(&mut Writer, f32) -> Result<(), hound::Error>,
) -> Result<(), AudioFileError> {
    let channels = sound.channels.len() as u16;
    let spec = WavSpec { channels, sample_rate: sound.rate_hz, bits_per_sample, sample_format };
    let all = || {
        let mut writer = WavWriter::create(path, spec)?;
        let length = sound.channels.iter().map(Vec::len).min().unwrap_or(0);
        for at in 0..length {
            sound.channels.iter().try_for_each(|channel| put(&mut writer, channel[at]))?;
        }
        writer.finalize()
    };
    all().map_err(|e: hound::Error| AudioFileError::Write { path: path.into(), reason: e.to_string() })
}

fn failure(path: &Path, error: hound::Error) -> AudioFileError {
    let path = path.to_owned();
    match error {
        hound::Error::IoError(e) if e.kind() != std::io::ErrorKind::UnexpectedEof && !is_short_read(&e) => {
            AudioFileError::Open { path, reason: e.to_string() }
        }
        other => AudioFileError::Format { path, expected: EXPECTED, reason: other.to_string() },
    }
}

/// Hound reports a file that ends too soon as an error of kind `Other`.
fn is_short_read(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::Other
}
