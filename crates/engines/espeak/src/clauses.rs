//! Where a clause ends: espeak drops punctuation from its phonemes, the voices want it.

/// A stretch of text up to a punctuation mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The words.
    pub text: String,
    /// The mark: one of `. , ; : ! ?`.
    pub end: Option<char>,
}

/// Cuts `text` at punctuation that is followed by a space or by the end (quotes and brackets may stand between); so
/// `3.5`, `10:30` and `example.com` stay whole. Dashes between words and ellipses count as commas and full stops.
pub fn clauses(text: &str) -> Vec<Clause> {
    let chars: Vec<char> = text.chars().collect();
    let mut clauses = Vec::new();
    let mut words = String::new();
    let mut i = 0;
    while i < chars.len() {
        match mark_at(&chars, i) {
            Some(mark) => {
                close(&mut clauses, &mut words, Some(mark));
                while i + 1 < chars.len() && is_closing(chars[i + 1]) {
                    i += 1;
                }
            }
            None if chars[i].is_control() => words.push(' '),
            None => words.push(chars[i]),
        }
        i += 1;
    }
    close(&mut clauses, &mut words, None);
    clauses
}

/// The mark that ends a clause at `i`, if one does.
fn mark_at(chars: &[char], i: usize) -> Option<char> {
    let next = chars[i + 1..].iter().find(|c| !is_closing(**c));
    let at_gap = next.is_none_or(|c| c.is_whitespace());
    let after_gap = i > 0 && chars[i - 1].is_whitespace();
    match chars[i] {
        mark @ ('.' | ',' | ';' | ':' | '!' | '?') if at_gap => Some(mark),
        '…' => Some('.'),
        '—' => Some(','),
        '–' | '-' if at_gap && after_gap => Some(','),
        '\n' => Some('.'),
        _ => None,
    }
}

/// What may stand between a mark and the space after it; further marks (`?!`, `...`) among them.
fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | '”' | '’' | ')' | ']' | '.' | '!' | '?')
}

fn close(clauses: &mut Vec<Clause>, words: &mut String, end: Option<char>) {
    let text = std::mem::take(words).trim().to_owned();
    if text.chars().any(char::is_alphanumeric) {
        clauses.push(Clause { text, end });
    } else if let (Some(last), Some(end)) = (clauses.last_mut(), end) {
        last.end.get_or_insert(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> String {
        let show = |clause: Clause| format!("{}{}", clause.text, clause.end.map_or(String::new(), |c| format!("|{c}")));
        clauses(text).into_iter().map(show).collect::<Vec<_>>().join(" / ")
    }

    #[test]
    fn clauses_end_at_punctuation_before_a_gap() {
        for (text, expected) in [
            ("Hello, world.", "Hello|, / world|."),
            ("It is 3.5 at 10:30, ok?", "It is 3.5 at 10:30|, / ok|?"),
            ("He said \"no.\" Then left", "He said \"no|. / Then left"),
            ("Well... really?!", "Well|. / really|?"),
            ("one — two - three, well-known", "one|, / two|, / three|, / well-known"),
            ("first line\nsecond", "first line|. / second"),
            ("... !", ""),
            ("", ""),
        ] {
            assert_eq!(cut(text), expected, "{text}");
        }
    }
}
