//! Lets the loader find the official CTranslate2 library where `interviewer-assets` put it.

use std::path::Path;

fn main() {
    let link = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../.native/libctranslate2.so");
    println!("cargo:rerun-if-changed={}", link.display());
    let Some(folder) = link.canonicalize().ok().and_then(|file| Some(file.parent()?.to_owned())) else {
        println!("cargo:warning=.native/libctranslate2.so is missing; run `make setup`");
        return;
    };
    println!("cargo:rustc-link-arg=-Wl,-rpath,{}", folder.display());
}
