//! Numbers in words.

use super::dates;
use super::token::Token;

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const SCALES: [(u64, &str); 4] =
    [(1_000_000_000_000, "trillion"), (1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand")];

/// `21` is `twenty one`.
pub(super) fn cardinal(n: u64) -> String {
    for (size, name) in SCALES {
        if n >= size {
            return joined(&format!("{} {name}", cardinal(n / size)), n % size);
        }
    }
    match n {
        0..20 => ONES[n as usize].to_owned(),
        20..100 => joined(TENS[(n / 10) as usize], n % 10),
        _ => joined(&format!("{} hundred", ONES[(n / 100) as usize]), n % 100),
    }
}

fn joined(front: &str, rest: u64) -> String {
    if rest == 0 { front.to_owned() } else { format!("{front} {}", cardinal(rest)) }
}

/// `21` is `twenty first`.
pub(super) fn ordinal(n: u64) -> String {
    let words = cardinal(n);
    let (front, last) = words.rsplit_once(' ').map_or(("", words.as_str()), |(front, last)| (front, last));
    let last = match last {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        tens if tens.ends_with('y') => format!("{}ieth", &tens[..tens.len() - 1]),
        other => format!("{other}th"),
    };
    if front.is_empty() { last } else { format!("{front} {last}") }
}

/// `1999` is `nineteen ninety nine`, `2005` `two thousand five`, `1905` `nineteen oh five`.
pub(super) fn year(n: u64) -> String {
    let (century, rest) = (n / 100, n % 100);
    match rest {
        _ if n.is_multiple_of(1_000) || (2_000..2_010).contains(&n) => cardinal(n),
        0 => format!("{} hundred", cardinal(century)),
        1..10 => format!("{} oh {}", cardinal(century), cardinal(rest)),
        _ => format!("{} {}", cardinal(century), cardinal(rest)),
    }
}

/// More than one of what `words` ends with: `nineteen nineties`.
pub(super) fn plural(words: &str) -> String {
    match words.strip_suffix('y') {
        Some(front) => format!("{front}ies"),
        None if words.ends_with('x') => format!("{words}es"),
        None => format!("{words}s"),
    }
}

/// One digit after the other.
pub(super) fn digits(text: &str) -> String {
    let digit = |c: char| c.to_digit(10).map(|d| ONES[d as usize]);
    text.chars().filter_map(digit).collect::<Vec<_>>().join(" ")
}

/// A whole number as it is written: `1,200`, a year, a telephone number.
pub(super) fn whole(text: &str) -> Option<String> {
    let plain = text.replace(',', "");
    if plain.is_empty() || !plain.bytes().all(|b| b.is_ascii_digit()) || !grouped_rightly(text) {
        return None;
    }
    let is_code = plain.len() > 1 && plain.starts_with('0') || plain.len() > 15 || (plain == text && plain.len() > 6);
    let n: u64 = if is_code { 0 } else { plain.parse().ok()? };
    Some(match n {
        _ if is_code => digits(&plain),
        1_100..2_100 if plain == text => year(n),
        _ => cardinal(n),
    })
}

/// Commas only where thousands end.
fn grouped_rightly(text: &str) -> bool {
    let mut groups = text.split(',');
    let first = groups.next().map_or(0, str::len);
    !text.contains(',') || (1..=3).contains(&first) && groups.all(|group| group.len() == 3)
}

/// A number with or without a sign, decimals, or several points (`3.11.2`).
pub(super) fn number(text: &str) -> Option<String> {
    let (sign, plain) = match text.chars().next()? {
        '-' | '−' => ("minus ", text.trim_start_matches(['-', '−'])),
        '+' => ("plus ", &text[1..]),
        _ => ("", text),
    };
    let mut parts = plain.split('.');
    let front = parts.next()?;
    let rest: Vec<&str> = parts.collect();
    if rest.is_empty() {
        return Some(format!("{sign}{}", whole(front)?));
    }
    if rest.iter().any(|part| part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let front = if front.is_empty() { "zero".to_owned() } else { unsigned(front)? };
    // One point is a decimal, read digit by digit; more are a version's.
    let point = |part: &&str| if rest.len() == 1 { Some(digits(part)) } else { unsigned(part) };
    let rest = rest.iter().map(point).collect::<Option<Vec<_>>>()?;
    Some(format!("{sign}{front} point {}", rest.join(" point ")))
}

/// A whole number that is no year.
fn unsigned(text: &str) -> Option<String> {
    if !grouped_rightly(text) {
        return None;
    }
    let plain = text.replace(',', "");
    if plain.len() > 15 { Some(digits(&plain)) } else { plain.parse().ok().map(cardinal) }
}

/// `v2`, `v1.4.0`, and an address on a network (`192.168.0.1`).
pub(super) fn version(text: &str) -> Option<String> {
    let parts: Vec<u64> = text.split('.').map(|part| part.parse().ok()).collect::<Option<_>>().unwrap_or_default();
    if parts.len() == 4 && parts.iter().all(|part| *part < 256) {
        return Some(parts.into_iter().map(cardinal).collect::<Vec<_>>().join(" dot "));
    }
    let plain = text.strip_prefix(['v', 'V'])?;
    plain
        .starts_with(|c: char| c.is_ascii_digit())
        .then(|| number(plain))
        .flatten()
        .map(|said| format!("version {said}"))
}

/// Words before the number of a version, which is no decimal: `Python 3.11`.
const VERSIONED: [&str; 24] = [
    "Android",
    "Angular",
    "C++",
    "Django",
    "Go",
    "HTTP",
    "Java",
    "Kotlin",
    "Kubernetes",
    "Node",
    "Node.js",
    "PHP",
    "Postgres",
    "PostgreSQL",
    "Python",
    "Rails",
    "React",
    "Ruby",
    "Rust",
    "Swift",
    "TLS",
    "Ubuntu",
    "iOS",
    "version",
];

/// A number that is said by what stands before it: a day after its month, a decade, `port 8080`, `Python 3.11`.
pub(super) fn in_place(before: Option<&Token>, core: &str) -> Option<String> {
    let after = |words: &[&str]| before.is_some_and(|before| words.contains(&before.core.as_str()));
    let in_pairs = || {
        let paired = after(&["port", "Port", "room", "Room"]);
        core.parse().ok().filter(|n| paired && (100..10_000).contains(n) && n % 1_000 != 0).map(year)
    };
    let released = || core.split_once('.').filter(|_| after(&VERSIONED)).and_then(|(one, two)| release(one, two));
    dates::day_after_month(before, core).or_else(|| dates::decade(before, core)).or_else(in_pairs).or_else(released)
}

/// `3.11` is `three point eleven`, `22.04` `twenty two point oh four`.
fn release(one: &str, two: &str) -> Option<String> {
    let zero = if two.len() == 2 && two.starts_with('0') { "oh " } else { "" };
    let (one, two): (u64, u64) = (one.parse().ok()?, two.parse().ok()?);
    Some(format!("{} point {zero}{}", cardinal(one), cardinal(two)))
}
