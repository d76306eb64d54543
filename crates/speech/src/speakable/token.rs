//! A word and the punctuation around it.

/// What stands between two spaces.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// Opening quotes and brackets.
    pub(super) before: String,
    /// The word; empty when there is only punctuation.
    pub(super) core: String,
    /// Closing punctuation.
    pub(super) after: String,
}

impl Token {
    pub(super) fn new(text: &str) -> Self {
        let text: String = text.chars().filter(|c| !is_silent(*c)).collect();
        let rest = text.trim_start_matches(['"', '“', '‘', '(', '[', '\'']);
        let before = text[..text.len() - rest.len()].to_owned();
        let core = rest.trim_end_matches(['.', ',', ';', ':', '!', '?', '"', '”', '’', ')', ']', '\'', '…']);
        Self { before, core: core.to_owned(), after: rest[core.len()..].to_owned() }
    }

    /// The punctuation after the word when `next` follows: without the full stop of `U.S.` and `p.m.` where the
    /// sentence goes on.
    pub(super) fn closing(&self, next: Option<&Self>) -> &str {
        let is_dotted = self.core.contains('.') && self.core.split('.').all(|part| part.chars().count() == 1);
        let goes_on = next.is_some_and(|next| !next.core.starts_with(char::is_uppercase));
        match self.after.strip_prefix('.') {
            Some(rest) if is_dotted && goes_on => rest,
            _ => &self.after,
        }
    }
}

/// Marks of emphasis, emoji and their joiners.
fn is_silent(c: char) -> bool {
    matches!(c, '*' | '`' | '\u{200b}'..='\u{200d}' | '\u{fe0f}' | '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}')
        || (c.is_control() && !c.is_whitespace())
}
