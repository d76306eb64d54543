//! Phonemes to the numbers that the network knows.

use std::collections::HashMap;

/// A voice's table.
#[derive(Debug)]
pub(crate) struct Symbols {
    ids: HashMap<char, Vec<i64>>,
    pad: Vec<i64>,
    begin: Vec<i64>,
    end: Vec<i64>,
}

impl Symbols {
    /// From a voice file's `phoneme_id_map`; keys of more than one character are not used by espeak voices.
    pub(crate) fn new(map: &HashMap<String, Vec<i64>>) -> Self {
        let mark = |mark: &str| map.get(mark).cloned().unwrap_or_default();
        let single = |key: &str| key.chars().next().filter(|c| c.len_utf8() == key.len());
        let ids = map.iter().filter_map(|(key, ids)| Some((single(key)?, ids.clone()))).collect();
        Self { ids, pad: mark("_"), begin: mark("^"), end: mark("$") }
    }

    /// Begin, then each phoneme with padding between, then end; what the voice does not know is left out.
    pub(crate) fn encode(&self, phonemes: &str) -> Vec<i64> {
        let mut ids = [&self.begin[..], &self.pad[..]].concat();
        for c in phonemes.chars() {
            match self.ids.get(&c) {
                Some(known) => ids.extend(known.iter().chain(&self.pad)),
                None => tracing::debug!(phoneme = %c, "the voice does not know a phoneme"),
            }
        }
        ids.extend(&self.end);
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_stands_between_phonemes() {
        let map = [("_", 0), ("^", 1), ("$", 2), ("a", 14), ("b", 15)].map(|(key, id)| (key.to_owned(), vec![id]));
        assert_eq!(Symbols::new(&map.into()).encode("a?b"), [1, 0, 14, 0, 15, 0, 2]);
    }
}
