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
        let rest = text.trim_start_matches(['"', '“', '‘', '(', '[', '\'', '{', '«', '¿', '¡']);
        let before = text[..text.len() - rest.len()].to_owned();
        let closing = ['.', ',', ';', ':', '!', '?', '"', '”', '’', ')', ']', '\'', '…', '}', '»'];
        let core = rest.trim_end_matches(closing);
        let mut after = &rest[core.len()..];
        if core.contains('(') {
            // the bracket that it closes is the word's own: `main()`
            after = after.strip_prefix(')').unwrap_or(after);
        }
        Self { before, core: core.to_owned(), after: after.to_owned() }
    }

    /// Whether it begins as a number does.
    pub(super) fn is_number(&self) -> bool {
        self.core.starts_with(|c: char| c.is_ascii_digit())
    }

    /// The word, where nothing stands between it and the next.
    pub(super) fn open(&self) -> Option<&str> {
        self.after.is_empty().then_some(&self.core)
    }

    /// The punctuation after the word when `next` follows: without the full stop of `U.S.` and `p.m.` where the
    /// sentence goes on, as it does before capitals alone (`p.m. EST`).
    pub(super) fn closing(&self, next: Option<&Self>) -> &str {
        let is_dotted = self.core.contains('.') && self.core.split('.').all(|part| part.chars().count() == 1);
        let is_zone = |core: &str| core.len() > 1 && core.bytes().all(|b| b.is_ascii_uppercase());
        let goes_on = next.is_some_and(|next| !next.core.starts_with(char::is_uppercase) || is_zone(&next.core));
        match self.after.strip_prefix('.') {
            Some(rest) if is_dotted && goes_on => rest,
            _ => &self.after,
        }
    }
}

/// Marks of emphasis, emoji and their joiners, bullets, and characters for private use.
fn is_silent(c: char) -> bool {
    matches!(c, '*' | '`' | '•' | '|' | '™' | '®' | '©' | '\u{200b}'..='\u{200d}' | '\u{fe0f}' | '\u{feff}')
        || matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}' | '\u{e000}'..='\u{f8ff}')
        || (c.is_control() && !c.is_whitespace())
}
