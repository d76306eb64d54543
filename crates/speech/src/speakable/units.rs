//! Units of measurement, sizes (`500k`), and rates (`10 MB/s`).

use super::numbers::{cardinal, number};

/// Sizes that stand right behind a number.
pub(super) const SIZES: [(&str, &str); 11] = [
    ("bn", "billion"),
    ("tn", "trillion"),
    ("mn", "million"),
    ("MM", "million"),
    ("mm", "million"),
    ("k", "thousand"),
    ("K", "thousand"),
    ("M", "million"),
    ("m", "million"),
    ("B", "billion"),
    ("T", "trillion"),
];
/// Written, one, many.
const UNITS: [(&str, &str, &str); 74] = [
    ("%", "percent", "percent"),
    ("pct", "percent", "percent"),
    ("ns", "nanosecond", "nanoseconds"),
    ("µs", "microsecond", "microseconds"),
    ("μs", "microsecond", "microseconds"),
    ("us", "microsecond", "microseconds"),
    ("ms", "millisecond", "milliseconds"),
    ("s", "second", "seconds"),
    ("sec", "second", "seconds"),
    ("secs", "second", "seconds"),
    ("min", "minute", "minutes"),
    ("mins", "minute", "minutes"),
    ("h", "hour", "hours"),
    ("hr", "hour", "hours"),
    ("hrs", "hour", "hours"),
    ("d", "day", "days"),
    ("wk", "week", "weeks"),
    ("wks", "week", "weeks"),
    ("mo", "month", "months"),
    ("mos", "month", "months"),
    ("yr", "year", "years"),
    ("yrs", "year", "years"),
    ("Hz", "hertz", "hertz"),
    ("kHz", "kilohertz", "kilohertz"),
    ("MHz", "megahertz", "megahertz"),
    ("GHz", "gigahertz", "gigahertz"),
    ("KB", "kilobyte", "kilobytes"),
    ("kB", "kilobyte", "kilobytes"),
    ("MB", "megabyte", "megabytes"),
    ("GB", "gigabyte", "gigabytes"),
    ("TB", "terabyte", "terabytes"),
    ("PB", "petabyte", "petabytes"),
    ("MiB", "mebibyte", "mebibytes"),
    ("GiB", "gibibyte", "gibibytes"),
    ("kbps", "kilobit per second", "kilobits per second"),
    ("Mbps", "megabit per second", "megabits per second"),
    ("Gbps", "gigabit per second", "gigabits per second"),
    ("rps", "request per second", "requests per second"),
    ("qps", "query per second", "queries per second"),
    ("QPS", "query per second", "queries per second"),
    ("fps", "frame per second", "frames per second"),
    ("rpm", "revolution per minute", "revolutions per minute"),
    ("mph", "mile per hour", "miles per hour"),
    ("kph", "kilometer per hour", "kilometers per hour"),
    ("km", "kilometer", "kilometers"),
    ("cm", "centimeter", "centimeters"),
    ("mm", "millimeter", "millimeters"),
    ("ft", "foot", "feet"),
    ("mi", "mile", "miles"),
    ("yd", "yard", "yards"),
    ("sqft", "square foot", "square feet"),
    ("km^2", "square kilometer", "square kilometers"),
    ("m^2", "square meter", "square meters"),
    ("kg", "kilogram", "kilograms"),
    ("g", "gram", "grams"),
    ("mg", "milligram", "milligrams"),
    ("lb", "pound", "pounds"),
    ("lbs", "pound", "pounds"),
    ("oz", "ounce", "ounces"),
    ("ml", "milliliter", "milliliters"),
    ("mL", "milliliter", "milliliters"),
    ("L", "liter", "liters"),
    ("kW", "kilowatt", "kilowatts"),
    ("MW", "megawatt", "megawatts"),
    ("kWh", "kilowatt hour", "kilowatt hours"),
    ("V", "volt", "volts"),
    ("W", "watt", "watts"),
    ("dB", "decibel", "decibels"),
    ("px", "pixel", "pixels"),
    ("°C", "degree Celsius", "degrees Celsius"),
    ("°F", "degree Fahrenheit", "degrees Fahrenheit"),
    ("°", "degree", "degrees"),
    ("x", "times", "times"),
    ("+", "plus", "plus"),
];
/// What a rate may be taken over, behind a stroke.
const OVER: [(&str, &str); 27] = [
    ("s", "second"),
    ("sec", "second"),
    ("second", "second"),
    ("min", "minute"),
    ("minute", "minute"),
    ("h", "hour"),
    ("hr", "hour"),
    ("hour", "hour"),
    ("d", "day"),
    ("day", "day"),
    ("wk", "week"),
    ("week", "week"),
    ("mo", "month"),
    ("month", "month"),
    ("quarter", "quarter"),
    ("yr", "year"),
    ("year", "year"),
    ("person", "person"),
    ("user", "user"),
    ("seat", "seat"),
    ("head", "head"),
    ("team", "team"),
    ("request", "request"),
    ("unit", "unit"),
    ("night", "night"),
    ("kg", "kilogram"),
    ("GB", "gigabyte"),
];

