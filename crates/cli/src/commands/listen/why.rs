//! Reasons, in words.

use turn::Ending;

use super::pauses::{Outcome, Pause};

/// Why a pause was, or was not, the end of the turn.
pub(super) fn pause(pause: &Pause) -> String {
    match pause.outcome {
        Outcome::Over => over(pause),
        Outcome::WentOn => went_on(pause),
        Outcome::Dropped => format!("{}.", capital(&witnesses(pause))),
    }
}

fn over(pause: &Pause) -> String {
    let needed = pause.needed_ms.map_or("By a button or at the end of the sound".to_owned(), |ms| {
        format!("{} of silence were needed", seconds(u64::from(ms)))
    });
    format!("{needed}: {}.{}", witnesses(pause), waited(pause))
}

/// Whether the words were what the decision waited for.
fn waited(pause: &Pause) -> String {
    let needed_at_ms = pause.since_ms + u64::from(pause.needed_ms.unwrap_or(0));
    match pause.words_ms {
        Some(words_ms) if pause.needed_ms.is_some() && words_ms > needed_at_ms => {
            format!(" The words were there {} after that, and were waited for.", seconds(words_ms - needed_at_ms))
        }
        _ => String::new(),
    }
}

fn went_on(pause: &Pause) -> String {
    let after = seconds(pause.until_ms - pause.since_ms);
    let due = match pause.due_ms {
        Some(due_ms) if due_ms >= pause.until_ms && pause.words_ms.is_some() => {
            format!(" (the next decision was due after {})", seconds(due_ms - pause.since_ms))
        }
        _ => String::new(),
    };
    format!("The voice came back after {after}{due}: {}.", witnesses(pause))
}

/// What sound and words said.
fn witnesses(pause: &Pause) -> String {
    format!("{}, {}", sound(pause), words(pause))
}

fn sound(pause: &Pause) -> String {
    let values: Vec<String> = pause.looks.iter().map(|look| format!("{:.2}", look.probability)).collect();
    let Some(best) = pause.looks.iter().map(|look| look.probability).max_by(f32::total_cmp) else {
        return "it was not known how it sounded".to_owned();
    };
    let how = match best {
        p if p >= 0.8 => "it sounded finished",
        p if p >= 0.5 => "it sounded more finished than not",
        p if p >= 0.15 => "it sounded more unfinished than not",
        _ => "it sounded unfinished",
    };
    format!("{how} ({})", values.join(", then "))
}

fn words(pause: &Pause) -> String {
    let quoted = if pause.tail.is_empty() { String::new() } else { format!(" (“…{}”)", pause.tail) };
    let count = match pause.words {
        1 => "1 word".to_owned(),
        count => format!("{count} words"),
    };
    match pause.ending {
        None if pause.words_ms.is_none() => "the words were not known".to_owned(),
        None => "there were no words".to_owned(),
        Some(Ending::Complete) => format!("the words end a sentence{quoted}, {count} so far"),
        Some(Ending::Open) => format!("the words leave the sentence open{quoted}, {count} so far"),
        Some(Ending::Reply) => format!("the words are a yes or a no{quoted}"),
        Some(Ending::Preamble) => format!("the words only lead up to an answer{quoted}"),
        Some(Ending::Thinking) => format!("the words ask for time{quoted}"),
        Some(Ending::Request) => format!("the words ask for something{quoted}"),
    }
}

/// A time in seconds, as short as it is clear.
pub(super) fn seconds(ms: u64) -> String {
    format!("{:.2} s", ms as f64 / 1000.0)
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
