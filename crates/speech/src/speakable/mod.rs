//! Written text as it is said: numbers, money, dates, abbreviations and addresses in words, one sentence at a time.
//!
//! [`speakable`] puts into words what a voice would stumble over, [`speakable_with`] says names as a [`Lexicon`] has
//! them; [`sentences`] cuts where a speaker draws breath. American English. Written text stays what it is on screen:
//! only what goes to the voice is rewritten. What comes out holds no digit, and every word that went in.

mod abbreviations;
mod addresses;
mod amounts;
mod dates;
mod initialisms;
mod money;
mod numbers;
mod phones;
mod roman;
mod sentences;
mod signs;
mod terms;
#[cfg(test)]
mod tests;
mod times;
mod token;
mod units;

use crate::Lexicon;
pub use sentences::sentences;
use token::Token;

/// Longer tokens are no words (hashes, keys, lines of code): only their digits are put into words, as to take them
/// apart would cost more than it helps.
const LONGEST_TOKEN: usize = 64;

/// `text` as it is said. Line breaks and punctuation stay; what has no sound (emphasis, emoji) goes.
pub fn speakable(text: &str) -> String {
    speakable_with(text, &Lexicon::default())
}

/// `text` as it is said, the words of `lexicon` as it says them.
pub fn speakable_with(text: &str, lexicon: &Lexicon) -> String {
    let text = signs::plain(text);
    let manner = Manner { lexicon, shouted: is_shouted(&text), stressed: initialisms::has_stressed(&text) };
    let lines = text.lines().map(|line| line_as_said(line, &manner));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// How a text is written, and how its names are said.
struct Manner<'a> {
    lexicon: &'a Lexicon,
    /// Capitals are just how it is written.
    shouted: bool,
    /// Some words are in capitals to stress them.
    stressed: bool,
}

fn line_as_said(line: &str, manner: &Manner) -> String {
    let tokens: Vec<Token> = line.split_whitespace().map(Token::new).collect();
    let mut said: Vec<String> = Vec::with_capacity(tokens.len());
    let mut i = 0;
    while i < tokens.len() {
        let before = i.checked_sub(1).map(|k| &tokens[k]);
        let (words, used) = say(before, &tokens[i..], manner);
        if !words.is_empty() {
            said.push(signs::without_digits(words));
        }
        i += used;
    }
    said.join(" ")
}

/// The words for the first of `tokens`, and how many tokens they stand for. `before` is the token before.
fn say(before: Option<&Token>, tokens: &[Token], manner: &Manner) -> (String, usize) {
    let (token, next) = (&tokens[0], tokens.get(1));
    if token.core.is_empty() || token.core.chars().nth(LONGEST_TOKEN).is_some() {
        return (format!("{}{}{}", token.before, token.core, token.after), 1);
    }
    if let Some((words, used)) = named(tokens, manner.lexicon) {
        return (words, used);
    }
    if let Some(words) = abbreviations::abbreviation(before, token, next) {
        return (words, 1);
    }
    let several = phones::phone(tokens)
        .or_else(|| dates::date(before, tokens))
        .or_else(|| amounts::several(tokens))
        .or_else(|| times::with_half(tokens));
    if let Some((words, used)) = several {
        let last = &tokens[used - 1];
        return (format!("{}{words}{}", token.before, last.closing(tokens.get(used))), used);
    }
    let words = roman::numeral(before, &token.core)
        .or_else(|| numbers::in_place(before, &token.core))
        .unwrap_or_else(|| word(&token.core, manner));
    (format!("{}{words}{}", token.before, token.closing(next)), 1)
}

/// A name of the lexicon, of one word or several, with the punctuation around it.
fn named(tokens: &[Token], lexicon: &Lexicon) -> Option<(String, usize)> {
    let longest = lexicon.most_words().min(tokens.len());
    (1..=longest).rev().find_map(|count| {
        let (last, inner) = tokens[..count].split_last()?;
        let joined =
            inner.iter().all(|token| token.after.is_empty()) && tokens[1..count].iter().all(|t| t.before.is_empty());
        let written: Vec<&str> = tokens[..count].iter().map(|token| token.core.as_str()).collect();
        let said = joined.then(|| lexicon.said(&written.join(" "))).flatten()?;
        Some((format!("{}{said}{}", tokens[0].before, last.after), count))
    })
}

/// One word without punctuation around it.
fn word(core: &str, manner: &Manner) -> String {
    if let Some(said) = manner.lexicon.said(core) {
        return said;
    }
    if let Some(known) = terms::term(core).or_else(|| terms::hum(core)) {
        return known.to_owned();
    }
    addresses::address(core)
        .or_else(|| amounts::amount(core))
        .or_else(|| addresses::file(core))
        .or_else(|| dates::span(core))
        .or_else(|| (!manner.shouted).then(|| initialisms::initialism(core, manner.stressed)).flatten())
        .or_else(|| formula(core, manner))
        .or_else(|| compound(core, manner))
        .unwrap_or_else(|| core.to_owned())
}

/// `O(n`, `n^2`, `main(`, `H.264`.
fn formula(core: &str, manner: &Manner) -> Option<String> {
    if let Some((front, inside)) = core.split_once('(').filter(|(front, _)| !front.is_empty()) {
        let front = word(front, manner);
        return Some(if inside.is_empty() { front } else { format!("{front} of {}", word(inside, manner)) });
    }
    if let Some((name, number)) = core.split_once('.').filter(|(name, number)| is_word(name) && is_number(number)) {
        return Some(format!("{} point {}", word(name, manner), word(number, manner)));
    }
    let (base, power) = core.split_once('^').filter(|(base, power)| !base.is_empty() && !power.is_empty())?;
    let base = word(base, manner);
    Some(match power {
        "2" => format!("{base} squared"),
        "3" => format!("{base} cubed"),
        _ => format!("{base} to the power of {}", word(power, manner)),
    })
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(char::is_alphabetic)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Parts that are joined by hyphens, strokes or underscores, or letters next to digits (`EC2`), each by itself.
fn compound(core: &str, manner: &Manner) -> Option<String> {
    const JOINTS: [(&str, &str); 11] = [
        ("!=", " is not "),
        ("->", " to "),
        ("/", " "),
        ("_", " "),
        ("–", "-"),
        ("-", "-"),
        ("&", " and "),
        ("+", " plus "),
        ("=", " equals "),
        (":", " "),
        (",", ", "),
    ];
    for (joint, said) in JOINTS {
        if let Some((left, right)) =
            core.split_once(joint).filter(|(left, right)| !left.is_empty() && !right.is_empty())
        {
            let (left, right) = (word(left, manner), word(right, manner));
            // A hyphen between plain words is theirs; next to what was put into words it is a space.
            let said = if said == "-" && !core.contains(&format!("{left}-{right}")) { " " } else { said };
            return Some(format!("{left}{said}{right}"));
        }
    }
    let border =
        core.char_indices().zip(core.chars().skip(1)).find(|((_, a), b)| a.is_ascii_digit() != b.is_ascii_digit());
    let ((at, c), _) = border.filter(|_| core.chars().any(|c| c.is_ascii_digit()))?;
    let (left, right) = core.split_at(at + c.len_utf8());
    Some(format!("{} {}", word(left, manner), word(right, manner)))
}

/// Whether capitals are just how the text is written, so that none of its words can be taken for an initialism.
fn is_shouted(text: &str) -> bool {
    let words: Vec<&str> =
        text.split_whitespace().filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1).collect();
    words.len() > 3 && words.iter().all(|word| !word.chars().any(char::is_lowercase))
}
