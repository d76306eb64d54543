//! The folder that the linker is pointed at while the product is built.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cache::Cache;
use crate::error::{AssetError, At};

/// An `ar` archive with nothing in it.
const EMPTY_ARCHIVE: &[u8] = b"!<arch>\n";

/// Libraries that the CTranslate2 binding asks the linker for, and that the shared library holds already.
const EMPTY_LIBRARIES: [&str; 2] = ["libcpu_features.a", "libcudart_static.a"];

/// Fills `folder` with links to the CTranslate2 library and with the empty archives; what is right is not touched.
///
/// # Errors
/// [`AssetError::Missing`] if `ctranslate2` has not been fetched, or a file error.
pub fn link(cache: &Cache, folder: &Path) -> Result<(), AssetError> {
    let library = cache.folder("ctranslate2")?;
    fs::create_dir_all(folder).at(folder)?;
    for file in files(&library)? {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let link = if name.starts_with("libctranslate2") { "libctranslate2.so" } else { &name };
        link_if_other(&file, &folder.join(link))?;
    }
    EMPTY_LIBRARIES.iter().try_for_each(|name| write_if_other(&folder.join(name)))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, AssetError> {
    let entries = fs::read_dir(folder).at(folder)?;
    let paths = entries.flatten().map(|entry| entry.path());
    Ok(paths.filter(|path| path.to_string_lossy().contains(".so")).collect())
}

fn link_if_other(target: &Path, link: &Path) -> Result<(), AssetError> {
    if fs::read_link(link).is_ok_and(|current| current == target) {
        return Ok(());
    }
    let _ = fs::remove_file(link);
    std::os::unix::fs::symlink(target, link).at(link)
}

fn write_if_other(path: &Path) -> Result<(), AssetError> {
    if fs::read(path).is_ok_and(|current| current == EMPTY_ARCHIVE) {
        return Ok(());
    }
    fs::write(path, EMPTY_ARCHIVE).at(path)
}
