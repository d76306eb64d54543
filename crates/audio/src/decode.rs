//! Sound files of the usual kinds, down to the project's 16 kHz mono.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

use crate::SAMPLE_RATE_HZ;
use crate::resample::resample;
pub use crate::wav::{AudioFileError, Sound};

const EXPECTED: &str = "a sound file that can be read (WAV, FLAC, MP3 or Ogg Vorbis)";

/// Reads a WAV, FLAC, MP3 or Ogg Vorbis file at its own rate, channel by channel.
///
/// # Errors
/// When the file cannot be opened, is no such file, or holds no samples. Damaged packets inside are skipped.
pub fn read(path: &Path) -> Result<Sound, AudioFileError> {
    let mut format = open(path)?;
    let (track, mut decoder) = decoder(path, format.as_ref())?;
    let mut sound = Sound { rate_hz: 0, channels: Vec::new() };
    let mut scratch = Vec::new();
    while let Some(packet) = next_packet(format.as_mut()) {
        if packet.track_id == track {
            append(decoder.as_mut(), &packet, &mut scratch, &mut sound);
        }
    }
    if sound.channels.iter().all(Vec::is_empty) || sound.rate_hz == 0 {
        return Err(AudioFileError::Empty { path: path.into() });
    }
    Ok(sound)
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

/// The next packet; a file that breaks off ends there.
fn next_packet(format: &mut dyn FormatReader) -> Option<symphonia::core::packet::Packet> {
    loop {
        match format.next_packet() {
            Ok(packet) => return packet,
            Err(Error::DecodeError(_)) => {}
            Err(Error::IoError(e)) if e.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

fn append(
    decoder: &mut dyn AudioDecoder,
    packet: &symphonia::core::packet::Packet,
    scratch: &mut Vec<f32>,
    sound: &mut Sound,
) {
    let Ok(buffer) = decoder.decode(packet) else { return };
    let (rate_hz, count) = (buffer.spec().rate(), buffer.spec().channels().count());
    scratch.resize(buffer.samples_interleaved(), 0.0);
    buffer.copy_to_slice_interleaved(&mut *scratch);
    if sound.channels.is_empty() {
        *sound = Sound { rate_hz, channels: vec![Vec::new(); count] };
    }
    // A stream that changes its shape half way keeps the shape it began with.
    if count == sound.channels.len() && rate_hz == sound.rate_hz {
        for (at, channel) in sound.channels.iter_mut().enumerate() {
            channel.extend(scratch.iter().skip(at).step_by(count));
        }
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
