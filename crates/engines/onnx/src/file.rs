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

/// What to do about a `file` that cannot be used, to put behind the error.
///
/// An asset's files lie in `assets/NAME`, and pulling it by that name hashes and mends them; about a file that somebody
/// put elsewhere there is nothing to say.
pub fn mending(file: &Path) -> String {
    let folder = file.ancestors().skip(1).find(|folder| folder.parent().is_some_and(|above| above.ends_with("assets")));
    let name = folder.and_then(Path::file_name);
    name.map(|name| format!("; run \"interviewer assets pull {}\"", name.display())).unwrap_or_default()
}

/// The first 16 hexadecimal digits of the SHA-256 of `file`.
///
/// # Errors
/// `Asset` when the file cannot be read.
pub fn fingerprint(engine: &'static str, file: &Path) -> Result<String, EngineError> {
    let digest = hash(file).map_err(|e| {
        let message = format!("{} cannot be read: {e}{}", file.display(), mending(file));
        EngineError::new(engine, EngineErrorKind::Asset, message)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_assets_are_mended_by_name() {
        let told = "; run \"interviewer assets pull kokoro\"";
        assert_eq!(mending(Path::new("/c/assets/kokoro/vocab.json")), told);
        assert_eq!(mending(Path::new("/c/assets/kokoro/voices/af_heart.bin")), told);
        assert_eq!(mending(Path::new("/home/me/voice.onnx")), "");
        assert_eq!(mending(Path::new("voice.onnx")), "");
    }
}
