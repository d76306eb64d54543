//! The recording: both sides on one clock, in a file that survives a crash.
//!
//! The file is raw PCM, 16 bit little-endian, two interleaved channels (left: candidate, right: interviewer), 16 kHz,
//! from the session's time zero. The last second is held back, since our own sound is sent ahead and may be stopped.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Mutex;

use crate::measure::Counter;

/// Samples a millisecond.
const SAMPLES_PER_MS: u64 = 16;
/// Bytes of a sample of both channels.
const FRAME_BYTES: u64 = 4;
/// Sound held back before it is written, in milliseconds.
const HELD_BACK_MS: u64 = 1000;

/// Which side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Left.
    Candidate = 0,
    /// Right.
    Interviewer = 1,
}

/// A recording in progress; shared by the ears and the mouth.
pub struct Recording(Mutex<Tape>);

struct Tape {
    file: File,
    /// Sample at which `held` begins.
    written: u64,
    held: Vec<[i16; 2]>,
    /// Makes levels of what is written.
    counter: Counter,
    /// Levels that nobody has asked for yet.
    levels: Vec<(u64, [f32; 2])>,
}

impl Recording {
    /// Opens the recording at `path`, new or to be continued.
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
        let written = file.metadata()?.len() / FRAME_BYTES;
        file.set_len(written * FRAME_BYTES)?;
        file.seek(SeekFrom::End(0))?;
        let counter = Counter::starting_at(written);
        Ok(Self(Mutex::new(Tape { file, written, held: Vec::new(), counter, levels: Vec::new() })))
    }

    /// How long it is, in milliseconds.
    pub fn length_ms(&self) -> u64 {
        let tape = self.lock();
        (tape.written + tape.held.len() as u64) / SAMPLES_PER_MS
    }

    /// Puts `samples` (16 kHz) on a channel from sample `at` on; what lies before the held-back part is lost.
    pub fn put(&self, channel: Channel, at: u64, samples: impl IntoIterator<Item = i16>) {
        let mut tape = self.lock();
        let written = tape.written;
        for (place, sample) in (at..).zip(samples) {
            let Some(offset) = place.checked_sub(written) else { continue };
            tape.reach(offset as usize + 1);
            tape.held[offset as usize][channel as usize] = sample;
        }
    }

    /// Takes back what was put on a channel from sample `at` on.
    pub fn erase(&self, channel: Channel, at: u64) {
        let mut tape = self.lock();
        let offset = at.saturating_sub(tape.written) as usize;
        tape.held.iter_mut().skip(offset).for_each(|frame| frame[channel as usize] = 0);
    }

    /// The levels of both sides in what was written since the last call; they no longer change.
    pub fn take_levels(&self) -> Vec<(u64, [f32; 2])> {
        std::mem::take(&mut self.lock().levels)
    }

    /// Writes what is older than the held-back second before `now_ms`.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn flush(&self, now_ms: u64) -> io::Result<()> {
        self.write_up_to(now_ms.saturating_sub(HELD_BACK_MS) * SAMPLES_PER_MS)
    }

    /// Writes everything, with silence up to `end_ms`.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn finish(&self, end_ms: u64) -> io::Result<()> {
        self.write_up_to(end_ms * SAMPLES_PER_MS)?;
        let mut tape = self.lock();
        tape.held.clear();
        tape.file.sync_data()
    }

    fn write_up_to(&self, end: u64) -> io::Result<()> {
        let mut tape = self.lock();
        let count = end.saturating_sub(tape.written) as usize;
        tape.reach(count);
        let samples: Vec<[i16; 2]> = tape.held.drain(..count).collect();
        let levels = tape.counter.push(&samples);
        tape.levels.extend(levels);
        let bytes: Vec<u8> = samples.into_iter().flatten().flat_map(i16::to_le_bytes).collect();
        tape.written += count as u64;
        tape.file.write_all(&bytes)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Tape> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Tape {
    fn reach(&mut self, count: usize) {
        if self.held.len() < count {
            self.held.resize(count, [0, 0]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_lie_on_one_clock_and_a_reopened_tape_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recording.pcm");
        let tape = Recording::open(&path).unwrap();
        tape.put(Channel::Candidate, 16, [1; 16]);
        tape.put(Channel::Interviewer, 32, [2; 32]);
        tape.erase(Channel::Interviewer, 48);
        tape.flush(1004).unwrap();
        tape.finish(4).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 4 * 16 * 4);
        let tape = Recording::open(&path).unwrap();
        assert_eq!(tape.length_ms(), 4);
        tape.put(Channel::Candidate, 80, [3; 16]);
        tape.finish(6).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let frame = |i: usize| (bytes[i * 4], bytes[i * 4 + 2]);
        assert_eq!([frame(0), frame(16), frame(32), frame(48), frame(80)], [(0, 0), (1, 0), (0, 2), (0, 0), (3, 0)]);
    }
}
