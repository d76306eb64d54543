//! Written text as it is said: numbers, money, dates, abbreviations and addresses in words, one sentence at a time.
//!
//! [`speakable`] puts into words what a voice would stumble over; [`sentences`] cuts where a speaker draws breath.
//! American English. Written text stays what it is on screen: only what goes to the voice is rewritten.

mod addresses;
mod amounts;
mod numbers;
mod sentences;
mod terms;
#[cfg(test)]
mod tests;
mod token;

pub use sentences::sentences;
use token::Token;

/// Longer tokens are no words (hashes, keys, lines of code), and to take them apart would cost more than it helps.
const LONGEST_TOKEN: usize = 64;

/// `text` as it is said. Line breaks and punctuation stay; what has no sound (emphasis, emoji) goes.
pub fn speakable(text: &str) -> String {
    let shouted = is_shouted(text);
    let lines = text.lines().map(|line| line_as_said(line, shouted));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn line_as_said(line: &str, shouted: bool) -> String {
    let tokens: Vec<Token> = line.split_whitespace().map(Token::new).collect();
    let mut said: Vec<String> = Vec::with_capacity(tokens.len());
    let mut i = 0;
    while i < tokens.len() {
        let before = i.checked_sub(1).map(|k| &tokens[k]);
        let (words, used) = say(before, &tokens[i..], shouted);
        if !words.is_empty() {
            said.push(words);
        }
        i += used;
    }
    said.join(" ")
}

/// The words for the first of `tokens`, and how many tokens they stand for. `before` is the token before.
fn say(before: Option<&Token>, tokens: &[Token], shouted: bool) -> (String, usize) {
    let (token, next) = (&tokens[0], tokens.get(1));
    if token.core.is_empty() {
        return (format!("{}{}", token.before, token.after), 1);
    }
    if token.core.chars().nth(LONGEST_TOKEN).is_some() {
        return (format!("{}{}{}", token.before, token.core, token.after), 1);
    }
    if let Some(words) = terms::abbreviation(token, next) {
        return (words, 1);
    }
    if let Some(next) = next.filter(|_| token.after.is_empty())
        && let Some(words) = amounts::with_next(&token.core, &next.core)
    {
        return (format!("{}{words}{}", token.before, next.closing(tokens.get(2))), 2);
    }
    let is_date = before.is_some_and(|before| before.after.is_empty() && terms::is_month(&before.core));
    let words = match is_date.then(|| amounts::day_of_month(&token.core)).flatten() {
        Some(day) => day,
        None => word(&token.core, shouted),
    };
    (format!("{}{words}{}", token.before, token.closing(next)), 1)
}

/// One word without punctuation around it.
fn word(core: &str, shouted: bool) -> String {
    if let Some(known) = terms::term(core) {
        return known.to_owned();
    }
    addresses::address(core)
        .or_else(|| amounts::amount(core))
        .or_else(|| (!shouted).then(|| terms::initialism(core)).flatten())
        .or_else(|| compound(core, shouted))
        .unwrap_or_else(|| core.to_owned())
}

/// Parts that are joined by hyphens, strokes or underscores, or letters next to digits (`EC2`), each by itself.
fn compound(core: &str, shouted: bool) -> Option<String> {
    for (joint, said) in
        [("/", " "), ("_", " "), ("–", "-"), ("-", "-"), ("&", " and "), ("+", " plus "), ("=", " equals ")]
    {
        if let Some((left, right)) =
            core.split_once(joint).filter(|(left, right)| !left.is_empty() && !right.is_empty())
        {
            let (left, right) = (word(left, shouted), word(right, shouted));
            // A hyphen between plain words is theirs; next to what was put into words it is a space.
            let said = if said == "-" && !core.contains(&format!("{left}-{right}")) { " " } else { said };
            return Some(format!("{left}{said}{right}"));
        }
    }
    let border =
        core.char_indices().zip(core.chars().skip(1)).find(|((_, a), b)| a.is_ascii_digit() != b.is_ascii_digit());
    let ((at, c), _) = border.filter(|_| core.chars().any(|c| c.is_ascii_digit()))?;
    let (left, right) = core.split_at(at + c.len_utf8());
    Some(format!("{} {}", word(left, shouted), word(right, shouted)))
}

/// Whether capitals are just how the text is written, so that none of its words can be taken for an initialism.
fn is_shouted(text: &str) -> bool {
    let words: Vec<&str> =
        text.split_whitespace().filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1).collect();
    words.len() > 3 && words.iter().all(|word| !word.chars().any(char::is_lowercase))
}
