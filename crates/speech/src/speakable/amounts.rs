//! Numbers of something: money, percent, units, times, ranges, ordinals, fractions.

use super::numbers::{cardinal, number, ordinal, plural, whole, year};
use super::terms;

/// Sign, one, many, and what a hundredth is.
const CURRENCIES: [(&str, &str, &str, &str); 3] =
    [("$", "dollar", "dollars", "cent"), ("€", "euro", "euros", "cent"), ("£", "pound", "pounds", "penny")];
const SIZES: [(&str, &str); 8] = [
    ("bn", "billion"),
    ("tn", "trillion"),
    ("k", "thousand"),
    ("K", "thousand"),
    ("M", "million"),
    ("m", "million"),
    ("B", "billion"),
    ("T", "trillion"),
];
const UNITS: [(&str, &str, &str); 24] = [
    ("%", "percent", "percent"),
    ("ms", "millisecond", "milliseconds"),
    ("µs", "microsecond", "microseconds"),
    ("kHz", "kilohertz", "kilohertz"),
    ("MHz", "megahertz", "megahertz"),
    ("GHz", "gigahertz", "gigahertz"),
    ("Hz", "hertz", "hertz"),
    ("KB", "kilobyte", "kilobytes"),
    ("MB", "megabyte", "megabytes"),
    ("GB", "gigabyte", "gigabytes"),
    ("TB", "terabyte", "terabytes"),
    ("km", "kilometer", "kilometers"),
    ("cm", "centimeter", "centimeters"),
    ("mm", "millimeter", "millimeters"),
    ("kg", "kilogram", "kilograms"),
    ("lbs", "pounds", "pounds"),
    ("hrs", "hour", "hours"),
    ("hr", "hour", "hours"),
    ("min", "minute", "minutes"),
    ("sec", "second", "seconds"),
    ("°C", "degree Celsius", "degrees Celsius"),
    ("°F", "degree Fahrenheit", "degrees Fahrenheit"),
    ("x", "times", "times"),
    ("+", "plus", "plus"),
];

/// `core` in words, when it is an amount of anything.
pub(super) fn amount(core: &str) -> Option<String> {
    compared(core)
        .or_else(|| number(core))
        .or_else(|| money(core, None))
        .or_else(|| time(core))
        .or_else(|| ordinal_word(core))
        .or_else(|| decade(core))
        .or_else(|| fraction(core))
        .or_else(|| range(core))
        .or_else(|| with_unit(core))
        .or_else(|| scaled(core))
}

/// Two words that are one amount: `$5 million`, `10 ms`, `3 pm`.
pub(super) fn with_next(core: &str, next: &str) -> Option<String> {
    if ["thousand", "million", "billion", "trillion"].contains(&next) {
        return money(core, Some(next));
    }
    if let Some(half) = terms::half_of_day(next).filter(|_| core.starts_with(|c: char| c.is_ascii_digit())) {
        return Some(format!("{} {half}", time(core).or_else(|| whole(core))?));
    }
    let (_, one, many) =
        UNITS.iter().find(|(unit, ..)| *unit == next && next.len() > 1 || next == "%" && *unit == "%")?;
    Some(format!("{} {}", plain_number(core)?, if core == "1" { one } else { many }))
}

/// `5` after `May` is `fifth`.
pub(super) fn day_of_month(core: &str) -> Option<String> {
    let day: u64 = core.parse().ok()?;
    (1..=31).contains(&day).then(|| ordinal(day))
}

/// A number that is never a year.
fn plain_number(text: &str) -> Option<String> {
    match text.parse::<u64>() {
        Ok(n) if !text.starts_with('0') || n == 0 => Some(cardinal(n)),
        _ => number(text),
    }
}

