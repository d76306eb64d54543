//! Paths inside packages: which ones a rule means, and which ones are safe to write.

use std::path::{Component, Path};

/// Whether a pattern can mean more than one file.
pub(crate) fn is_many(pattern: &str) -> bool {
    pattern.contains('*') || pattern.ends_with('/')
}

/// The path below the target folder of an entry that the pattern means, or `None`.
pub(crate) fn matches<'a>(pattern: &str, entry: &'a str) -> Option<&'a str> {
    if pattern.ends_with('/') {
        return entry.strip_prefix(pattern).filter(|rest| !rest.is_empty() && !rest.ends_with('/'));
    }
    let (pattern_folder, pattern_name) = split(pattern);
    let (folder, name) = split(entry);
    (pattern_folder == folder && glob(pattern_name.as_bytes(), name.as_bytes())).then_some(name)
}

/// Whether a path stays below the folder that it is joined to.
pub(crate) fn is_safe(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn glob(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some((b'*', rest)) => (0..=name.len()).any(|skipped| glob(rest, &name[skipped..])),
        Some((byte, rest)) => name.split_first().is_some_and(|(first, tail)| first == byte && glob(rest, tail)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_in_its_folder() {
        assert_eq!(matches("libs/libx-*.so*", "libs/libx-42.so.4"), Some("libx-42.so.4"));
        assert_eq!(matches("libs/*.so", "libs/deep/x.so"), None);
        assert_eq!(matches("libs/*.so", "libs/x.so.1"), None);
    }

    #[test]
    fn a_folder_takes_what_is_below_it() {
        assert_eq!(matches("p/data/", "p/data/voices/a"), Some("voices/a"));
        assert_eq!(matches("p/data/", "p/data/voices/"), None);
        assert_eq!(matches("p/data/", "p/database"), None);
    }

    #[test]
    fn paths_that_leave_the_folder_are_not_safe() {
        assert!(is_safe("voices/!v/x"));
        for path in ["", "/etc/passwd", "../x", "a/../../x"] {
            assert!(!is_safe(path), "{path}");
        }
    }
}
