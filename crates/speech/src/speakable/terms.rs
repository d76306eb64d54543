//! Abbreviations, technical terms, and capitals that are spelled.

use super::token::Token;

/// With a full stop behind; `true` where the stop may be the sentence's own as well.
const ABBREVIATIONS: [(&str, &str, bool); 24] = [
    ("mr", "Mister", false),
    ("mrs", "Missus", false),
    ("ms", "Miz", false),
    ("dr", "Doctor", false),
    ("prof", "Professor", false),
    ("st", "Saint", false),
    ("mt", "Mount", false),
    ("gen", "General", false),
    ("jr", "Junior", true),
    ("sr", "Senior", true),
    ("e.g", "for example", false),
    ("i.e", "that is", false),
    ("etc", "et cetera", true),
    ("vs", "versus", false),
    ("approx", "approximately", false),
    ("dept", "department", true),
    ("inc", "incorporated", true),
    ("ltd", "limited", true),
    ("co", "company", true),
    ("corp", "corporation", true),
    ("fig", "figure", false),
    ("est", "established", false),
    ("a.m", "ay M", true),
    ("p.m", "P M", true),
];
/// Exactly as written.
const TERMS: [(&str, &str); 58] = [
    ("C++", "C plus plus"),
    ("c++", "C plus plus"),
    ("C#", "C sharp"),
    ("F#", "F sharp"),
    (".NET", "dot net"),
    ("ASP.NET", "ay S P dot net"),
    ("MySQL", "my S Q L"),
    ("PostgreSQL", "post-gress"),
    ("Postgres", "post-gress"),
    ("SQLite", "S Q light"),
    ("NoSQL", "no S Q L"),
    ("k8s", "kubernetes"),
    ("K8s", "kubernetes"),
    ("K8S", "kubernetes"),
    ("i18n", "internationalization"),
    ("a11y", "accessibility"),
    ("OAuth", "oh auth"),
    ("OAuth2", "oh auth two"),
    ("CI/CD", "C I, C D"),
    ("TCP/IP", "T C P, I P"),
    ("I/O", "I O"),
    ("iOS", "I O S"),
    ("macOS", "mac O S"),
    ("GitHub", "git hub"),
    ("GitLab", "git lab"),
    ("DevOps", "dev ops"),
    ("MLOps", "M L ops"),
    ("GraphQL", "graph Q L"),
    ("JSON", "jason"),
    ("YAML", "yammel"),
    ("GUI", "gooey"),
    ("NGINX", "engine X"),
    ("nginx", "engine X"),
    ("Node.js", "node J S"),
    ("React.js", "react J S"),
    ("Vue.js", "view J S"),
    ("Next.js", "next J S"),
    ("SaaS", "sass"),
    ("PaaS", "pass"),
    ("PhD", "P H D"),
    ("LaTeX", "lay tech"),
    ("Redis", "reddiss"),
    ("async", "ay-sink"),
    ("401k", "four oh one K"),
    ("401(k", "four oh one K"),
    ("B2B", "B to B"),
    ("B2C", "B to C"),
    ("P2P", "P to P"),
    ("24/7", "twenty four seven"),
    ("9/11", "nine eleven"),
    ("50/50", "fifty fifty"),
    ("and/or", "and or"),
    ("w/", "with"),
    ("w/o", "without"),
    ("OK", "okay"),
    ("Ok", "okay"),
    ("he/she", "he or she"),
    ("LLMs", "L L M's"),
];
/// Signs that stand alone.
const SIGNS: [(&str, &str); 8] = [
    ("&", "and"),
    ("+", "plus"),
    ("=", "equals"),
    ("%", "percent"),
    ("@", "at"),
    ("-", ","),
    ("–", ","),
    ("~", "about"),
];
/// Two or three capitals that are a word after all.
const CAPITAL_WORDS: [&str; 62] = [
    "A", "I", "AM", "AN", "AND", "ANY", "ARE", "AS", "AT", "BE", "BIG", "BUT", "BY", "CAN", "DID", "DO", "FOR", "GET",
    "GO", "HAD", "HAS", "HE", "HER", "HIM", "HIS", "HOW", "IF", "IN", "IS", "IT", "ITS", "MAY", "ME", "MY", "NEW",
    "NO", "NOT", "NOW", "OF", "OFF", "ON", "ONE", "OR", "OUR", "OUT", "RAM", "SHE", "SO", "THE", "TO", "TOO", "TWO",
    "UP", "US", "WAS", "WE", "WHO", "WHY", "YES", "YET", "YOU", "ROM",
];
/// Longer ones with vowels that are spelled nevertheless.
const SPELLED: [&str; 10] = ["IEEE", "UEFI", "ASAP", "OECD", "UNHCR", "AAPL", "USAID", "EBITDA", "ETCD", "IIOT"];
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

/// A term, or a sign that stands alone.
pub(super) fn term(core: &str) -> Option<&'static str> {
    TERMS.iter().chain(&SIGNS).find(|(term, _)| *term == core).map(|(_, said)| *said)
}

pub(super) fn is_month(core: &str) -> bool {
    MONTHS.contains(&core)
}

/// `am` and `pm` in any writing.
pub(super) fn half_of_day(core: &str) -> Option<&'static str> {
    match core.to_lowercase().replace('.', "").as_str() {
        "am" => Some("ay M"),
        "pm" => Some("P M"),
        _ => None,
    }
}

/// An abbreviation that ends with a full stop. The stop stays when the sentence ends there.
pub(super) fn abbreviation(token: &Token, next: Option<&Token>) -> Option<String> {
    let after = token.after.strip_prefix('.')?;
    let lower = token.core.to_lowercase();
    if lower == "no" {
        let counted = next.is_some_and(|next| next.core.starts_with(|c: char| c.is_ascii_digit()));
        return counted.then(|| format!("{}number{after}", token.before));
    }
    let (_, said, may_end) = ABBREVIATIONS.iter().find(|(short, ..)| *short == lower)?;
    let begins = |next: &Token| next.core.starts_with(char::is_uppercase);
    let is_end = after.is_empty() && next.is_none_or(|next| *may_end && begins(next));
    // `Co` and `St` are words of their own at a sentence's end.
    if is_end && !*may_end {
        return None;
    }
    Some(format!("{}{said}{}{after}", token.before, if is_end { "." } else { "" }))
}

/// Capitals that are spelled, with or without a plural or possessive `s`: `API`, `APIs`, `CEO's`.
pub(super) fn initialism(core: &str) -> Option<String> {
    let dotted = core.contains('.') && core.split('.').all(|part| part.chars().count() <= 1);
    let plain = if dotted { core.replace('.', "") } else { core.to_owned() };
    let letters = plain.trim_end_matches('s').trim_end_matches(['\'', '’']);
    let count = letters.len();
    if !(2..=6).contains(&count) || !letters.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let has_vowel = letters.contains(['A', 'E', 'I', 'O', 'U', 'Y']);
    let spelled = match count {
        2 | 3 => dotted || !CAPITAL_WORDS.contains(&letters),
        _ => dotted || !has_vowel || SPELLED.contains(&letters),
    };
    let names: Vec<String> = letters.chars().map(letter).collect();
    spelled.then(|| names.join(" ") + if letters.len() < plain.len() { "'s" } else { "" })
}

/// A letter by itself; `A` alone would be read as the article.
fn letter(c: char) -> String {
    if c == 'A' { "ay".into() } else { c.into() }
}
