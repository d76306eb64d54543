//! The candidate's sound as it came over the network, beside the recording and on its clock: packets of Opus in Ogg.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use audio::ogg::{CLOCK_HZ, Writer};

/// The file's name in an interview's folder.
pub const OPUS_FILE: &str = "candidate.opus";
/// The only stream of a file.
const SERIAL: u32 = 1;
/// Samples of Opus's clock in 20 ms, as most packets have them.
const FRAME: u64 = CLOCK_HZ / 50;
const RATE_HZ: u64 = audio::SAMPLE_RATE_HZ as u64;

/// A file in progress; what waits is written when it is dropped. Nothing is made before the first packet.
pub(crate) struct OpusTape {
    path: std::path::PathBuf,
    open: Option<(File, Writer)>,
}

impl OpusTape {
    /// The file in `folder`, new or to be continued.
    pub(crate) fn new(folder: &Path) -> Self {
        Self { path: folder.join(OPUS_FILE), open: None }
    }

    /// Keeps a packet whose sound begins at the sample `at` of the recording (16 kHz).
    ///
    /// # Errors
    /// When the disk does not take it.
    pub(crate) fn put(&mut self, at: u64, packet: &[u8]) -> io::Result<()> {
        let (file, writer) = match &mut self.open {
            Some(open) => open,
            None => self.open.insert(open(&self.path, at * CLOCK_HZ / RATE_HZ)?),
        };
        let bytes = writer.push(packet, at * CLOCK_HZ / RATE_HZ);
        file.write_all(&bytes)
    }
}

impl Drop for OpusTape {
    fn drop(&mut self) {
        let Some((file, writer)) = &mut self.open else { return };
        if let Err(error) = file.write_all(&writer.finish()).and_then(|()| file.sync_data()) {
            tracing::error!(%error, file = %self.path.display(), "the end of the candidate's packets could not be written");
        }
    }
}

/// The file, for a packet that was spoken `at` on Opus's clock.
fn open(path: &Path, at: u64) -> io::Result<(File, Writer)> {
    let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let writer = match Writer::go_on(&mut bytes) {
        Some(writer) => writer,
        None => {
            let skip = (FRAME - at % FRAME) % FRAME; // of the guessed frames before it, so that it lies where it belongs
            let (writer, beginning) = Writer::begin(SERIAL, audio::SAMPLE_RATE_HZ, skip as u16);
            bytes = beginning;
            writer
        }
    };
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&bytes)?;
    file.set_len(bytes.len() as u64)?;
    Ok((file, writer))
}

#[cfg(test)]
mod tests {
    use audio::ogg::read;
    use audio::opus::{Encoder, FRAME_SAMPLES};

    use super::*;

    #[test]
    fn it_lies_on_the_recording_s_clock_and_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(OPUS_FILE);
        let packet = Encoder::new().unwrap().encode(&[700; FRAME_SAMPLES]).unwrap();
        drop(OpusTape::new(folder.path()));
        assert!(!path.exists(), "nothing was kept");
        for at_s in [2, 5] {
            let mut tape = OpusTape::new(folder.path());
            (0..50).for_each(|frame| tape.put(at_s * RATE_HZ - 100 + frame * 320, &packet).unwrap());
        }
        let bytes = std::fs::read(&path).unwrap();
        let kept = read(&bytes).unwrap();
        assert_eq!(kept.skip, 300, "a hundred samples of the recording");
        let spoken: Vec<bool> = kept.packets.iter().map(|packet| packet.len() > 1).collect();
        assert_eq!(spoken.len(), 300, "six seconds");
        let expected = |frame: usize| (100..150).contains(&frame) || frame >= 250;
        assert!(spoken.iter().enumerate().all(|(frame, spoken)| *spoken == expected(frame)));
    }
}
