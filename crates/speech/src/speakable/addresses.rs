//! E-mail addresses, places on the web, names of files and of people there.

use super::initialisms::spell;
use super::numbers::{digits, number};

/// The ends of hosts, and how each is said.
const ENDINGS: [(&str, &str); 19] = [
    ("com", "com"),
    ("org", "org"),
    ("net", "net"),
    ("io", "I O"),
    ("ai", "ay I"),
    ("dev", "dev"),
    ("edu", "E D U"),
    ("gov", "gov"),
    ("app", "app"),
    ("co", "co"),
    ("rs", "R S"),
    ("uk", "U K"),
    ("de", "D E"),
    ("us", "U S"),
    ("eu", "E U"),
    ("ca", "C ay"),
    ("in", "in"),
    ("tech", "tech"),
    ("info", "info"),
];
/// The ends of files, and how each is said.
const FILES: [(&str, &str); 29] = [
    ("py", "P Y"),
    ("rs", "R S"),
    ("js", "J S"),
    ("ts", "T S"),
    ("tsx", "T S X"),
    ("jsx", "J S X"),
    ("go", "go"),
    ("java", "java"),
    ("rb", "R B"),
    ("cpp", "C P P"),
    ("h", "H"),
    ("sh", "S H"),
    ("sql", "S Q L"),
    ("html", "H T M L"),
    ("css", "C S S"),
    ("json", "jason"),
    ("yaml", "yammel"),
    ("yml", "yammel"),
    ("toml", "tommel"),
    ("xml", "X M L"),
    ("csv", "C S V"),
    ("md", "M D"),
    ("txt", "T X T"),
    ("pdf", "P D F"),
    ("png", "P N G"),
    ("zip", "zip"),
    ("exe", "E X E"),
    ("log", "log"),
    ("conf", "conf"),
];

/// `core` in words, when it is an e-mail address, a web address, or a name (`@jane`) or topic (`#hiring`) there.
pub(super) fn address(core: &str) -> Option<String> {
    if let Some(name) = core.strip_prefix(['@', '#']).filter(|name| name.starts_with(char::is_alphabetic)) {
        let sign = if core.starts_with('@') { "at" } else { "hashtag" };
        return Some(format!("{sign} {}", spelled_out(name)));
    }
    let plain = core.split_once("://").map_or(core, |(_, rest)| rest);
    let is_url = plain.len() < core.len() || plain.starts_with("www.");
    let plain = plain.trim_start_matches("www.").trim_end_matches('/');
    let (host, _) = plain.split_once(['/', ':', '?']).unwrap_or((plain, ""));
    let (name, domain) = host.split_once('@').map_or(("", host), |(name, domain)| (name, domain));
    let is_mail = !name.is_empty() && domain.contains('.');
    let front = |front: &str| front.contains(|c: char| c.is_ascii_alphabetic());
    let is_host = domain.rsplit_once('.').is_some_and(|(host, end)| front(host) && ending(end).is_some());
    let is_local = host == "localhost" && plain.len() > host.len();
    (is_url || is_mail || is_host || is_local).then(|| spelled_out(plain))
}

/// `main.rs`: a file's name.
pub(super) fn file(core: &str) -> Option<String> {
    let (name, end) = core.rsplit_once('.')?;
    let (_, said) = FILES.iter().find(|(written, _)| *written == end)?;
    let plain = |c: char| c.is_alphanumeric() || "_-./".contains(c);
    (name.contains(char::is_alphabetic) && name.chars().all(plain)).then(|| format!("{} dot {said}", spelled_out(name)))
}

fn ending(written: &str) -> Option<&'static str> {
    ENDINGS.iter().find(|(ending, _)| *ending == written).map(|(_, said)| *said)
}

fn spelled_out(address: &str) -> String {
    let mut said = String::new();
    for c in address.chars() {
        match mark(c) {
            Some(name) => said.push_str(&format!(" {name} ")),
            None if said.ends_with(|last: char| last.is_ascii_digit() != c.is_ascii_digit() && last != ' ') => {
                said.extend([' ', c]);
            }
            None => said.push(c),
        }
    }
    let words: Vec<&str> = said.split_whitespace().collect();
    words.iter().enumerate().map(|(n, word)| part(word, n > 0 && words[n - 1] == "dot")).collect::<Vec<_>>().join(" ")
}

/// One word of an address. Long numbers, and those with a zero in front, are said digit by digit.
fn part(word: &str, after_dot: bool) -> String {
    let is_number = word.bytes().all(|b| b.is_ascii_digit());
    match ending(word).filter(|_| after_dot) {
        Some(said) => said.to_owned(),
        None if is_number && word.len() > 4 => digits(word),
        None if is_number => number(word).unwrap_or_else(|| digits(word)),
        None if word.len() == 1 => spell(word),
        None => word.to_owned(),
    }
}

fn mark(c: char) -> Option<&'static str> {
    Some(match c {
        '.' => "dot",
        '@' => "at",
        '/' => "slash",
        '-' => "dash",
        '_' => "underscore",
        ':' => "colon",
        '?' => "question mark",
        '=' => "equals",
        '&' => "and",
        '#' => "hash",
        '%' => "percent",
        '+' => "plus",
        '~' => "tilde",
        _ => return None,
    })
}
