//! E-mail addresses and places on the web.

use super::numbers::number;

const ENDINGS: [&str; 12] = ["com", "org", "net", "io", "ai", "dev", "edu", "gov", "app", "co", "uk", "de"];

/// `core` in words, when it is an e-mail address or a web address.
pub(super) fn address(core: &str) -> Option<String> {
    let plain = core.split_once("://").map_or(core, |(_, rest)| rest);
    let is_url = plain.len() < core.len() || plain.starts_with("www.");
    let plain = plain.trim_start_matches("www.").trim_end_matches('/');
    let (host, _) = plain.split_once('/').unwrap_or((plain, ""));
    let (name, domain) = host.split_once('@').map_or(("", host), |(name, domain)| (name, domain));
    let is_mail = !name.is_empty() && domain.contains('.');
    let is_host = domain.rsplit_once('.').is_some_and(|(front, end)| !front.is_empty() && ENDINGS.contains(&end));
    (is_url || is_mail || is_host).then(|| spelled_out(plain))
}

fn spelled_out(address: &str) -> String {
    let mut said = String::new();
    for c in address.chars() {
        match mark(c) {
            Some(name) => said.push_str(&format!(" {name} ")),
            None => said.push(c),
        }
    }
    let word = |word: &str| number(word).unwrap_or_else(|| word.to_owned());
    said.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
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
        _ => return None,
    })
}
