//! Days, months and years.

use super::numbers::{cardinal, ordinal, plural, year};
use super::token::Token;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// Written short, with a full stop or without.
const SHORT_MONTHS: [(&str, usize); 12] = [
    ("Jan", 0),
    ("Feb", 1),
    ("Mar", 2),
    ("Apr", 3),
    ("Jun", 5),
    ("Jul", 6),
    ("Aug", 7),
    ("Sep", 8),
    ("Sept", 8),
    ("Oct", 9),
    ("Nov", 10),
    ("Dec", 11),
];
const SHORT_DAYS: [(&str, &str); 10] = [
    ("Mon", "Monday"),
    ("Tue", "Tuesday"),
    ("Tues", "Tuesday"),
    ("Wed", "Wednesday"),
    ("Thu", "Thursday"),
    ("Thur", "Thursday"),
    ("Thurs", "Thursday"),
    ("Fri", "Friday"),
    ("Sat", "Saturday"),
    ("Sun", "Sunday"),
];
/// Words before a decade: `the 80s`, `his 30s`.
const BEFORE_DECADES: [&str; 11] = ["the", "my", "his", "her", "their", "your", "our", "early", "mid", "late", "in"];

/// A day before its month (`5 May`), and a short month or day of the week without its stop (`Sept 2020`, `Tues`).
pub(super) fn date(before: Option<&Token>, tokens: &[Token]) -> Option<(String, usize)> {
    let (token, next) = (&tokens[0], tokens.get(1));
    let day = token.open().filter(|_| !before.is_some_and(is_month)).and_then(day_of_month);
    if let Some((day, month)) = day.zip(next.and_then(|next| month(&next.core))) {
        let of = if before.is_some_and(|before| before.core.eq_ignore_ascii_case("the")) { "" } else { "the " };
        return Some((format!("{of}{day} of {month}"), 2));
    }
    let full = short(&token.core)?;
    let dated = next.is_some_and(|next| token.after.is_empty() && (next.is_number() || is_month(next)));
    let is_word = ["Jan", "Mar", "Mon", "Sat", "Sun", "Wed"].contains(&token.core.as_str());
    (dated || !is_word && !token.after.starts_with('.')).then(|| (full.to_owned(), 1))
}

/// A number that stands right after a month is a day: `May 5`, `Sept. 3rd`.
pub(super) fn day_after_month(before: Option<&Token>, core: &str) -> Option<String> {
    let after = |before: &Token| ["", "."].contains(&before.after.as_str()) && is_month(before);
    before.filter(|before| after(before)).and_then(|_| day_of_month(core))
}

/// The whole name of a month or of a day of the week that is written short.
pub(super) fn short(core: &str) -> Option<&'static str> {
    let month = SHORT_MONTHS.iter().find(|(short, _)| *short == core).map(|(_, n)| MONTHS[*n]);
    month.or_else(|| SHORT_DAYS.iter().find(|(short, _)| *short == core).map(|(_, day)| *day))
}

fn is_month(token: &Token) -> bool {
    month(&token.core).is_some()
}

fn month(core: &str) -> Option<&'static str> {
    let long = MONTHS.iter().find(|month| **month == core).copied();
    long.or_else(|| SHORT_MONTHS.iter().find(|(short, _)| *short == core).map(|(_, n)| MONTHS[*n]))
}

/// `Mon-Fri`, `Jan–Mar`.
pub(super) fn span(core: &str) -> Option<String> {
    let (from, to) = core.split_once(['-', '–'])?;
    let day = |short: &str| SHORT_DAYS.iter().find(|(s, _)| *s == short).map(|(_, day)| *day);
    let month = |short: &str| SHORT_MONTHS.iter().find(|(s, _)| *s == short).map(|(_, n)| MONTHS[*n]);
    let (from, to) = day(from).zip(day(to)).or_else(|| month(from).zip(month(to)))?;
    Some(format!("{from} to {to}"))
}

/// `5`, `5th`: a day of a month.
fn day_of_month(core: &str) -> Option<String> {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| core.strip_suffix(end)).unwrap_or(core);
    let day: u64 = digits.parse().ok()?;
    (digits.len() <= 2 && (1..=31).contains(&day)).then(|| ordinal(day))
}

fn is_year(core: &str) -> bool {
    core.len() == 4 && core.parse::<u64>().is_ok_and(|n| (1_100..2_100).contains(&n))
}

/// `2021-05-03`, `5/3/2021` (American: the month first), `03/2021`.
pub(super) fn numeric(core: &str) -> Option<String> {
    let mark = if core.contains('-') { '-' } else { '/' };
    let parts: Vec<&str> = core.split(mark).collect();
    let number = |part: &str| part.parse::<u64>().ok().filter(|_| part.len() <= 4);
    match parts[..] {
        [y, m, d] if y.len() == 4 => full(number(y)?, number(m)?, number(d)?),
        [m, d, y] if mark == '/' && y.len() == 4 => {
            let (m, d, y) = (number(m)?, number(d)?, number(y)?);
            if m > 12 { full(y, d, m) } else { full(y, m, d) }
        }
        [m, y] if mark == '/' && is_year(y) && m.len() == 2 => {
            let month = MONTHS.get(usize::try_from(number(m)?).ok()?.checked_sub(1)?)?;
            Some(format!("{month} {}", year(number(y)?)))
        }
        _ => None,
    }
}

fn full(y: u64, m: u64, d: u64) -> Option<String> {
    let month = MONTHS.get(usize::try_from(m).ok()?.checked_sub(1)?)?;
    ((1..=31).contains(&d) && (1_000..2_200).contains(&y)).then(|| format!("{month} {}, {}", ordinal(d), year(y)))
}

/// `1990s`, `'90s`; `80s` after `the` and the like.
pub(super) fn decade(before: Option<&Token>, core: &str) -> Option<String> {
    if let Some(rest) = core.strip_prefix("mid-") {
        return decade(None, &format!("'{rest}")).map(|said| format!("mid {said}"));
    }
    let plain = core.trim_start_matches(['\'', '’']);
    let digits = plain.strip_suffix("'s").or_else(|| plain.strip_suffix('s'))?;
    let n: u64 = digits.parse().ok().filter(|n| n % 10 == 0)?;
    let after = before.is_some_and(|before| {
        before.before.ends_with(['\'', '’']) || BEFORE_DECADES.contains(&before.core.to_lowercase().as_str())
    });
    match digits.len() {
        2 if n >= 20 && (after || plain.len() < core.len()) => Some(plural(&cardinal(n))),
        4 if n >= 1_100 => Some(plural(&year(n))),
        _ => None,
    }
}
