use std::fs;

use crate::support::{Bench, asset, file, package, pull, sha256, tarball, wheel};

#[test]
fn parts_of_several_packages_are_joined_in_order() {
    let (one, two) = (wheel(&[("one/part", b"Hello, ")]), wheel(&[("two/part", b"world"), ("two/note", b"n")]));
    let rule =
        file("whole", &["one/one/part", "two/two/part"]) + &format!("sha256 = \"{}\"\n", sha256(b"Hello, world"));
    let manifest =
        asset("greeting") + &package("one", &one) + &package("two", &two) + &rule + &file("n", &["two/two/note"]);
    let bench = Bench::new().with_package("one", &one).with_package("two", &two);
    let cache = bench.cache(&manifest);
    assert_eq!(pull(&cache).expect("a pull"), ["greeting"]);
    assert_eq!(bench.read("greeting/whole"), b"Hello, world");
    assert_eq!(bench.read("greeting/n"), b"n");
    assert!(bench.downloads().is_empty(), "packages are deleted: {:?}", bench.downloads());
}

#[test]
fn stars_and_folders_take_many_files_of_wheels_and_tarballs() {
    let native = wheel(&[("libs/libx-1.so.2", b"x"), ("libs/other", b"o"), ("data/deep/y", b"y"), ("data/z", b"z")]);
    let voices = tarball(&[("package/voices/a.bin", b"a"), ("package/voices/b.bin", b"b"), ("package/readme", b"r")]);
    let rules = file("./", &["native/libs/libx-*.so*"])
        + &file("data/", &["native/data/"])
        + &file("voices/", &["voices/package/voices/*.bin"]);
    let manifest = asset("many") + &package("native", &native) + &package("voices", &voices) + &rules;
    let bench = Bench::new().with_package("native", &native).with_package("voices", &voices);
    let cache = bench.cache(&manifest);
    pull(&cache).expect("a pull");
    assert_eq!(bench.read("many/libx-1.so.2"), b"x");
    assert_eq!(bench.read("many/data/deep/y"), b"y");
    assert_eq!(bench.read("many/voices/b.bin"), b"b");
    assert!(!bench.root().join("assets/many/other").exists());
    assert!(cache.verify::<&str>(&[]).expect("verify").iter().all(|verified| verified.outcome.is_ok()));
}

#[test]
fn links_for_the_linker_are_made_once() {
    let native = wheel(&[("libs/libctranslate2-42.so.4", b"x"), ("libs/libgomp-1.so.1", b"g")]);
    let manifest = asset("ctranslate2") + &package("native", &native) + &file("./", &["native/libs/*"]);
    let bench = Bench::new().with_package("native", &native);
    let cache = bench.cache(&manifest);
    let folder = bench.root().join("native");
    assert!(assets::link(&cache, &folder).expect_err("nothing there").to_string().contains("pull ctranslate2"));
    pull(&cache).expect("a pull");
    assets::link(&cache, &folder).expect("links");
    let modified = || fs::metadata(folder.join("libcpu_features.a")).and_then(|m| m.modified()).expect("an archive");
    let before = modified();
    assets::link(&cache, &folder).expect("links again");
    assert_eq!(before, modified());
    assert_eq!(fs::read(folder.join("libctranslate2.so")).expect("the library"), b"x");
    assert_eq!(fs::read(folder.join("libgomp-1.so.1")).expect("its companion"), b"g");
    assert_eq!(fs::read(folder.join("libcudart_static.a")).expect("an archive"), b"!<arch>\n");
}
