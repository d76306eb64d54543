use std::fs;

use assets::{AssetError, Quiet};

use crate::support::{Bench, asset, file, package, pull, wheel};

fn bench() -> (Bench, String) {
    let bytes = wheel(&[("f", b"content"), ("g", b"other")]);
    let manifest = asset("a") + &package("p", &bytes) + &file("f", &["p/f"]);
    (Bench::new().with_package("p", &bytes), manifest)
}

#[test]
fn a_second_pull_does_nothing() {
    let (bench, manifest) = bench();
    let cache = bench.cache(&manifest);
    assert_eq!(pull(&cache).expect("a pull"), ["a"]);
    assert!(pull(&bench.cache_from(&manifest, "http://127.0.0.1:1")).expect("a second pull").is_empty());
}

#[test]
fn a_missing_asset_is_named_with_the_command_that_fetches_it() {
    let (bench, manifest) = bench();
    let error = bench.cache(&manifest).folder("a").expect_err("missing");
    assert!(matches!(error, AssetError::Missing { .. }));
    assert!(error.to_string().contains("interviewer assets pull a"), "{error}");
}

#[test]
fn a_truncated_file_is_noticed_and_fetched_again() {
    let (bench, manifest) = bench();
    let cache = bench.cache(&manifest);
    pull(&cache).expect("a pull");
    let path = cache.folder("a").expect("a folder").join("f");
    fs::write(&path, "cont").expect("truncated");
    let error = cache.check_quick("a").expect_err("damaged");
    assert!(matches!(error, AssetError::Damaged { .. }));
    assert!(error.to_string().contains("f has 4 bytes instead of 7"), "{error}");
    assert_eq!(pull(&cache).expect("a repair"), ["a"]);
    assert_eq!(bench.read("a/f"), b"content");
}

#[test]
fn verify_sees_changed_bytes_that_sizes_do_not_show() {
    let (bench, manifest) = bench();
    let cache = bench.cache(&manifest);
    pull(&cache).expect("a pull");
    fs::write(bench.root().join("assets/a/f"), "CONTENT").expect("changed");
    cache.check_quick("a").expect("the size is right");
    let verified = cache.verify(&["a"]).expect("verify");
    let error = verified[0].outcome.as_ref().expect_err("damaged");
    assert!(error.to_string().contains("f has sha256"), "{error}");
}

#[test]
fn a_pull_by_name_mends_changed_bytes_that_sizes_do_not_show() {
    let (bench, manifest) = bench();
    let cache = bench.cache(&manifest);
    pull(&cache).expect("a pull");
    fs::write(bench.root().join("assets/a/f"), "CONTENT").expect("changed");
    assert!(pull(&cache).expect("a pull of all looks at sizes").is_empty());
    assert_eq!(cache.pull(&["a"], &Quiet).expect("a repair"), ["a"]);
    assert_eq!(bench.read("a/f"), b"content");
    assert!(cache.pull(&["a"], &Quiet).expect("a second pull").is_empty());
}

#[test]
fn a_changed_entry_is_fetched_again_and_a_changed_description_is_not() {
    let (bench, manifest) = bench();
    pull(&bench.cache(&manifest)).expect("a pull");
    assert!(pull(&bench.cache(&manifest.replace("a test", "words"))).expect("a pull").is_empty());
    let changed = bench.cache(&(manifest + &file("g", &["p/g"])));
    assert!(changed.check_quick("a").expect_err("stale").to_string().contains("another version"));
    assert_eq!(pull(&changed).expect("a pull"), ["a"]);
    assert_eq!(bench.read("a/g"), b"other");
}
