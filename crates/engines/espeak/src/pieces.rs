//! Phonemes in pieces that a network can take at once.

/// Joins `clauses` with spaces into as few pieces as hold at most `most` characters each; a clause that is longer is
/// cut between words, a word that is longer is cut anywhere.
pub fn pieces(clauses: &[String], most: usize) -> Vec<String> {
    let most = most.max(1);
    let mut pieces: Vec<String> = Vec::new();
    for part in clauses.iter().flat_map(|clause| cut(clause, most)) {
        match pieces.last_mut() {
            Some(last) if last.chars().count() + 1 + part.chars().count() <= most => {
                last.push(' ');
                last.push_str(&part);
            }
            _ => pieces.push(part),
        }
    }
    pieces
}

fn cut(clause: &str, most: usize) -> Vec<String> {
    if clause.chars().count() <= most {
        return vec![clause.to_owned()];
    }
    let chars = |word: &str| word.chars().collect::<Vec<_>>();
    clause
        .split_whitespace()
        .flat_map(|word| chars(word).chunks(most).map(String::from_iter).collect::<Vec<_>>())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn pieces_are_full_but_never_too_long() {
        let clauses = ["aa bb,", "cc.", "dddddddddddd ee"].map(String::from);
        assert_eq!(pieces(&clauses, 100), ["aa bb, cc. dddddddddddd ee"]);
        assert_eq!(pieces(&clauses, 10), ["aa bb, cc.", "dddddddddd", "dd ee"]);
        assert!(pieces(&[], 10).is_empty());
    }
}
