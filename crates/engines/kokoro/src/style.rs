//! A voice: one style vector for each length of text.

use std::path::Path;

use speech::{EngineError, EngineErrorKind};

use crate::error;

/// Numbers in a style.
pub(crate) const STYLE_LEN: usize = 256;
/// The most tokens that one call takes, the padding left out.
pub(crate) const MOST_TOKENS: usize = 510;
/// Voices of which one is made at most.
const MOST_MIXED: usize = 4;

/// `[510, 256]`: the row for `n` tokens is row `n - 1`.
pub(crate) struct Styles(Vec<f32>);

impl Styles {
    /// Reads the voice `name` in `folder`, or the mean of a few whose names are joined by "+".
    pub(crate) fn read(folder: &Path, name: &str) -> Result<Self, EngineError> {
        if name.split('+').count() > MOST_MIXED {
            let message = format!("the voice \"{name}\" is made of more than {MOST_MIXED}; leave some out");
            return Err(error(EngineErrorKind::Input, message));
        }
        let voices = name.split('+').map(|name| Self::read_one(folder, name)).collect::<Result<Vec<_>, _>>()?;
        let mut sum = vec![0.0; MOST_TOKENS * STYLE_LEN];
        for voice in &voices {
            sum.iter_mut().zip(&voice.0).for_each(|(sum, number)| *sum += number / voices.len() as f32);
        }
        Ok(Self(sum))
    }

    /// Reads `voices/NAME.bin` in `folder`.
    fn read_one(folder: &Path, name: &str) -> Result<Self, EngineError> {
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let file = folder.join("voices").join(format!("{name}.bin"));
        if !plain || !file.is_file() {
            let known = crate::names(&folder.join("voices")).join(", ");
            let message = format!("there is no voice \"{name}\"; the voices are {known}");
            return Err(error(EngineErrorKind::Input, message));
        }
        let broken = |e: &dyn std::fmt::Display| {
            error(EngineErrorKind::Asset, format!("{}: {e}; run \"interviewer assets pull kokoro\"", file.display()))
        };
        let bytes = std::fs::read(&file).map_err(|e| broken(&e))?;
        if bytes.len() != MOST_TOKENS * STYLE_LEN * 4 {
            return Err(broken(&format!("{} bytes are no table of 510 × 256 numbers", bytes.len())));
        }
        let (numbers, _) = bytes.as_chunks::<4>();
        Ok(Self(numbers.iter().map(|four| f32::from_le_bytes(*four)).collect()))
    }

    /// The style for a text of `tokens`.
    pub(crate) fn row(&self, tokens: usize) -> &[f32] {
        let row = tokens.clamp(1, MOST_TOKENS) - 1;
        &self.0[row * STYLE_LEN..(row + 1) * STYLE_LEN]
    }
}