fn compared(core: &str) -> Option<String> {
    let signs = [
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
    let (sign, said) = signs.iter().find(|(sign, _)| core.starts_with(sign))?;
    let rest = &core[sign.len()..];
    rest.starts_with(|c: char| c.is_ascii_digit() || "$€£.".contains(c))
        .then(|| amount(rest))
        .flatten()
        .map(|rest| format!("{said} {rest}"))
}

fn money(core: &str, size: Option<&str>) -> Option<String> {
    let (sign, one, many, hundredth) = CURRENCIES.iter().find(|(sign, ..)| core.starts_with(sign))?;
    let digits = &core[sign.len()..];
    let (digits, size) = match SIZES.iter().find(|(suffix, _)| digits.ends_with(suffix)) {
        Some((suffix, size)) => (&digits[..digits.len() - suffix.len()], Some(*size)),
        None => (digits, size),
    };
    if let Some((low, high)) = digits.split_once(['-', '–']) {
        let high = money(&format!("{sign}{}", high.trim_start_matches(sign)), size)?;
        return Some(format!("{} to {high}", plain_number(low)?));
    }
    if let Some(size) = size {
        return Some(format!("{} {size} {many}", plain_number(digits)?));
    }
    let (whole_part, cents) = digits.split_once('.').unwrap_or((digits, ""));
    let units = format!("{} {}", plain_number(whole_part)?, if whole_part == "1" { one } else { many });
    match (cents.len(), cents.parse::<u64>().ok()) {
        (0, _) | (2, Some(0)) => Some(units),
        (2, Some(1)) => Some(format!("{units} and one {hundredth}")),
        (2, Some(n)) => {
            Some(format!("{units} and {} {}", cardinal(n), if *hundredth == "penny" { "pence" } else { "cents" }))
        }
        _ => Some(format!("{} {many}", plain_number(digits)?)),
    }
}

/// `10:30`, `9:05pm`, `3pm`.
fn time(core: &str) -> Option<String> {
    let lower = core.to_lowercase().replace('.', "");
    let (clock, half) = match ["am", "pm"].iter().find(|half| lower.ends_with(**half)) {
        Some(half) => (&lower[..lower.len() - 2], terms::half_of_day(half)),
        None => (lower.as_str(), None),
    };
    let (hour, minute) = match clock.split_once(':') {
        Some((hour, minute)) if minute.len() == 2 => (hour, minute.parse::<u64>().ok()?),
        None if half.is_some() => (clock, 0),
        _ => return None,
    };
    let hour: u64 = hour.parse().ok().filter(|hour| *hour < 24)?;
    let minutes = match minute {
        0 if half.is_some() => String::new(),
        0 => " o'clock".to_owned(),
        1..10 => format!(" oh {}", cardinal(minute)),
        10..60 => format!(" {}", cardinal(minute)),
        _ => return None,
    };
    Some(format!("{}{minutes}{}", cardinal(hour), half.map(|half| format!(" {half}")).unwrap_or_default()))
}

fn ordinal_word(core: &str) -> Option<String> {
    let end = ["st", "nd", "rd", "th"].iter().find(|end| core.ends_with(**end))?;
    core[..core.len() - end.len()].replace(',', "").parse().ok().map(ordinal)
}

/// `1990s`, `90s`.
fn decade(core: &str) -> Option<String> {
    let digits = core.trim_start_matches(['\'', '’']).strip_suffix('s')?;
    let n: u64 = digits.parse().ok().filter(|n| n % 10 == 0)?;
    match digits.len() {
        2 if n >= 20 => Some(plural(&cardinal(n))),
        4 => Some(plural(&year(n))),
        _ => None,
    }
}

fn fraction(core: &str) -> Option<String> {
    let (top, bottom) = core.split_once('/')?;
    let (top, bottom) = (top.parse::<u64>().ok()?, bottom.parse::<u64>().ok()?);
    let part = match bottom {
        2 => "half".to_owned(),
        4 => "quarter".to_owned(),
        3 | 5..=10 => ordinal(bottom),
        _ => return Some(format!("{} {}", cardinal(top), cardinal(bottom))),
    };
    match (top, part) {
        (24, _) => Some(format!("twenty four {}", cardinal(bottom))),
        (1, part) => Some(format!("one {part}")),
        (_, part) if part == "half" => Some(format!("{} halves", cardinal(top))),
        (_, part) => Some(format!("{} {part}s", cardinal(top))),
    }
}

/// `3-5`, `2019–2021`, `10-15%`.
fn range(core: &str) -> Option<String> {
    let (low, high) = core.split_once(['-', '–'])?;
    let low = number(low).filter(|_| low.starts_with(|c: char| c.is_ascii_digit()))?;
    let high =
        number(high).filter(|_| !high.contains(['-', '–'])).or_else(|| with_unit(high)).or_else(|| scaled(high))?;
    Some(format!("{low} to {high}"))
}

fn with_unit(core: &str) -> Option<String> {
    let units = UNITS.iter().filter(|(unit, ..)| core.ends_with(unit));
    let (unit, one, many) = units.max_by_key(|(unit, ..)| unit.len())?;
    let digits = &core[..core.len() - unit.len()];
    Some(format!("{} {}", plain_number(digits)?, if digits == "1" { one } else { many }))
}

/// `500k`, `2M`.
fn scaled(core: &str) -> Option<String> {
    let (suffix, size) = SIZES.iter().find(|(suffix, _)| core.ends_with(suffix))?;
    Some(format!("{} {size}", plain_number(&core[..core.len() - suffix.len()])?))
}
