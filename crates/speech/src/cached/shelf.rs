//! Lines on disk: one file each, whose hash stands in front of its samples.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

/// What a file begins with; the hash of the rest follows, then 16-bit samples (little-endian).
const MAGIC: &[u8; 8] = b"ivwspch1";
const HASH_BYTES: usize = 32;
/// Tells unfinished files of this process apart: two sessions may keep the same line at once.
static WRITES: AtomicU64 = AtomicU64::new(0);

#[derive(Clone)]
pub(super) struct Shelf {
    folder: PathBuf,
    bound_bytes: u64,
}

/// What became of a look into the shelf.
pub(super) enum Found {
    Line(Vec<i16>),
    Nothing,
    Damaged,
}

impl Shelf {
    pub(super) fn new(folder: &Path, bound_bytes: u64) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), bound_bytes })
    }

    pub(super) fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.speech"))
    }

    /// Blocks on the disk. A damaged file is removed.
    pub(super) fn read(&self, key: &str) -> Found {
        let path = self.path(key);
        let Ok(bytes) = fs::read(&path) else { return Found::Nothing };
        match samples(&bytes) {
            Some(samples) => {
                // it was used: others go first
                let _ = File::options().append(true).open(&path).and_then(|f| f.set_modified(SystemTime::now()));
                Found::Line(samples)
            }
            None => {
                let _ = fs::remove_file(&path);
                Found::Damaged
            }
        }
    }

    /// Blocks on the disk.
    pub(super) fn write(&self, key: &str, samples: &[i16]) -> io::Result<()> {
        let body: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let bytes = [&MAGIC[..], &Sha256::digest(&body), &body].concat();
        let write = WRITES.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.folder.join(format!("{key}.{}.{write}.part", std::process::id()));
        fs::write(&unfinished, bytes)?;
        fs::rename(&unfinished, self.path(key))?;
        self.make_room()
    }

    /// Removes what was not used for longest until the rest fits.
    fn make_room(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // Another writer may have given it its final name, or made room, meanwhile.
            let Ok(about) = entry.metadata() else { continue };
            if about.is_file() {
                files.push((about.modified()?, about.len(), entry.path()));
            }
        }
        let mut total: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
        files.sort();
        for (_, bytes, path) in files {
            if total <= self.bound_bytes {
                break;
            }
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => total -= bytes,
            }
        }
        Ok(())
    }
}

/// The samples of a whole file; `None` of a damaged one.
fn samples(bytes: &[u8]) -> Option<Vec<i16>> {
    let (hash, body) = bytes.strip_prefix(MAGIC)?.split_at_checked(HASH_BYTES)?;
    let (pairs, odd) = body.as_chunks::<2>();
    let whole = odd.is_empty() && !pairs.is_empty() && Sha256::digest(body)[..] == *hash;
    whole.then(|| pairs.iter().map(|pair| i16::from_le_bytes(*pair)).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn shelf(bound_bytes: u64) -> (tempfile::TempDir, Shelf) {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path(), bound_bytes).unwrap();
        (folder, shelf)
    }

    fn found(shelf: &Shelf, key: &str) -> Option<Vec<i16>> {
        match shelf.read(key) {
            Found::Line(samples) => Some(samples),
            Found::Nothing | Found::Damaged => None,
        }
    }

    #[test]
    fn writers_of_the_same_line_do_not_meet() {
        let (_folder, shelf) = shelf(1 << 20);
        std::thread::scope(|scope| {
            let write = || (0..100).for_each(|_| shelf.write("a", &[5; 1000]).unwrap());
            (0..4).for_each(|_| drop(scope.spawn(write)));
        });
        assert_eq!(found(&shelf, "a").unwrap(), [5; 1000]);
    }

    #[test]
    fn a_damaged_file_is_found_out_and_removed() {
        let (_folder, shelf) = shelf(1 << 20);
        let damages: [fn(&mut Vec<u8>); 6] = [
            |bytes| bytes[60] ^= 1,
            |bytes| bytes[0] = 0,
            |bytes| bytes[12] ^= 1,
            |bytes| bytes.truncate(50),
            |bytes| bytes.truncate(5),
            |bytes| bytes.push(0),
        ];
        for damage in damages {
            shelf.write("a", &[5; 100]).unwrap();
            let mut bytes = fs::read(shelf.path("a")).unwrap();
            damage(&mut bytes);
            fs::write(shelf.path("a"), bytes).unwrap();
            assert!(matches!(shelf.read("a"), Found::Damaged));
            assert!(matches!(shelf.read("a"), Found::Nothing));
        }
    }

    #[test]
    fn what_was_not_used_for_longest_makes_room() {
        let (_folder, shelf) = shelf(2 * (40 + 10));
        let long_ago = SystemTime::now() - Duration::from_secs(100);
        for (age, key) in ["a", "b"].into_iter().enumerate() {
            shelf.write(key, &[1; 5]).unwrap();
            let file = File::options().append(true).open(shelf.path(key)).unwrap();
            file.set_modified(long_ago + Duration::from_secs(age as u64)).unwrap();
        }
        assert!(found(&shelf, "a").is_some());
        shelf.write("c", &[1; 5]).unwrap();
        assert_eq!(["a", "b", "c"].map(|key| shelf.path(key).exists()), [true, false, true]);
    }
}
