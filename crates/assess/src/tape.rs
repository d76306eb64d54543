//! The recording, read piece by piece: raw PCM as a session writes it, or the WAV file made of it.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::AssessError;
use crate::hash::hex;

/// Samples a second, of each channel.
pub(crate) const RATE_HZ: u32 = 16_000;
/// Bytes of a sample of both channels.
const FRAME_BYTES: u64 = 4;
/// Bytes of a millisecond.
const BYTES_PER_MS: u64 = 64;
/// Bytes read in one go: three seconds, so that a piece is a whole number of 10 ms frames and of base64 groups.
const PIECE_BYTES: u64 = 3000 * BYTES_PER_MS;
/// Bytes of the WAV header that we write.
const HEADER_BYTES: u64 = 44;
/// The WAV file's name in an interview's folder.
pub(crate) const WAV_FILE: &str = "recording.wav";

/// A recording on disk.
pub(crate) struct Tape {
    path: PathBuf,
    data_start: u64,
    data_bytes: u64,
}

impl Tape {
    /// The recording in `folder`, if there is one.
    pub(crate) fn find(folder: &Path) -> Result<Option<Self>, AssessError> {
        let names = [session::RECORDING_FILE, WAV_FILE];
        names.iter().map(|name| folder.join(name)).find(|path| path.exists()).map(|path| Self::open(&path)).transpose()
    }

    /// The recording at `path`: `recording.pcm`, or a `recording.wav` that was made of one.
    pub(crate) fn open(path: &Path) -> Result<Self, AssessError> {
        let is_wav = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("wav"));
        let data_start = if is_wav { HEADER_BYTES } else { 0 };
        let length = path.metadata().map_err(AssessError::read(path))?.len();
        let data_bytes = length.saturating_sub(data_start) / FRAME_BYTES * FRAME_BYTES;
        Ok(Self { path: path.to_owned(), data_start, data_bytes })
    }

    /// How long it is, milliseconds.
    pub(crate) fn length_ms(&self) -> u64 {
        self.data_bytes / BYTES_PER_MS
    }

    /// Hands out all samples, `[candidate, interviewer]`, three seconds at a time. The inner result is `each`'s.
    pub(crate) fn read<E>(
        &self,
        mut each: impl FnMut(&[[i16; 2]]) -> Result<(), E>,
    ) -> Result<Result<(), E>, AssessError> {
        let mut source = self.data().map_err(AssessError::read(&self.path))?;
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            let taken = source.by_ref().take(PIECE_BYTES).read_to_end(&mut bytes);
            if taken.map_err(AssessError::read(&self.path))? == 0 {
                return Ok(Ok(()));
            }
            let sample = |b: &[u8]| [i16::from_le_bytes([b[0], b[1]]), i16::from_le_bytes([b[2], b[3]])];
            let samples: Vec<[i16; 2]> = bytes.chunks_exact(FRAME_BYTES as usize).map(sample).collect();
            if let Err(error) = each(&samples) {
                return Ok(Err(error));
            }
        }
    }

    /// Writes it as a WAV file.
    pub(crate) fn write_wav(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&wav_header(self.data_bytes))?;
        io::copy(&mut self.data()?, out).map(drop)
    }

    fn data(&self) -> io::Result<io::Take<BufReader<File>>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.data_start))?;
        Ok(BufReader::new(file).take(self.data_bytes))
    }
}

/// SHA-256 of a file's bytes, as hexadecimal digits.
pub(crate) fn file_hash(path: &Path) -> Result<String, AssessError> {
    let mut hasher = Sha256::new();
    let mut file = File::open(path).map_err(AssessError::read(path))?;
    let mut piece = vec![0; 1 << 16];
    loop {
        match file.read(&mut piece).map_err(AssessError::read(path))? {
            0 => return Ok(hex(&hasher.finalize())),
            count => hasher.update(&piece[..count]),
        }
    }
}

/// Two channels, 16 bit. Lengths beyond 4 GiB (18 hours) are given as "unknown", as streams do.
fn wav_header(data_bytes: u64) -> [u8; HEADER_BYTES as usize] {
    let data_size = u32::try_from(data_bytes).unwrap_or(u32::MAX);
    let mut header = [0; HEADER_BYTES as usize];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"RIFF");
    put(4, &data_size.saturating_add(36).to_le_bytes());
    put(8, b"WAVEfmt ");
    put(16, &16u32.to_le_bytes());
    put(20, &1u16.to_le_bytes());
    put(22, &2u16.to_le_bytes());
    put(24, &RATE_HZ.to_le_bytes());
    put(28, &(RATE_HZ * FRAME_BYTES as u32).to_le_bytes());
    put(32, &(FRAME_BYTES as u16).to_le_bytes());
    put(34, &16u16.to_le_bytes());
    put(36, b"data");
    put(40, &data_size.to_le_bytes());
    header
}
