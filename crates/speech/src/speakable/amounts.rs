//! Numbers of something: comparisons, percent, units, ordinals, fractions, ranges, ratios.

use super::money::{coded, coded_before, money};
use super::numbers::{cardinal, number, ordinal, version, whole, year};
use super::token::Token;
use super::units::{plain_number, rate, scaled, unit, with_unit};
use super::{dates, times};

const SIZE_WORDS: [&str; 5] = ["hundred", "thousand", "million", "billion", "trillion"];
const RANGE_MARKS: [&str; 2] = ["-", "–"];

/// `core` in words, when it is an amount of anything.
pub(super) fn amount(core: &str) -> Option<String> {
    if !core.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    compared(core)
        .or_else(|| version(core))
        .or_else(|| number(core))
        .or_else(|| money(core, None))
        .or_else(|| dates::numeric(core))
        .or_else(|| times::time(core))
        .or_else(|| times::stopwatch(core))
        .or_else(|| times::span(core))
        .or_else(|| ordinal_word(core))
        .or_else(|| dates::decade(None, core))
        .or_else(|| many(core))
        .or_else(|| fraction(core))
        .or_else(|| range(core))
        .or_else(|| with_unit(core))
        .or_else(|| scaled(core))
        .or_else(|| per(core))
        .or_else(|| size(core))
        .or_else(|| ratio(core))
        .or_else(|| height(core))
}

/// Several words that are one amount: `$5 million`, `10 ms`, `2 1/2`, `3 - 5`, `USD 500`; and how many they are.
pub(super) fn several(tokens: &[Token]) -> Option<(String, usize)> {
    let core = tokens[0].open()?;
    let next = tokens.get(1)?;
    if let Some(said) = coded_before(core, &next.core) {
        return Some((said, 2));
    }
    if !core.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if RANGE_MARKS.contains(&next.core.as_str())
        && let Some(third) = tokens.get(2)
        && let Some(said) = range(&format!("{core}-{}", third.core))
    {
        return Some((said, 3));
    }
    if let Some(said) = mixed(core, &next.core) {
        return Some((said, 2));
    }
    if SIZE_WORDS.contains(&next.core.as_str()) {
        return money(core, Some(&next.core)).map(|said| (said, 2));
    }
    let said = coded(core, &next.core).or_else(|| {
        let unit = unit(core, &next.core)?;
        let amount = plain_number(core).or_else(|| range(core)).or_else(|| compared(core)).or_else(|| scaled(core))?;
        Some(format!("{amount} {unit}"))
    });
    said.map(|said| (said, 2))
}

fn compared(core: &str) -> Option<String> {
    const SIGNS: [(&str, &str); 10] = [
        ("~", "about"),
        ("≈", "about"),
        (">=", "at least"),
        ("≥", "at least"),
        ("<=", "at most"),
        ("≤", "at most"),
        (">", "more than"),
        ("<", "less than"),
        ("#", "number"),
        ("±", "plus or minus"),
    ];
    let (sign, said) = SIGNS.iter().find(|(sign, _)| core.starts_with(sign))?;
    let rest = &core[sign.len()..];
    rest.starts_with(|c: char| c.is_ascii_digit() || "$€£.".contains(c))
        .then(|| amount(rest))
        .flatten()
        .map(|rest| format!("{said} {rest}"))
}

fn ordinal_word(core: &str) -> Option<String> {
    let end = ["st", "nd", "rd", "th"].iter().find(|end| core.ends_with(**end))?;
    let digits = core[..core.len() - end.len()].replace(',', "");
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok().map(ordinal)).flatten()
}

/// `100s of users`.
fn many(core: &str) -> Option<String> {
    match core {
        "10s" => Some("tens".into()),
        "100s" => Some("hundreds".into()),
        "1000s" | "1,000s" => Some("thousands".into()),
        _ => None,
    }
}

/// `2 1/2` is `two and a half`.
fn mixed(whole_part: &str, part: &str) -> Option<String> {
    let (top, bottom) = part.split_once('/')?;
    let (top, bottom) = (top.parse::<u64>().ok()?, bottom.parse::<u64>().ok()?);
    let is_part = top < bottom && (2..=16).contains(&bottom) && whole_part.len() < 4;
    let whole_part = plain_number(whole_part).filter(|_| is_part)?;
    let part = fraction(part)?;
    Some(format!("{whole_part} and {}", part.strip_prefix("one ").map_or(part.clone(), |part| format!("a {part}"))))
}

fn fraction(core: &str) -> Option<String> {
    let (top, bottom) = core.split_once('/')?;
    if let Some(top) = top.contains('.').then(|| number(top)).flatten() {
        return Some(format!("{top} out of {}", whole(bottom)?));
    }
    let (top, bottom) = (top.parse::<u64>().ok()?, bottom.parse::<u64>().ok()?);
    let part = match bottom {
        2 => "half".to_owned(),
        4 => "quarter".to_owned(),
        3 | 5..=10 | 16 | 100 | 1_000 if top < bottom => ordinal(bottom),
        _ if top == bottom => return Some(format!("{} out of {}", cardinal(top), cardinal(bottom))),
        _ => return Some(format!("{} {}", cardinal(top), cardinal(bottom))),
    };
    Some(match (top, part) {
        (1, part) => format!("one {part}"),
        (_, part) if part == "half" => format!("{} halves", cardinal(top)),
        (_, part) => format!("{} {part}s", cardinal(top)),
    })
}

/// `3-5`, `2019–2021`, `10-15%`, `10k-20k`.
fn range(core: &str) -> Option<String> {
    let (low, high) = core.split_once(['-', '–'])?;
    let end = |part: &str| {
        let plain = part.starts_with(|c: char| c.is_ascii_digit()) && !part.contains(['-', '–']);
        let said = || number(part).or_else(|| with_unit(part)).or_else(|| scaled(part)).or_else(|| ordinal_word(part));
        plain.then(said).flatten()
    };
    let (low_said, high_said) = (end(low)?, end(high)?);
    Some(format!("{low_said} to {high_said}"))
}

/// `$50/hour`, `3x/week`, `10MB/s`.
fn per(core: &str) -> Option<String> {
    let (front, per) = rate(core)?;
    let amount = money(front, None).or_else(|| number(front)).or_else(|| range(front));
    let amount = amount.or_else(|| with_unit(front)).or_else(|| scaled(front))?;
    Some(format!("{amount} {per}"))
}

/// `1920x1080`, `3x3`.
fn size(core: &str) -> Option<String> {
    let side = |side: &str| match side.parse::<u64>() {
        Ok(n) if side.len() == 4 => Some(year(n)),
        _ => number(side),
    };
    let parts: Vec<String> = core.split('x').map(side).collect::<Option<_>>()?;
    (parts.len() > 1).then(|| parts.join(" by "))
}

/// `16:9`, `10:1`; `1:1` is a meeting of two.
fn ratio(core: &str) -> Option<String> {
    let (left, right) = core.split_once(':')?;
    if core == "1:1" || core == "1:1s" {
        return Some(if core.ends_with('s') { "one on ones" } else { "one on one" }.into());
    }
    Some(format!("{} to {}", whole(left)?, whole(right)?))
}

/// `5'10`: feet and inches.
fn height(core: &str) -> Option<String> {
    let (feet, inches) = core.split_once(['\'', '’', '′'])?;
    let (feet, inches): (u64, u64) = (feet.parse().ok()?, inches.trim_end_matches(['"', '”', '″']).parse().ok()?);
    (feet < 10 && inches < 12).then(|| format!("{} foot {}", cardinal(feet), cardinal(inches)))
}
