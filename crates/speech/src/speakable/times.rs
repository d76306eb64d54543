//! Times of day and durations.

use super::numbers::{cardinal, whole};
use super::token::Token;

/// `10:30`, `9:05pm`, `3pm`.
pub(super) fn time(core: &str) -> Option<String> {
    let lower = core.to_lowercase().replace('.', "");
    let (clock, half) = match ["am", "pm"].iter().find(|half| lower.ends_with(**half)) {
        Some(half) => (&lower[..lower.len() - 2], half_of_day(half)),
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
        0 if hour > 12 || hour == 0 => " hundred".to_owned(),
        0 => " o'clock".to_owned(),
        1..10 => format!(" oh {}", cardinal(minute)),
        10..60 => format!(" {}", cardinal(minute)),
        _ => return None,
    };
    Some(format!("{}{minutes}{}", cardinal(hour), half.map(|half| format!(" {half}")).unwrap_or_default()))
}

/// `1:02:03` is `one hour two minutes and three seconds`.
pub(super) fn stopwatch(core: &str) -> Option<String> {
    let parts: Vec<u64> = core.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = parts[..] else { return None };
    if minutes > 59 || seconds > 59 {
        return None;
    }
    let of = |n: u64, unit: &str| format!("{} {unit}{}", cardinal(n), if n == 1 { "" } else { "s" });
    Some(format!("{} {} and {}", of(hours, "hour"), of(minutes, "minute"), of(seconds, "second")))
}

/// `3 pm`, `10:30 a.m`.
pub(super) fn with_half(tokens: &[Token]) -> Option<(String, usize)> {
    let clock = tokens[0].open().filter(|_| tokens[0].is_number())?;
    let half = half_of_day(&tokens.get(1)?.core)?;
    let said = match clock.split_once(['-', '–']) {
        Some((from, to)) => format!("{} to {}", hour(from)?, hour(to)?),
        None => hour(clock)?,
    };
    Some((format!("{said} {half}"), 2))
}

fn hour(clock: &str) -> Option<String> {
    let said = time(clock).or_else(|| whole(clock))?;
    Some(said.trim_end_matches(" o'clock").to_owned())
}

/// `9-5pm`, `9am-5pm`, `9:30–11:00`.
pub(super) fn span(core: &str) -> Option<String> {
    let (from, to) = core.split_once(['-', '–'])?;
    let to_said = time(to)?;
    let from_said = time(from).or_else(|| from.parse::<u64>().ok().filter(|hour| *hour < 24).map(cardinal))?;
    Some(format!("{from_said} to {to_said}"))
}

/// `am` and `pm` in any writing.
pub(super) fn half_of_day(core: &str) -> Option<&'static str> {
    match core.to_lowercase().replace('.', "").as_str() {
        "am" => Some("ay M"),
        "pm" => Some("P M"),
        _ => None,
    }
}
