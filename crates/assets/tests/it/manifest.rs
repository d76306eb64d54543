use std::fs;

use assets::{AssetError, Manifest};

use crate::support::{asset, file, package};

fn refused(text: &str) -> String {
    Manifest::parse(text).expect_err("a refusal").to_string()
}

#[test]
fn the_embedded_manifest_is_consistent_and_has_what_the_product_uses() {
    let manifest = Manifest::embedded().expect("the embedded manifest");
    let needed = ["whisper-base", "whisper-tiny.en", "piper-en_US-joe-medium", "kokoro", "silero-vad", "smart-turn"];
    for name in needed.iter().chain(&["ctranslate2", "onnxruntime", "espeak-ng", "speech-samples"]) {
        assert!(manifest.find(name).is_ok(), "{name}");
    }
}

#[test]
fn every_package_that_is_native_has_builds_for_both_processors() {
    for package in Manifest::embedded().expect("the manifest").assets.iter().flat_map(|asset| &asset.packages) {
        assert_eq!(package.x86_64.is_some(), package.aarch64.is_some(), "{}", package.name);
    }
}

#[test]
fn no_registry_host_is_named_in_the_manifest() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/assets.toml");
    let text = fs::read_to_string(path).expect("assets.toml");
    assert!(!text.contains("://"), "an address would go round the user's mirror");
}

#[test]
fn an_unknown_name_lists_the_known_ones() {
    let error = Manifest::embedded().expect("the manifest").select(&["whisper-huge"]).expect_err("unknown");
    assert!(matches!(error, AssetError::Unknown { .. }));
    assert!(error.to_string().contains("whisper-base"), "{error}");
}

#[test]
fn mistakes_are_named() {
    let one = asset("a") + &package("p", b"x");
    assert!(refused(&format!("{one}{}", file("f", &["q/f"]))).contains("q/f names no package"));
    assert!(refused(&format!("{one}{}", file("../f", &["p/f"]))).contains("leaves the folder"));
    assert!(refused(&format!("{one}{}", file("f", &["p/*"]))).contains("many files"));
    assert!(refused(&format!("{one}{}", file("f", &[]))).contains("nothing to take it from"));
    let good = one.clone() + &file("f", &["p/f"]);
    assert!(refused(&good.repeat(2)).contains("listed twice"));
    assert!(refused(&good.replace("sha256 = \"", "sha256 = \"z")).contains("is not a sha256"));
}
