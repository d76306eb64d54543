//! Capitals that are spelled.

/// Two or three capitals that are a word after all.
const CAPITAL_WORDS: [&str; 72] = [
    "A", "I", "AM", "AN", "AND", "ANY", "ARE", "AS", "AT", "BE", "BIG", "BUT", "BY", "CAN", "DID", "DO", "FOR", "GET",
    "GO", "HAD", "HAS", "HE", "HER", "HIM", "HIS", "HOW", "IF", "IN", "IS", "IT", "ITS", "MAY", "ME", "MY", "NEW",
    "NO", "NOT", "NOW", "OF", "OFF", "ON", "ONE", "OR", "OUR", "OUT", "RAM", "SHE", "SO", "THE", "TO", "TOO", "TWO",
    "UP", "US", "LAN", "WAN", "SIM", "PIN", "GIF", "SAP", "DAG", "CAD", "AID", "ACE", "WAS", "WE", "WHO", "WHY", "YES",
    "YET", "YOU", "ROM",
];
/// Longer ones with vowels that are spelled nevertheless.
const SPELLED: [&str; 19] = [
    "IEEE", "UEFI", "OECD", "UNHCR", "AAPL", "USAID", "ETCD", "IIOT", "USSR", "UCLA", "USPS", "UUID", "CCPA", "AARP",
    "USDA", "SSAE", "ISBN", "IANA", "IATA",
];
/// What stands for a department or a country unless words of this text are in capitals to be stressed.
const DOUBLE: [&str; 2] = ["IT", "US"];

/// Whether `text` stresses some of its words by capitals: `I did NOT`.
pub(super) fn has_stressed(text: &str) -> bool {
    let word = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let is_stressed = |word: &String| word.len() > 1 && !DOUBLE.contains(&word.as_str()) && is_word(word);
    text.split_whitespace().map(word).any(|word| is_stressed(&word))
}

fn is_word(capitals: &str) -> bool {
    const NEVER_STRESSED: [&str; 12] =
        ["RAM", "ROM", "LAN", "WAN", "SIM", "PIN", "GIF", "SAP", "DAG", "CAD", "AID", "ACE"];
    CAPITAL_WORDS.contains(&capitals) && !NEVER_STRESSED.contains(&capitals)
}

/// Capitals that are spelled, with or without a plural or possessive `s`: `API`, `APIs`, `CEO's`. `stressed`: some
/// words of the text are in capitals to stress them.
pub(super) fn initialism(core: &str, stressed: bool) -> Option<String> {
    let dotted = core.contains('.') && core.split('.').all(|part| part.chars().count() <= 1);
    let plain = if dotted { core.replace('.', "") } else { core.to_owned() };
    let letters = plain.trim_end_matches('s').trim_end_matches(['\'', '’']);
    let count = letters.len();
    if !(2..=6).contains(&count) || !letters.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let has_vowel = letters.contains(['A', 'E', 'I', 'O', 'U', 'Y']);
    let spelled = match count {
        2 | 3 => dotted || !CAPITAL_WORDS.contains(&letters) || (DOUBLE.contains(&letters) && !stressed),
        _ => dotted || !has_vowel || SPELLED.contains(&letters),
    };
    spelled.then(|| spell(letters) + if letters.len() < plain.len() { "'s" } else { "" })
}

/// Letter by letter.
pub(super) fn spell(letters: &str) -> String {
    letters.chars().map(letter).collect::<Vec<_>>().join(" ")
}

/// A letter by itself; `A` alone would be read as the article.
fn letter(c: char) -> String {
    match c.to_ascii_uppercase() {
        'A' => "ay".into(),
        upper => upper.into(),
    }
}
