//! The recording inside the page: both sides mixed, 16 kHz, µ-law (G.711), base64.

use std::io::{self, Write};

use crate::page::{base64, mu_law};
use crate::tape::Tape;

/// Writes the sound; bounded memory.
pub(super) fn write(tape: &Tape, out: &mut impl Write) -> io::Result<()> {
    let piece = |samples: &[[i16; 2]]| {
        let bytes: Vec<u8> = samples.iter().map(|[left, right]| mu_law(left.saturating_add(*right))).collect();
        out.write_all(base64(&bytes).as_bytes())
    };
    tape.read(piece).map_err(io::Error::other)?
}
