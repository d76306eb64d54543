//! Sound files of the usual kinds, down to the project's 16 kHz mono.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;

use crate::SAMPLE_RATE_HZ;
use crate::resample::{Resampler, resample};
pub use crate::wav::{AudioFileError, Sound};

const EXPECTED: &str = "a sound file that can be read (WAV, FLAC, MP3 or Ogg Vorbis)";

/// More than this is never filled with silence: a damaged file can say any time, seconds.
const LONGEST_GAP_S: u64 = 60;

/// Reads a WAV, FLAC, MP3 or Ogg Vorbis file at its own rate, channel by channel.
///
/// What is damaged inside becomes silence of the same length, so that what follows keeps its time (but for an MP3 frame
/// whose header is lost: nothing tells that it was there). A file that simply ends too soon (an interrupted download)
/// gives what there is of it.
///
/// # Errors
/// When the file cannot be opened, is no such file, holds no samples, or breaks off otherwise than by ending.
pub fn read(path: &Path) -> Result<Sound, AudioFileError> {
    let mut file = Packets::open(path)?;
    while file.advance()? {}
    let sound = file.heard.finish();
    if sound.channels.iter().all(Vec::is_empty) || sound.rate_hz == 0 {
        return Err(AudioFileError::Empty { path: path.into() });
    }
    Ok(sound)
}

/// A file that is decoded packet by packet.
struct Packets {
    path: PathBuf,
    format: Box<dyn FormatReader>,
    track: u32,
    decoder: Box<dyn AudioDecoder>,
    heard: Heard,
}

impl Packets {
    fn open(path: &Path) -> Result<Self, AudioFileError> {
        let format = open(path)?;
        let (track, decoder) = decoder(path, format.as_ref())?;
        Ok(Self { path: path.to_owned(), format, track, decoder, heard: Heard::default() })
    }

    /// Decodes what comes next; false at the end.
    fn advance(&mut self) -> Result<bool, AudioFileError> {
        match self.format.next_packet() {
            Ok(Some(packet)) if packet.track_id == self.track => self.heard.take(self.decoder.as_mut(), &packet),
            Ok(Some(_)) => {}
            Ok(None) => return Ok(false),
            Err(Error::IoError(e)) if e.kind() == ErrorKind::Interrupted => {}
            Err(Error::IoError(e)) if e.kind() == ErrorKind::UnexpectedEof => return Ok(false),
            // Another stream follows in the same file (chained Ogg).
            Err(Error::ResetRequired) => {
                (self.track, self.decoder) = decoder(&self.path, self.format.as_ref())?;
                let follows = self.heard.next_stream(self.decoder.as_ref());
                follows.map_err(|reason| self.heard.broken(&self.path, reason))?;
            }
            Err(e) => return Err(self.heard.broken(&self.path, e.to_string())),
        }
        Ok(true)
    }
}

fn open(path: &Path) -> Result<Box<dyn FormatReader>, AudioFileError> {
    let unopened = |reason: String| AudioFileError::Open { path: path.into(), reason };
    let file = File::open(path).map_err(|e| unopened(e.to_string()))?;
    if file.metadata().is_ok_and(|about| about.is_dir()) {
        return Err(unopened("it is a folder".into()));
    }
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|e| e.to_str()) {
        hint.with_extension(extension);
    }
    let source = MediaSourceStream::new(Box::new(file), Default::default());
    symphonia::default::get_probe()
        .probe(&hint, source, FormatOptions::default(), MetadataOptions::default())
        .map_err(|e| other(path, e.to_string()))
}

fn other(path: &Path, reason: String) -> AudioFileError {
    AudioFileError::Format { path: path.into(), expected: EXPECTED, reason }
}

fn decoder(path: &Path, format: &dyn FormatReader) -> Result<(u32, Box<dyn AudioDecoder>), AudioFileError> {
    let track = format.default_track(TrackType::Audio).ok_or_else(|| other(path, "it has no audio track".into()))?;
    let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
    let parameters = parameters.ok_or_else(|| other(path, "its codec is not known".into()))?;
    let decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(|e| other(path, e.to_string()))?;
    Ok((track.id, decoder))
}

/// What has been decoded of a file.
#[derive(Default)]
struct Heard {
    sound: Option<Sound>,
    /// Frames that could not be decoded and are not in the sound yet.
    lost: u64,
    /// Where the next packet should begin, in frames (the unit of time of every format that is read here).
    next_frame: Option<i64>,
    /// Frames that were in the sound and have been taken out.
    drained: u64,
    scratch: Vec<f32>,
}

