//! Signs that are written for others, and digits that no rule took.

use super::numbers::digits;

/// `text` with typographic signs as the plain ones that the rules know: `½` as `1/2`, `²` as `^2`, `×` as `x`.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '½' => fraction(&mut plain, "1/2"),
            '¼' => fraction(&mut plain, "1/4"),
            '¾' => fraction(&mut plain, "3/4"),
            '⅓' => fraction(&mut plain, "1/3"),
            '⅔' => fraction(&mut plain, "2/3"),
            '⅛' => fraction(&mut plain, "1/8"),
            '²' => plain.push_str("^2"),
            '³' => plain.push_str("^3"),
            '×' => plain.push('x'),
            '−' | '‑' | '‐' => plain.push('-'),
            '→' => plain.push_str("->"),
            '＄' => plain.push('$'),
            '％' => plain.push('%'),
            _ => match digit(c) {
                Some(value) => plain.extend(char::from_digit(value, 10)),
                None => plain.push(c),
            },
        }
    }
    plain
}

/// A fraction right after a number is a word of its own: `2½`.
fn fraction(plain: &mut String, written: &str) {
    if plain.ends_with(|c: char| c.is_ascii_digit()) {
        plain.push(' ');
    }
    plain.push_str(written);
}

/// The value of a decimal digit that is not ASCII: other scripts' and full-width ones, superscripts and subscripts.
fn digit(c: char) -> Option<u32> {
    /// Each script's zero; its nine others follow.
    const ZEROS: [char; 16] = [
        '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}', '\u{c66}',
        '\u{ce6}', '\u{d66}', '\u{e50}', '\u{ed0}', '\u{2080}', '\u{ff10}',
    ];
    match c {
        '\u{b9}' => Some(1),
        '\u{2070}' | '\u{2074}'..='\u{2079}' => Some(u32::from(c) - 0x2070),
        _ => ZEROS.iter().find_map(|zero| u32::from(c).checked_sub(u32::from(*zero)).filter(|value| *value < 10)),
    }
}

/// `words` with whatever digits are left said one by one.
pub(super) fn without_digits(words: String) -> String {
    if !words.bytes().any(|b| b.is_ascii_digit()) {
        return words;
    }
    let mut said = String::with_capacity(2 * words.len());
    let mut rest = words.as_str();
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let end = rest[start..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |length| start + length);
        gap(&mut said, &rest[..start]);
        gap(&mut said, &digits(&rest[start..end]));
        rest = &rest[end..];
    }
    gap(&mut said, rest);
    said
}

/// Adds `part`, after a space where a letter would else touch a letter.
fn gap(said: &mut String, part: &str) {
    if said.ends_with(char::is_alphanumeric) && part.starts_with(char::is_alphanumeric) {
        said.push(' ');
    }
    said.push_str(part);
}
