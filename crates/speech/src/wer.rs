//! Word error rate: how many words a recogniser got wrong.

use std::ops::AddAssign;

/// Errors against a reference, which add up over utterances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WerCount {
    /// Words heard as others.
    pub substitutions: usize,
    /// Words heard that were not said.
    pub insertions: usize,
    /// Words said that were not heard.
    pub deletions: usize,
    /// Words said.
    pub words: usize,
}

impl WerCount {
    /// All errors.
    pub fn errors(&self) -> usize {
        self.substitutions + self.insertions + self.deletions
    }

    /// Errors for each word said; 1.0 is as many errors as words. Without words every insertion is a whole.
    pub fn rate(&self) -> f64 {
        self.errors() as f64 / self.words.max(1) as f64
    }
}

impl AddAssign for WerCount {
    fn add_assign(&mut self, other: Self) {
        self.substitutions += other.substitutions;
        self.insertions += other.insertions;
        self.deletions += other.deletions;
        self.words += other.words;
    }
}

/// Words that are written in several ways, and the one that is counted.
const SAME: &[(&str, &str)] = &[
    ("0", "zero"),
    ("1", "one"),
    ("2", "two"),
    ("3", "three"),
    ("4", "four"),
    ("5", "five"),
    ("6", "six"),
    ("7", "seven"),
    ("8", "eight"),
    ("9", "nine"),
    ("10", "ten"),
    ("11", "eleven"),
    ("12", "twelve"),
    ("20", "twenty"),
    ("30", "thirty"),
    ("40", "forty"),
    ("50", "fifty"),
    ("100", "hundred"),
    ("1000", "thousand"),
    ("mr", "mister"),
    ("mrs", "missus"),
    ("dr", "doctor"),
    ("st", "saint"),
    ("ok", "okay"),
    ("%", "percent"),
    ("&", "and"),
];

/// Lower-case words without punctuation: apostrophes inside words stay, hyphens part words, small numbers are spelled.
pub fn normalise(text: &str) -> Vec<String> {
    let lower = text.to_lowercase().replace(['’', '‘'], "'");
    let kept: String = lower.chars().map(|c| if c.is_alphanumeric() || "'%&".contains(c) { c } else { ' ' }).collect();
    let kept = kept.replace('%', " % ").replace('&', " & ");
    kept.split_whitespace()
        .map(|word| word.trim_matches('\''))
        .filter(|word| !word.is_empty())
        .map(one_spelling)
        .collect()
}

fn one_spelling(word: &str) -> String {
    SAME.iter().find(|(written, _)| *written == word).map_or(word, |(_, counted)| counted).to_owned()
}

/// Counts the fewest errors that turn `reference` into `hypothesis`, both normalised.
pub fn count(reference: &str, hypothesis: &str) -> WerCount {
    count_words(&normalise(reference), &normalise(hypothesis))
}

/// Levenshtein distance over words, with what each error was.
fn count_words(said: &[String], heard: &[String]) -> WerCount {
    let mut above: Vec<WerCount> =
        (0..=heard.len()).map(|insertions| WerCount { insertions, ..WerCount::default() }).collect();
    for (row, word) in said.iter().enumerate() {
        let mut current = vec![WerCount { deletions: row + 1, ..WerCount::default() }];
        for (column, other) in heard.iter().enumerate() {
            let best = cheapest(word == other, above[column], above[column + 1], current[column]);
            current.push(best);
        }
        above = current;
    }
    let last = above.last().copied().unwrap_or_default();
    WerCount { words: said.len(), ..last }
}

fn cheapest(same: bool, diagonal: WerCount, above: WerCount, left: WerCount) -> WerCount {
    let substituted = WerCount { substitutions: diagonal.substitutions + usize::from(!same), ..diagonal };
    let deleted = WerCount { deletions: above.deletions + 1, ..above };
    let inserted = WerCount { insertions: left.insertions + 1, ..left };
    [deleted, inserted]
        .into_iter()
        .fold(substituted, |best, next| if next.errors() < best.errors() { next } else { best })
}

/// Places in `said` and `heard` of the words that are the same in both, in order: as many as there can be
/// (the longest common subsequence).
pub fn matches(said: &[String], heard: &[String]) -> Vec<(usize, usize)> {
    // Row by row from the end: how many words can be matched from here on.
    let width = heard.len() + 1;
    let mut ahead = vec![0_u32; (said.len() + 1) * width];
    for (row, word) in said.iter().enumerate().rev() {
        for (column, other) in heard.iter().enumerate().rev() {
            let at = row * width + column;
            let skipped = ahead[at + width].max(ahead[at + 1]);
            ahead[at] = if word == other { ahead[at + width + 1] + 1 } else { skipped };
        }
    }
    let (mut row, mut column, mut pairs) = (0, 0, Vec::new());
    while row < said.len() && column < heard.len() {
        let at = row * width + column;
        if said[row] == heard[column] {
            pairs.push((row, column));
            (row, column) = (row + 1, column + 1);
        } else if ahead[at + width] >= ahead[at + 1] {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_the_same_find_each_other() {
        let words = |text: &str| normalise(text);
        assert_eq!(matches(&words("a b c d"), &words("a x c d")), [(0, 0), (2, 2), (3, 3)]);
        assert_eq!(matches(&words("a b a c"), &words("a c")), [(0, 0), (3, 1)]);
        assert_eq!(matches(&words("b c"), &words("a b b c")), [(0, 1), (1, 3)]);
        assert!(matches(&words("a b"), &words("c")).is_empty());
        assert!(matches(&[], &words("c")).is_empty());
    }

    #[test]
    fn writing_does_not_count() {
        assert_eq!(
            normalise("It's a well-known  FACT: 'ten' is 10!"),
            ["it's", "a", "well", "known", "fact", "ten", "is", "ten"]
        );
        assert_eq!(normalise("Mr. Smith’s 5% — OK?"), ["mister", "smith's", "five", "percent", "okay"]);
        assert!(normalise(" … ").is_empty());
    }

    #[test]
    fn each_kind_of_error_is_told_apart() {
        let one =
            |substitutions, insertions, deletions, words| WerCount { substitutions, insertions, deletions, words };
        assert_eq!(count("a b c", "A, b. C!"), one(0, 0, 0, 3));
        assert_eq!(count("a b c", "a x c"), one(1, 0, 0, 3));
        assert_eq!(count("a b c", "a b b c"), one(0, 1, 0, 3));
        assert_eq!(count("a b c", "a c"), one(0, 0, 1, 3));
        assert_eq!(count("a b", ""), one(0, 0, 2, 2));
        assert_eq!(count("", "a b"), one(0, 2, 0, 0));
    }

    #[test]
    fn counts_add_up() {
        let mut all = count("a b c d", "a b c");
        all += count("a b c d", "a b c x");
        assert_eq!((all.errors(), all.words), (2, 8));
        assert!((all.rate() - 0.25).abs() < 1e-12);
        assert!((count("", "a").rate() - 1.0).abs() < 1e-12);
    }
}