impl Heard {
    fn take(&mut self, decoder: &mut dyn AudioDecoder, packet: &Packet) {
        let (begins, frames) = (packet.pts.get(), packet.dur.get());
        let span = frames.saturating_add(packet.trim_start.get());
        let gap = begins.saturating_sub(self.next_frame.unwrap_or(begins)).max(0);
        self.next_frame = Some(begins.saturating_add_unsigned(span));
        self.lose(gap.unsigned_abs(), decoder.codec_params().sample_rate);
        let Ok(buffer) = decoder.decode(packet) else { return self.lose(frames, decoder.codec_params().sample_rate) };
        let (rate_hz, count) = (buffer.spec().rate(), buffer.spec().channels().count());
        self.scratch.resize(buffer.samples_interleaved(), 0.0);
        buffer.copy_to_slice_interleaved(&mut self.scratch);
        let sound = self.sound.get_or_insert_with(|| Sound { rate_hz, channels: vec![Vec::new(); count] });
        // What changes its shape in the middle of a stream is damaged.
        if count != sound.channels.len() || rate_hz != sound.rate_hz {
            return self.lose(frames, Some(rate_hz));
        }
        let lost = usize::try_from(std::mem::take(&mut self.lost)).unwrap_or_default();
        for (at, channel) in sound.channels.iter_mut().enumerate() {
            channel.resize(channel.len() + lost, 0.0);
            channel.extend(self.scratch.iter().skip(at).step_by(count));
        }
    }

    fn lose(&mut self, frames: u64, rate_hz: Option<u32>) {
        if frames <= LONGEST_GAP_S * u64::from(rate_hz.unwrap_or(SAMPLE_RATE_HZ)) {
            self.lost += frames;
        }
    }

    /// Another stream begins; an error says why it cannot follow this one.
    fn next_stream(&mut self, decoder: &dyn AudioDecoder) -> Result<(), String> {
        self.next_frame = None;
        let Some(sound) = &self.sound else { return Ok(()) };
        let parameters = decoder.codec_params();
        let channels = parameters.channels.as_ref().map(|channels| channels.count());
        if parameters.sample_rate == Some(sound.rate_hz) && channels == Some(sound.channels.len()) {
            return Ok(());
        }
        Err("what follows has another sample rate or another number of channels".into())
    }

    fn broken(&self, path: &Path, reason: String) -> AudioFileError {
        let after_s = self.sound.as_ref().map_or(0.0, |sound| {
            let frames = self.drained + sound.channels.first().map_or(0, Vec::len) as u64;
            frames as f64 / f64::from(sound.rate_hz.max(1))
        });
        AudioFileError::Broken { path: path.into(), after_s, reason }
    }

    /// Takes the sound so far out, with what was lost at its end.
    fn drain(&mut self) -> Option<Sound> {
        let sound = self.sound.as_mut()?;
        let lost = usize::try_from(std::mem::take(&mut self.lost)).unwrap_or_default();
        sound.channels.iter_mut().for_each(|channel| channel.resize(channel.len() + lost, 0.0));
        self.drained += sound.channels.first().map_or(0, Vec::len) as u64;
        let channels = sound.channels.iter_mut().map(std::mem::take).collect();
        Some(Sound { rate_hz: sound.rate_hz, channels })
    }

    fn finish(mut self) -> Sound {
        self.drain().unwrap_or(Sound { rate_hz: 0, channels: Vec::new() })
    }
}

/// Reads a sound file as 16 kHz mono, the mean of its channels.
///
/// # Errors
/// As [`read`].
pub fn read_mono_16k(path: &Path) -> Result<Vec<f32>, AudioFileError> {
    let sound = read(path)?;
    Ok(resample(&sound.mono(), sound.rate_hz, SAMPLE_RATE_HZ))
}

/// A sound file as 16 kHz mono, block by block, so that a file of any length is read in little memory. The blocks
/// together are what [`read_mono_16k`] gives.
pub struct MonoReader {
    file: Packets,
    resampler: Option<Resampler>,
    ended: bool,
}

impl MonoReader {
    /// Opens the file.
    ///
    /// # Errors
    /// When it cannot be opened or is no sound file.
    pub fn open(path: &Path) -> Result<Self, AudioFileError> {
        Ok(Self { file: Packets::open(path)?, resampler: None, ended: false })
    }

    /// The next samples, some seconds at most; `None` at the end.
    ///
    /// # Errors
    /// When the file breaks off otherwise than by ending, or holds no samples at all.
    pub fn next_block(&mut self) -> Result<Option<Vec<f32>>, AudioFileError> {
        while !self.ended {
            self.ended = !self.file.advance()?;
            let mut block = Vec::new();
            if let Some(sound) = self.file.heard.drain() {
                let (from, to) = (sound.rate_hz, SAMPLE_RATE_HZ);
                block = self.resampler.get_or_insert_with(|| Resampler::new(from, to)).push(&sound.mono());
            }
            if self.ended {
                block.extend(self.resampler.iter_mut().flat_map(Resampler::finish));
                if self.file.heard.drained == 0 {
                    return Err(AudioFileError::Empty { path: self.file.path.clone() });
                }
            }
            if !block.is_empty() {
                return Ok(Some(block));
            }
        }
        Ok(None)
    }
}
