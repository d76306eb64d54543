//! Telephone numbers: digit by digit, with a breath between groups.

use super::numbers::digits;
use super::token::Token;

/// Groups of digits that a number is written in, after a country's code if one is given with a `+`.
const SHAPES: [&[usize]; 5] = [&[3, 3, 4], &[1, 3, 3, 4], &[3, 4], &[4, 3, 3], &[5, 6]];
/// As many words as a number may be written in.
const MOST_WORDS: usize = 6;

/// The telephone number that `tokens` begin with, and how many of them it takes: `(555) 123-4567`, `555-123-4567`,
/// `+44 20 7946 0958`.
pub(super) fn phone(tokens: &[Token]) -> Option<(String, usize)> {
    let most = tokens.iter().take(MOST_WORDS).take_while(|token| is_part(token)).count();
    (1..=most).rev().find_map(|count| Some((number(&tokens[..count])?, count)))
}

fn is_part(token: &Token) -> bool {
    let plain = |c: char| c.is_ascii_digit() || "+-.()".contains(c);
    token.core.chars().all(plain) && token.core.contains(|c: char| c.is_ascii_digit())
}

fn number(tokens: &[Token]) -> Option<String> {
    let (last, inner) = tokens.split_last()?;
    let bracketed = |token: &Token| token.before == "(" && token.after == ")";
    if inner.iter().any(|token| !token.after.is_empty() && !bracketed(token)) || bracketed(last) {
        return None;
    }
    let written: Vec<&str> = tokens.iter().map(|token| token.core.as_str()).collect();
    let written = written.join("-");
    let with_code = written.starts_with('+');
    let groups: Vec<&str> =
        written.trim_start_matches('+').split(['-', '.', '(', ')']).filter(|g| !g.is_empty()).collect();
    let count: usize = groups.iter().map(|group| group.len()).sum();
    let sizes: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let fits = if with_code { (8..=15).contains(&count) } else { is_shape(&groups, &sizes, tokens) };
    fits.then(|| {
        let plus = if with_code { "plus " } else { "" };
        format!("{plus}{}", groups.into_iter().map(digits).collect::<Vec<_>>().join(", "))
    })
}

/// Groups as they are usual without a country's code. `500-1000` is a range, and so are round numbers altogether.
fn is_shape(groups: &[&str], sizes: &[usize], tokens: &[Token]) -> bool {
    let short = sizes == [3, 4] && (tokens.len() > 1 || groups[1].ends_with("00") || groups[1].ends_with("50"));
    let spaced_pair = sizes.len() == 2 && tokens.len() > 1 && tokens[0].before.is_empty();
    let point = sizes.len() == 2 && tokens.len() == 1 && tokens[0].core.contains('.');
    SHAPES.contains(&sizes) && !short && !spaced_pair && !point
}
