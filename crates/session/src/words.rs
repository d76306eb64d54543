//! A recogniser's answer as an event.

use interview::{Intent, consent_reply, intent, is_backchannel};
use speech::{Recognition, Word};
use turn::{Ending, Said, ending};

use crate::event::Event;

/// What was recognised in a stretch that began at `from_ms` of the session's clock.
pub fn recognised(stretch: u32, from_ms: u64, recognition: Recognition) -> Event {
    let Recognition { text, words, .. } = recognition;
    let later = |word: Word| Word { start_ms: word.start_ms + from_ms, end_ms: word.end_ms + from_ms, ..word };
    let words = words.into_iter().map(later).collect();
    let (count, ending) = (text.split_whitespace().count() as u32, how_it_ends(&text));
    Event::Recognised { stretch, count, ending, listens: is_backchannel(&text), reply: None, text, words }
}

/// What the floor is told of `count` words that end so; `words` are those of which times and confidences are known.
pub fn said(count: u32, ending: Ending, words: &[Word]) -> Said {
    Said { words: count, ending, confidence: words.last().map(|word| word.confidence) }
}

/// Of what was said before consent only the meaning is taken in.
pub(crate) fn without_words(recognised: Event) -> Event {
    let Event::Recognised { stretch, count, ending, listens, text, .. } = recognised else { return recognised };
    let (reply, words) = (Some(consent_reply(&text)), Vec::new());
    Event::Recognised { stretch, count, ending, listens, reply, text: String::new(), words }
}

/// A request to us stands for itself. Whoever says "let me think" may think aloud, or answer in a moment.
fn how_it_ends(text: &str) -> Ending {
    match intent(text) {
        Some(Intent::Repeat | Intent::Rephrase | Intent::Skip | Intent::NoExample) => Ending::Request,
        Some(Intent::Moment) => Ending::Thinking,
        Some(Intent::Nothing) | None => ending(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str) -> Recognition {
        let word = Word { text: text.into(), start_ms: 10, end_ms: 500, confidence: 0.9 };
        Recognition { text: text.into(), words: vec![word], ..Recognition::default() }
    }

    #[test]
    fn words_stand_on_the_session_s_clock_and_before_consent_there_are_none() {
        let told = recognised(3, 1000, heard("Yes."));
        let Event::Recognised { words, ending, .. } = &told else { panic!("{told:?}") };
        assert_eq!((words[0].start_ms, words[0].end_ms, *ending), (1010, 1500, Ending::Reply));
        let Event::Recognised { words, text, count, reply, .. } = without_words(told) else { panic!() };
        assert!(words.is_empty() && text.is_empty());
        assert_eq!((count, reply), (1, Some(interview::ConsentReply::Granted)));
    }

    #[test]
    fn requests_are_whole_and_thinking_is_not() {
        assert_eq!(how_it_ends("Could you repeat that?"), Ending::Request);
        assert_eq!(how_it_ends("Let me think."), Ending::Thinking);
        assert_eq!(how_it_ends("We argued and"), Ending::Open);
    }
}
