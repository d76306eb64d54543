//! Where a sentence ends.

/// Words whose full stop does not end a sentence when a capital or a number follows.
const TITLES: [&str; 22] = [
    "mr", "mrs", "ms", "dr", "prof", "st", "mt", "gen", "col", "sgt", "lt", "capt", "rev", "hon", "sr", "jr", "vs",
    "fig", "no", "approx", "e.g", "i.e",
];

/// Cuts `text` into sentences, each with its punctuation. A full stop ends one when a space and something that can
/// begin a sentence follow, unless it belongs to a title (`Dr. Smith`), an initial (`J. Smith`) or an abbreviation in
/// mid-sentence (`etc. and`); so `3.5` and `example.com` stay whole. A line break ends one as well.
pub fn sentences(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut sentences = Vec::new();
    let mut start = 0;
    for i in 0..chars.len() {
        if ends_sentence(&chars, i) {
            keep(&mut sentences, &chars[start..=i]);
            start = i + 1;
        }
    }
    keep(&mut sentences, &chars[start..]);
    sentences
}

fn keep(sentences: &mut Vec<String>, chars: &[char]) {
    let sentence = chars.iter().collect::<String>().trim().to_owned();
    if sentence.chars().any(char::is_alphanumeric) {
        sentences.push(sentence);
    }
}

/// Whether the sentence ends with the character at `i` (the last of its marks, quotes and brackets).
fn ends_sentence(chars: &[char], i: usize) -> bool {
    if chars[i] == '\n' {
        return true;
    }
    if chars.get(i + 1).is_none_or(|c| !c.is_whitespace()) {
        return false;
    }
    let mark = (0..=i).rev().find(|&k| !is_closing(chars[k]));
    let Some(mark) = mark else { return false };
    match chars[mark] {
        '!' | '?' | '…' => true,
        '.' => next_can_begin(chars, i + 1) && !is_abbreviation(chars, mark),
        _ => false,
    }
}

fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | '”' | '’' | ')' | ']')
}

fn next_can_begin(chars: &[char], from: usize) -> bool {
    let next = chars[from..].iter().find(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '“' | '‘' | '(' | '['));
    next.is_none_or(|c| !c.is_lowercase())
}

/// Whether the full stop at `stop` belongs to a title or an initial.
fn is_abbreviation(chars: &[char], stop: usize) -> bool {
    let begin = (0..stop).rev().find(|&k| chars[k].is_whitespace() || chars[k] == '(').map_or(0, |k| k + 1);
    let word: String = chars[begin..stop].iter().collect::<String>().to_lowercase();
    let is_initial = stop - begin == 1 && chars[begin].is_alphabetic() && chars[begin] != 'I';
    is_initial || TITLES.contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_survive_titles_numbers_and_initials() {
        for (text, expected) in [
            ("Thank you. Could you go on?", vec!["Thank you.", "Could you go on?"]),
            ("Dr. Smith's 3.5 years. Then two more!", vec!["Dr. Smith's 3.5 years.", "Then two more!"]),
            ("I met J. R. Tolkien. He wrote.", vec!["I met J. R. Tolkien.", "He wrote."]),
            (
                "Tools, e.g. Git, help. See example.com. Yes?",
                vec!["Tools, e.g. Git, help.", "See example.com.", "Yes?"],
            ),
            ("Red, green, etc. and more. End", vec!["Red, green, etc. and more.", "End"]),
            ("\"Really?\" she said. (Yes.) Fine.", vec!["\"Really?\"", "she said.", "(Yes.)", "Fine."]),
            ("So do I. We agree.", vec!["So do I.", "We agree."]),
            ("One line\nanother", vec!["One line", "another"]),
            ("Wait... What?!  Go.", vec!["Wait...", "What?!", "Go."]),
            ("At 5 p.m. we met. No.", vec!["At 5 p.m. we met.", "No."]),
            ("... \n ?", vec![]),
        ] {
            assert_eq!(sentences(text), expected, "{text}");
        }
    }
}
