use std::os::unix::fs::symlink;

use assets::AssetError;

use crate::support::{Answer, Bench, Server, asset, file, package, pull, wheel};

fn manifest(bytes: &[u8]) -> String {
    asset("a") + &package("p", bytes) + &file("f", &["p/f"])
}

#[test]
fn a_package_with_another_hash_is_refused_and_nothing_is_kept() {
    let (pinned, other) = (wheel(&[("f", b"one")]), wheel(&[("f", b"two")]));
    let bench = Bench::new().with_package("p", &other);
    let error = pull(&bench.cache(&manifest(&pinned))).expect_err("a refusal");
    assert!(matches!(error, AssetError::WrongHash { .. }));
    for part in ["asset \"a\"", "p 1", "expected", "got", "delete", "make assets"] {
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
    assert!(bench.installed().is_empty() && bench.downloads().is_empty());
}

#[test]
fn a_joined_file_with_another_hash_is_refused() {
    let bytes = wheel(&[("f", b"one")]);
    let bench = Bench::new().with_package("p", &bytes);
    let pinned = manifest(&bytes) + &format!("sha256 = \"{}\"\n", "0".repeat(64));
    assert!(matches!(pull(&bench.cache(&pinned)), Err(AssetError::WrongHash { .. })));
    assert!(bench.installed().is_empty());
}

#[test]
fn a_corrupted_zip_is_named_and_nothing_is_kept() {
    let mut bytes = wheel(&[("f", &[7; 5000])]);
    let data = 30 + 1 + 4;
    bytes[data..data + 4].fill(0xff);
    for spoilt in [bytes, b"not a zip".to_vec()] {
        let bench = Bench::new().with_package("p", &spoilt);
        let error = pull(&bench.cache(&manifest(&spoilt))).expect_err("a refusal");
        assert!(error.to_string().contains("package p cannot be unpacked"), "{error}");
        assert!(bench.installed().is_empty() && bench.downloads().is_empty());
    }
}

#[test]
fn a_package_without_the_file_says_which() {
    let bytes = wheel(&[("other", b"x")]);
    let bench = Bench::new().with_package("p", &bytes);
    let error = pull(&bench.cache(&manifest(&bytes))).expect_err("a refusal");
    assert!(error.to_string().contains("it holds no f"), "{error}");
}

#[test]
fn a_package_for_other_machines_only_is_refused_before_anything_is_fetched() {
    let bytes = wheel(&[("f", b"x")]);
    let other = if cfg!(target_arch = "x86_64") { "aarch64" } else { "x86_64" };
    let bench = Bench::new();
    let error = pull(&bench.cache(&manifest(&bytes).replace("any =", &format!("{other} ="))));
    assert!(error.expect_err("a refusal").to_string().contains("not listed for this platform"));
}

#[test]
fn a_pull_that_cannot_fit_says_how_much_is_needed() {
    let bytes = wheel(&[("f", b"x")]);
    let bench = Bench::new().with_package("p", &bytes);
    let huge = manifest(&bytes).replace("unpacked_bytes = 10", "unpacked_bytes = 9000000000000000000");
    let error = pull(&bench.cache(&huge)).expect_err("a refusal").to_string();
    assert!(error.contains("disk is full") && error.contains("are needed"), "{error}");
    assert!(bench.installed().is_empty() && bench.downloads().is_empty());
}

#[test]
fn a_disk_that_fills_up_on_the_way_is_said_so() {
    let bytes = wheel(&[("f", b"x")]);
    let bench = Bench::new().with_package("p", &bytes);
    symlink("/dev/full", bench.part("p")).expect("a full disk");
    let error = pull(&bench.cache(&manifest(&bytes))).expect_err("a refusal");
    assert!(matches!(error, AssetError::DiskFull { .. }), "{error}");
    assert!(bench.installed().is_empty());
}

#[test]
fn what_failed_first_is_told_not_what_was_stopped_by_it() {
    let (right, other) = (wheel(&[("f", b"one")]), wheel(&[("f", b"two")]));
    let names = ["p", "q", "r", "s", "t"];
    let bench = names.iter().fold(Bench::new(), |bench, name| bench.with_package(name, &other));
    let entry = |name: &&str| asset(name) + &package(name, &right) + &file("f", &[&format!("{name}/f")]);
    let error = pull(&bench.cache(&names.iter().map(entry).collect::<String>())).expect_err("a refusal");
    assert!(matches!(error, AssetError::WrongHash { .. }), "{error}");
}

#[test]
fn a_server_that_is_gone_or_refuses_is_named() {
    let bytes = wheel(&[("f", b"x")]);
    let bench = Bench::new();
    let gone = pull(&bench.cache_from(&manifest(&bytes), "http://127.0.0.1:1")).expect_err("a refusal");
    assert!(gone.to_string().contains("p 1 could not be fetched after 5 attempts"), "{gone}");
    let server = Server::start(bytes.clone(), vec![Answer::Status(404)]);
    let refused = pull(&bench.cache_from(&manifest(&bytes), &server.address)).expect_err("a refusal");
    assert!(refused.to_string().contains("the server answered 404"), "{refused}");
    assert_eq!(server.ranges().len(), 1, "a 404 is not tried again");
}
