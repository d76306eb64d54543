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
