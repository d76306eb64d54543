//! Lets the loader find the official CTranslate2 library where `interviewer-assets` put it.

use std::path::Path;

fn main() {
    // Asked for as it runs: a target folder may be shared by checkouts, and this program is not built again for each.
    let package = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let link = Path::new(&package).join("../../../.native/libctranslate2.so");
    println!("cargo:rerun-if-changed={}", link.display());
    let Some(folder) = link.canonicalize().ok().and_then(|file| Some(file.parent()?.to_owned())) else {
        println!("cargo:warning=.native/libctranslate2.so is missing; run `make setup`");
        return;
    };
    println!("cargo:rustc-link-arg=-Wl,-rpath,{}", folder.display());
}
