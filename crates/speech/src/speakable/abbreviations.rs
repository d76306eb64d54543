//! Abbreviations that end with a full stop.

use super::dates;
use super::token::Token;

/// Written, said; `true` where the stop may be the sentence's own as well.
const ABBREVIATIONS: [(&str, &str, bool); 73] = [
    ("mr", "Mister", false),
    ("mrs", "Missus", false),
    ("ms", "Miz", false),
    ("dr", "Doctor", false),
    ("prof", "Professor", false),
    ("st", "Saint", false),
    ("mt", "Mount", false),
    ("gen", "General", false),
    ("capt", "Captain", false),
    ("lt", "Lieutenant", false),
    ("col", "Colonel", false),
    ("sgt", "Sergeant", false),
    ("rev", "Reverend", false),
    ("gov", "Governor", false),
    ("sen", "Senator", false),
    ("jr", "Junior", true),
    ("sr", "Senior", true),
    ("esq", "Esquire", true),
    ("ph.d", "P H D", true),
    ("m.d", "M D", true),
    ("b.a", "B ay", true),
    ("b.s", "B S", true),
    ("b.sc", "B S C", true),
    ("m.a", "M ay", true),
    ("m.s", "M S", true),
    ("m.sc", "M S C", true),
    ("e.g", "for example", false),
    ("i.e", "that is", false),
    ("a.k.a", "also known as", false),
    ("etc", "et cetera", true),
    ("cf", "compare", false),
    ("vs", "versus", false),
    ("approx", "approximately", false),
    ("ca", "about", false),
    ("incl", "including", false),
    ("excl", "excluding", false),
    ("resp", "respectively", true),
    ("avg", "average", false),
    ("max", "maximum", true),
    ("misc", "miscellaneous", false),
    ("ext", "extension", false),
    ("tel", "telephone", false),
    ("dept", "department", true),
    ("mgmt", "management", true),
    ("mgr", "manager", true),
    ("asst", "assistant", false),
    ("assoc", "associate", false),
    ("univ", "university", true),
    ("govt", "government", true),
    ("intl", "international", false),
    ("inc", "incorporated", true),
    ("ltd", "limited", true),
    ("co", "company", true),
    ("corp", "corporation", true),
    ("bros", "brothers", true),
    ("fig", "figure", false),
    ("vol", "volume", false),
    ("ch", "chapter", false),
    ("pp", "pages", false),
    ("est", "established", false),
    ("ave", "Avenue", true),
    ("blvd", "Boulevard", true),
    ("rd", "Road", true),
    ("apt", "Apartment", false),
    ("hwy", "Highway", false),
    ("yrs", "years", true),
    ("hrs", "hours", true),
    ("mins", "minutes", true),
    ("secs", "seconds", true),
    ("a.m", "ay M", true),
    ("p.m", "P M", true),
    ("u.s", "U S", true),
    ("u.k", "U K", true),
];
/// Of the above, those that are words of their own and count only next to a number.
const BESIDE_NUMBERS: [&str; 5] = ["ch", "fig", "max", "pp", "vol"];
/// After a name, at the end of an address: the street, not the saint or the doctor.
const STREETS: [(&str, &str); 2] = [("st", "Street"), ("dr", "Drive")];

/// The words for `token`, if it is abbreviated. The stop stays when the sentence ends there.
pub(super) fn abbreviation(before: Option<&Token>, token: &Token, next: Option<&Token>) -> Option<String> {
    let after = token.after.strip_prefix('.')?;
    let lower = token.core.to_lowercase();
    if lower == "no" || lower == "nos" {
        let number = if lower == "no" { "number" } else { "numbers" };
        return next.filter(|next| next.is_number()).map(|_| format!("{}{number}{after}", token.before));
    }
    let begins = |next: &Token| next.core.starts_with(char::is_uppercase);
    if let Some((_, street)) = STREETS.iter().find(|(short, _)| *short == lower)
        && before.is_some_and(|before| before.after.is_empty() && begins(before))
        && !next.is_some_and(|next| after.is_empty() && begins(next))
    {
        let stop = if next.is_none() && after.is_empty() { "." } else { "" };
        return Some(format!("{}{street}{stop}{after}", token.before));
    }
    let dated = dates::short(&token.core).filter(|_| next.is_some()).map(|full| (full, true));
    let known = ABBREVIATIONS.iter().find(|(short, ..)| *short == lower).map(|(_, said, may_end)| (*said, *may_end));
    let (said, may_end) = dated.or(known)?;
    let needs_number = BESIDE_NUMBERS.contains(&lower.as_str()) && !next.is_some_and(Token::is_number);
    // `EST.` is a time zone, `MS.` a degree.
    let is_initialism = token.core.chars().all(char::is_uppercase);
    if needs_number || is_initialism {
        return None;
    }
    let is_end = after.is_empty() && next.is_none_or(|next| may_end && begins(next) && !carries_on(&lower));
    // `Co` and `St` are words of their own at a sentence's end.
    if is_end && !may_end {
        return None;
    }
    Some(format!("{}{said}{}{after}", token.before, if is_end { "." } else { "" }))
}

/// `U.S. Army` is no end of a sentence.
fn carries_on(lower: &str) -> bool {
    ["u.s", "u.k"].contains(&lower)
}
