//! Words as they are compared: lower case, no punctuation, contractions written out the same way everywhere.

/// The words of `text`, lower case, apostrophes dropped ("don't" is `dont`), other punctuation as space.
pub(crate) fn words(text: &str) -> Vec<String> {
    let plain: String = text
        .chars()
        .filter(|c| !matches!(c, '\'' | '’'))
        .map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' })
        .collect();
    plain.split_whitespace().map(str::to_owned).collect()
}

/// Whether `text` has more than `most` words, told by its spaces alone: what is long need not be taken apart.
pub(crate) fn has_more_words_than(text: &str, most: usize) -> bool {
    text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).nth(most).is_some()
}

/// Whether `words` hold `phrase` (already plain, words separated by one space) as whole words in a row.
pub(crate) fn contains(words: &[String], phrase: &str) -> bool {
    (0..words.len()).any(|from| begin_with(&words[from..], phrase))
}

/// Hundreds of phrases are looked for at each pause, so nothing is allocated for one.
fn begin_with(words: &[String], phrase: &str) -> bool {
    let mut words = words.iter();
    phrase.split(' ').all(|expected| words.next().is_some_and(|word| word == expected))
}

/// Whether `words` hold any of `phrases`.
pub(crate) fn contains_any(words: &[String], phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| contains(words, phrase))
}

/// `words` without every occurrence of `phrases`.
pub(crate) fn without(words: &[String], phrases: &[&str]) -> Vec<String> {
    let text =
        phrases.iter().fold(format!(" {} ", words.join(" ")), |text, phrase| text.replace(&format!(" {phrase} "), " "));
    text.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_whole_words_in_a_row() {
        let said = words("Well, I can't say - it's in-between.");
        assert!(["cant say", "its in between", "well", "between"].iter().all(|phrase| contains(&said, phrase)));
        assert!(["can", "say in", "between it", "i say"].iter().all(|phrase| !contains(&said, phrase)));
        assert!(!contains(&[], "well"));
    }

    #[test]
    fn spaces_never_tell_of_more_words_than_there_are() {
        for text in ["", "Mm-hm.", "- - ' ... -", "Yes - no, it's \"all\" right.", "one  two\nthree"] {
            let count = words(text).len();
            assert!(!has_more_words_than(text, count), "{text}");
        }
        assert!(has_more_words_than("one  two\nthree", 2));
    }
}
