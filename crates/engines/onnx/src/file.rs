//! Files of an asset: is it there, and which is it?

use std::fmt::Write;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};
use speech::{EngineError, EngineErrorKind};

/// Checks that `file` of `asset` is there.
///
/// # Errors
/// `Asset`, with the command that fetches it.
pub fn require(engine: &'static str, asset: &str, file: &Path) -> Result<(), EngineError> {
    if file.is_file() {
        return Ok(());
    }
    let message = format!("{} is missing; run \"interviewer assets pull {asset}\"", file.display());
    Err(EngineError::new(engine, EngineErrorKind::Asset, message))
}

/// The first 16 hexadecimal digits of the SHA-256 of `file`.
///
/// # Errors
/// `Asset` when the file cannot be read.
pub fn fingerprint(engine: &'static str, file: &Path) -> Result<String, EngineError> {
    let digest = hash(file).map_err(|e| {
        EngineError::new(engine, EngineErrorKind::Asset, format!("{} cannot be read: {e}", file.display()))
    })?;
    Ok(digest.iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

fn hash(file: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(file)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finalize().to_vec()),
            read => hasher.update(&buffer[..read]),
        }
    }
}
