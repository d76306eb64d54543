//! Money.

use super::numbers::cardinal;
use super::units::{SIZES, plain_number};

/// A currency: what it is written as (before or after the number), one, many, and a hundredth, one and many.
struct Currency(&'static [&'static str], &'static str, &'static str, &'static str, &'static str);

const CURRENCIES: [Currency; 8] = [
    Currency(&["US$", "$", "USD"], "dollar", "dollars", "cent", "cents"),
    Currency(&["€", "EUR"], "euro", "euros", "cent", "cents"),
    Currency(&["£", "GBP"], "pound", "pounds", "penny", "pence"),
    Currency(&["C$", "CA$", "CAD"], "Canadian dollar", "Canadian dollars", "cent", "cents"),
    Currency(&["A$", "AU$", "AUD"], "Australian dollar", "Australian dollars", "cent", "cents"),
    Currency(&["¥", "JPY"], "yen", "yen", "sen", "sen"),
    Currency(&["₹", "INR"], "rupee", "rupees", "paisa", "paise"),
    Currency(&["CHF"], "franc", "francs", "centime", "centimes"),
];

/// `$5`, `-€1,200.50`, `$80-100k`, `5€`, `99¢`; with a size, which may be the next word (`$2.5 million`).
pub(super) fn money(core: &str, size: Option<&str>) -> Option<String> {
    if let Some(rest) = core.strip_prefix(['-', '−']).filter(|rest| !rest.starts_with(|c: char| c.is_ascii_digit())) {
        return money(rest, size).map(|said| format!("minus {said}"));
    }
    if let Some(rest) = core.strip_suffix('+') {
        return money(rest, size).map(|said| format!("{said} plus"));
    }
    if let Some(cents) = core.strip_suffix('¢') {
        return Some(format!("{} {}", plain_number(cents)?, if cents == "1" { "cent" } else { "cents" }));
    }
    let (currency, sign, digits) = sign(core)?;
    amount(currency, sign, digits, size)
}

/// `500 USD`: the currency is the next word.
pub(super) fn coded(digits: &str, code: &str) -> Option<String> {
    let currency = CURRENCIES.iter().find(|currency| currency.0.contains(&code) && code.len() == 3)?;
    amount(currency, code, digits, None)
}

/// `USD 500`: the currency is the word before.
pub(super) fn coded_before(code: &str, digits: &str) -> Option<String> {
    digits.starts_with(|c: char| c.is_ascii_digit()).then(|| coded(digits, code)).flatten()
}

/// The currency of `core`, its sign and what is left.
fn sign(core: &str) -> Option<(&'static Currency, &'static str, &str)> {
    let signs = CURRENCIES.iter().flat_map(|currency| currency.0.iter().map(move |sign| (currency, *sign)));
    let before = signs.clone().find_map(|(currency, sign)| Some((currency, sign, core.strip_prefix(sign)?)));
    before.or_else(|| {
        let numeric = |rest: &&str| rest.starts_with(|c: char| c.is_ascii_digit());
        signs.into_iter().find_map(|(currency, sign)| Some((currency, sign, core.strip_suffix(sign).filter(numeric)?)))
    })
}

fn amount(currency: &Currency, sign: &str, digits: &str, size: Option<&str>) -> Option<String> {
    let Currency(_, one, many, cent, cents) = *currency;
    let (digits, size) = match SIZES.iter().find(|(suffix, _)| digits.ends_with(suffix)) {
        Some((suffix, size)) => (&digits[..digits.len() - suffix.len()], Some(*size)),
        None => (digits, size),
    };
    if let Some((low, high)) = digits.split_once(['-', '–']) {
        // `$80k-$100k` names the size twice
        let low = SIZES.iter().find_map(|(suffix, _)| low.strip_suffix(suffix)).unwrap_or(low);
        let high = amount(currency, sign, high.trim_start_matches(sign), size)?;
        return Some(format!("{} to {high}", plain_number(low)?));
    }
    if let Some(size) = size {
        return Some(format!("{} {size} {many}", plain_number(digits)?));
    }
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let units = |whole: &str| Some(format!("{} {}", plain_number(whole)?, if whole == "1" { one } else { many }));
    let hundredths = |n: u64| format!("{} {}", cardinal(n), if n == 1 { cent } else { cents });
    match (part.len(), part.parse::<u64>().ok()) {
        (0, _) | (2, Some(0)) => units(whole),
        (2, Some(n)) if whole.is_empty() || whole == "0" => Some(hundredths(n)),
        (2, Some(n)) => Some(format!("{} and {}", units(whole)?, hundredths(n))),
        _ => Some(format!("{} {many}", plain_number(digits)?)),
    }
}