/// A number that is never a year.
pub(super) fn plain_number(text: &str) -> Option<String> {
    match text.parse::<u64>() {
        Ok(n) if text.bytes().all(|b| b.is_ascii_digit()) && (!text.starts_with('0') || n == 0) => Some(cardinal(n)),
        _ => number(text),
    }
}

/// `16GB`, `10x`, `1M+`.
pub(super) fn with_unit(core: &str) -> Option<String> {
    let units = UNITS.iter().filter(|(unit, ..)| core.ends_with(unit));
    let (unit, one, many) = units.max_by_key(|(unit, ..)| unit.len())?;
    let digits = &core[..core.len() - unit.len()];
    let amount = plain_number(digits).or_else(|| scaled(digits).filter(|_| *unit == "+"))?;
    Some(format!("{amount} {}", if digits == "1" { one } else { many }))
}

/// `500k`, `2M`.
pub(super) fn scaled(core: &str) -> Option<String> {
    let (suffix, size) = SIZES.iter().find(|(suffix, _)| core.ends_with(suffix))?;
    Some(format!("{} {size}", plain_number(&core[..core.len() - suffix.len()])?))
}

/// The unit that is the word `next` after `amount`, alone or as a rate: `10 ms`, `99 %`, `10 MB/s`.
pub(super) fn spaced(amount: &str, next: &str) -> Option<&'static str> {
    let (_, one, many) =
        UNITS.iter().find(|(unit, ..)| *unit == next && (next.len() > 1 || next == "%" || next == "°"))?;
    let is_word = ["us", "mo", "mi"].contains(&next);
    (!is_word).then_some(if amount == "1" { one } else { many })
}

/// What `core` is taken over: the part before the last stroke, and `per hour`.
pub(super) fn rate(core: &str) -> Option<(&str, String)> {
    let (front, over) = core.rsplit_once('/')?;
    let (_, over) = OVER.iter().find(|(written, _)| *written == over)?;
    Some((front, format!("per {over}")))
}

/// The same for a unit by itself: `MB/s` after `10`.
pub(super) fn unit(amount: &str, written: &str) -> Option<String> {
    match rate(written) {
        Some((front, per)) => {
            Some(format!("{} {per}", spaced(amount, front).map_or_else(|| plain_word(front), |u| Some(u.to_owned()))?))
        }
        None => spaced(amount, written).map(str::to_owned),
    }
}

/// A word that can be counted: `req` in `50 req/s` stands for itself.
fn plain_word(word: &str) -> Option<String> {
    let word = if word == "req" { "requests" } else { word };
    word.chars().all(char::is_alphabetic).then(|| word.to_owned()).filter(|word| !word.is_empty())
}
