//! From samples to the encoder's picture of them.
//!
//! On the processor only the speech and a little after it are encoded; the positions after that, quiet that the
//! decoder needs to see in order to stop, are taken from the picture of pure silence. A GPU encodes the whole window
//! in a few milliseconds, so there it is left whole.

use audio::mel::{HOP_SAMPLES, LogMel};
use ct2rs::sys::{StorageView, Whisper};
use speech::EngineError;

use crate::inference;
use crate::storage::{self, Matrix};

/// The frames of 10 ms in Whisper's window.
const WINDOW_FRAMES: usize = 3000;
/// Frames to one encoder position.
pub(crate) const FRAMES_PER_POSITION: usize = 2;
/// The logarithm of silence after Whisper's scaling: `(log10(1e-10) + 4) / 4`.
const SILENT_MEL: f32 = -1.5;

type Answer<T> = Result<T, EngineError>;

/// How much of the 30 s is encoded, and how much of the picture of silence the decoder sees after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    /// The speech and half a second. With fewer positions of silence than these the decoder runs in circles more often,
    /// with more of them it is slower and no better (read and crowd-sourced English: 300, 450 and 700 were measured).
    Short,
    /// The speech and a second and a half, for a second look: another picture, and still a small one.
    Roomy,
    /// All 30 s.
    Full,
}

impl Window {
    /// Frames of quiet after the speech that are really encoded.
    fn tail_frames(self) -> usize {
        match self {
            Self::Short => 50,
            Self::Roomy => 150,
            Self::Full => WINDOW_FRAMES,
        }
    }

    /// Positions of silence that follow at most.
    fn silent_positions(self) -> usize {
        match self {
            Self::Short => 450,
            Self::Roomy => 700,
            Self::Full => 0,
        }
    }
}

/// A stretch of sound as the decoder sees it.
pub(crate) struct Encoded {
    memory: Memory,
    /// How much of the window was encoded.
    pub(crate) window: Window,
    /// Positions (of 20 ms) that hold the sound itself.
    pub(crate) positions: usize,
}

/// What the encoder made of a stretch, in processor memory.
#[derive(Clone, Copy)]
pub(crate) struct Picture<'a> {
    /// All positions: of the sound, of the quiet after it, and of silence.
    pub(crate) all: &'a Matrix,
    /// Those that are not of mere silence.
    pub(crate) encoded: usize,
    /// Those that hold the sound itself.
    pub(crate) spoken: usize,
}

enum Memory {
    /// All positions, and how many of them were encoded.
    Host(Matrix, usize),
    Device(StorageView<'static>),
}

/// The encoder, with its picture of silence.
pub(crate) struct Encoder {
    mel: LogMel,
    /// `[1500, width]`; none on a GPU.
    silence: Option<Matrix>,
}

impl Encoder {
    /// Makes the picture of silence, unless the model is on a GPU.
    ///
    /// # Errors
    /// `Inference` when the encoder fails.
    pub(crate) fn new(network: &Whisper, gpu: bool) -> Result<Self, EngineError> {
        let mel = LogMel::new(network.n_mels());
        let mut quiet = vec![SILENT_MEL; mel.bands() * WINDOW_FRAMES];
        let silence = if gpu { None } else { Some(storage::read(&run(network, &mut quiet, mel.bands(), true)?)?) };
        Ok(Self { mel, silence })
    }

    /// Encodes at most 30 s of samples at 16 kHz.
    ///
    /// # Errors
    /// `Inference` when the encoder fails.
    pub(crate) fn encode(&self, network: &Whisper, samples: &[f32], window: Window) -> Result<Encoded, EngineError> {
        let window = self.window(window);
        let bands = self.mel.bands();
        let sound = samples.len().div_ceil(HOP_SAMPLES).min(WINDOW_FRAMES);
        let positions = sound.div_ceil(FRAMES_PER_POSITION);
        let frames = even_frames(sound + window.tail_frames());
        let mut picture = self.mel.compute(samples, frames);
        let view = run(network, &mut picture, bands, self.silence.is_some())?;
        let memory = match &self.silence {
            Some(silence) => {
                let sound = storage::read(&view)?;
                let heard = sound.rows();
                Memory::Host(extend(sound, silence, window.silent_positions()), heard)
            }
            None => Memory::Device(view),
        };
        Ok(Encoded { memory, window, positions })
    }

    /// The picture of silence; `None` on a GPU.
    pub(crate) fn silence(&self) -> Option<&Matrix> {
        self.silence.as_ref()
    }

    /// The window that `wanted` comes down to on this device.
    pub(crate) fn window(&self, wanted: Window) -> Window {
        if self.silence.is_some() { wanted } else { Window::Full }
    }
}

impl Encoded {
    /// The positions, when they are in processor memory.
    pub(crate) fn on_processor(&self) -> Option<Picture<'_>> {
        match &self.memory {
            Memory::Host(all, encoded) => Some(Picture { all, encoded: *encoded, spoken: self.positions }),
            Memory::Device(_) => None,
        }
    }

    /// Lends the encoder output `[1, positions, width]`, silence and all, to `use_it`.
    ///
    /// # Errors
    /// `Inference` when CTranslate2 refuses the tensor, or what `use_it` answers.
    pub(crate) fn with<T>(&mut self, use_it: impl FnOnce(&StorageView<'_>) -> Answer<T>) -> Answer<T> {
        match &mut self.memory {
            Memory::Device(view) => use_it(view),
            Memory::Host(matrix, _) => {
                let shape = [1, matrix.rows(), matrix.width];
                let view = StorageView::new(&shape, &mut matrix.data, ct2rs::sys::Device::CPU);
                use_it(&view.map_err(inference)?)
            }
        }
    }
}

pub(crate) fn even_frames(frames: usize) -> usize {
    frames.next_multiple_of(FRAMES_PER_POSITION).min(WINDOW_FRAMES)
}

pub(crate) fn run(
    network: &Whisper,
    picture: &mut [f32],
    bands: usize,
    to_cpu: bool,
) -> Result<StorageView<'static>, EngineError> {
    let shape = [1, bands, picture.len() / bands];
    let features = StorageView::new(&shape, picture, ct2rs::sys::Device::CPU).map_err(inference)?;
    network.encode(&features, to_cpu).map_err(inference)
}

/// `sound`, and after it up to `positions` of those of `silence` that follow.
fn extend(mut sound: Matrix, silence: &Matrix, positions: usize) -> Matrix {
    let from = sound.data.len();
    let to = (from + positions * silence.width).min(silence.data.len());
    if sound.width == silence.width && from < to {
        sound.data.extend_from_slice(&silence.data[from..to]);
    }
    sound
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: usize, value: f32) -> Matrix {
        Matrix { data: vec![value; rows * 2], width: 2 }
    }

    #[test]
    fn silence_follows_the_sound_up_to_the_window() {
        let silence = matrix(1500, 0.0);
        assert_eq!(extend(matrix(100, 1.0), &silence, 450).rows(), 550);
        assert_eq!(extend(matrix(1400, 1.0), &silence, 450).rows(), 1500);
        assert_eq!(extend(matrix(1500, 1.0), &silence, 450).rows(), 1500);
    }

    #[test]
    fn frames_are_even_and_fit_the_window() {
        assert_eq!([even_frames(51), even_frames(52), even_frames(5000)], [52, 52, 3000]);
    }
}
