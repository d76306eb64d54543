//! Roman numerals, where what stands before says that they are numbers: `World War II`, `Henry VIII`, `Engineer III`.

use super::numbers::{cardinal, ordinal};
use super::token::Token;

/// Whoever bore a name like these and a number was the so-manieth of that name.
const RULERS: [&str; 24] = [
    "Alexander",
    "Benedict",
    "Catherine",
    "Charles",
    "Edward",
    "Elizabeth",
    "Francis",
    "Frederick",
    "George",
    "Gregory",
    "Henry",
    "Innocent",
    "James",
    "John",
    "Leo",
    "Louis",
    "Mary",
    "Nicholas",
    "Paul",
    "Philip",
    "Pius",
    "Ramses",
    "Richard",
    "William",
];
/// After these even a single letter is a number.
const COUNTED: [&str; 18] = [
    "Act", "Appendix", "Article", "Book", "Chapter", "Class", "Grade", "Level", "Part", "Phase", "Section", "Stage",
    "Step", "Tier", "Title", "Type", "Volume", "War",
];

/// `core` in words, when `before` makes a number of it.
pub(super) fn numeral(before: Option<&Token>, core: &str) -> Option<String> {
    let before = before.filter(|before| before.after.is_empty())?;
    let named = before.core.starts_with(char::is_uppercase);
    let n = value(core).filter(|_| named)?;
    let counted = COUNTED.contains(&before.core.as_str());
    if RULERS.contains(&before.core.as_str()) && core.len() > 1 {
        return Some(format!("the {}", ordinal(n)));
    }
    let is_initialism = before.core.chars().all(|c| !c.is_lowercase());
    (counted || core.len() > 1 && !is_initialism).then(|| cardinal(n))
}

/// The value of a numeral up to 39, written as it should be.
fn value(core: &str) -> Option<u64> {
    const ONES: [&str; 10] = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
    let tens = core.bytes().take_while(|b| *b == b'X').count();
    let rest = &core[tens..];
    let ones = ONES.iter().position(|one| *one == rest)?;
    let n = 10 * tens as u64 + ones as u64;
    (1..40).contains(&n).then_some(n)
}
