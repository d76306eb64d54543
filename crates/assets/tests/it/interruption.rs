use std::fs;
use std::thread;

use crate::support::{Answer, Bench, Server, asset, file, package, pull, wheel};

/// A wheel whose bytes do not compress away, and its manifest.
fn noise() -> (Vec<u8>, Vec<u8>, String) {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let content: Vec<u8> = (0..200_000).map(|_| next()).collect();
    let bytes = wheel(&[("f", &content)]);
    let manifest = asset("a") + &package("p", &bytes) + &file("f", &["p/f"]);
    (content, bytes, manifest)
}

#[test]
fn a_partial_download_goes_on_where_it_stopped() {
    let (content, bytes, manifest) = noise();
    let bench = Bench::new();
    fs::write(bench.part("p"), &bytes[..50_000]).expect("a part");
    let server = Server::start(bytes, vec![Answer::Well]);
    pull(&bench.cache_from(&manifest, &server.address)).expect("a pull");
    assert_eq!(server.ranges(), ["bytes=50000-"]);
    assert_eq!(bench.read("a/f"), content);
}

#[test]
fn connections_that_break_are_taken_up_again() {
    let (content, bytes, manifest) = noise();
    let bench = Bench::new();
    let answers = vec![Answer::Status(503), Answer::CutAfter(60_000), Answer::CutAfter(60_000), Answer::Well];
    let server = Server::start(bytes, answers);
    pull(&bench.cache_from(&manifest, &server.address)).expect("a pull");
    assert_eq!(server.ranges(), ["", "", "bytes=60000-", "bytes=120000-"]);
    assert_eq!(bench.read("a/f"), content);
}

#[test]
fn a_server_without_ranges_sends_all_again() {
    let (content, bytes, manifest) = noise();
    let bench = Bench::new();
    let server = Server::start(bytes, vec![Answer::CutAfter(60_000), Answer::IgnoringRange]);
    pull(&bench.cache_from(&manifest, &server.address)).expect("a pull");
    assert_eq!(bench.read("a/f"), content);
}

#[test]
fn a_spoilt_or_overlong_part_is_fetched_afresh() {
    let (content, bytes, manifest) = noise();
    for part in [vec![0; 50_000], vec![0; bytes.len()], vec![0; bytes.len() + 1]] {
        let bench = Bench::new();
        fs::write(bench.part("p"), part).expect("a part");
        let server = Server::start(bytes.clone(), vec![Answer::Well]);
        pull(&bench.cache_from(&manifest, &server.address)).expect("a pull");
        assert_eq!(bench.read("a/f"), content);
    }
}

#[test]
fn a_range_that_the_server_does_not_have_is_given_up() {
    let (content, bytes, manifest) = noise();
    let bench = Bench::new();
    fs::write(bench.part("p"), &bytes[..50_000]).expect("a part");
    let server = Server::start(bytes, vec![Answer::Status(416), Answer::Well]);
    pull(&bench.cache_from(&manifest, &server.address)).expect("a pull");
    assert_eq!(server.ranges(), ["bytes=50000-", ""]);
    assert_eq!(bench.read("a/f"), content);
}

#[test]
fn no_more_than_the_pinned_size_is_taken() {
    let (content, bytes, manifest) = noise();
    for part in [0, 50_000] {
        let bench = Bench::new();
        fs::write(bench.part("p"), &bytes[..part]).expect("a part");
        let server = Server::start([&bytes[..], &[7; 1_000_000]].concat(), vec![Answer::Well]);
        pull(&bench.cache_from(&manifest, &server.address)).expect("a pull");
        assert_eq!(bench.read("a/f"), content);
    }
}

#[test]
fn a_package_that_is_here_already_is_not_fetched_again() {
    let (content, bytes, manifest) = noise();
    let bench = Bench::new();
    fs::write(bench.part("p").with_extension(""), &bytes).expect("a package");
    pull(&bench.cache_from(&manifest, "http://127.0.0.1:1")).expect("a pull");
    assert_eq!(bench.read("a/f"), content);
}

#[test]
fn what_a_killed_pull_left_is_swept_away() {
    let (_, bytes, manifest) = noise();
    let bench = Bench::new().with_package("p", &bytes);
    for left in ["a.tmp-1", "a.old-1"] {
        let folder = bench.root().join("assets").join(left);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("f"), "half").expect("a file");
    }
    pull(&bench.cache(&manifest)).expect("a pull");
    assert_eq!(bench.installed(), ["a"]);
}

#[test]
fn two_pulls_at_once_fetch_once() {
    let (content, bytes, manifest) = noise();
    let bench = Bench::new();
    let server = Server::start(bytes, vec![Answer::Well]);
    let fetch = || pull(&bench.cache_from(&manifest, &server.address)).expect("a pull").len();
    let fetched = thread::scope(|scope| {
        let both = [scope.spawn(fetch), scope.spawn(fetch)];
        both.map(|one| one.join().expect("a pull"))
    });
    assert_eq!(fetched.iter().sum::<usize>(), 1);
    assert_eq!((server.ranges().len(), bench.read("a/f")), (1, content));
}
