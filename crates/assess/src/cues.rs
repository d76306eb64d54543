//! Captions cut to a readable length, on one clock and never two at a time.

use crate::tokens::{Token, ends_sentence, tokens};
use crate::transcript::{Entry, EntrySpeaker, Transcript};

/// A cue shows at most so many characters, in two lines of half as many ...
const LONGEST_CHARACTERS: usize = 84;
const LINE_CHARACTERS: usize = 42;
/// ... and stands no longer than this, milliseconds.
const LONGEST_MS: u64 = 7000;
/// A silence of so many milliseconds inside a turn begins a new cue.
const SILENCE_MS: u64 = 1500;
/// From so many characters on a sentence's end ends the cue.
const SENTENCE_CHARACTERS: usize = 30;
/// A cue that has to make room stands at least so long, milliseconds.
const SHORTEST_MS: u64 = 400;
/// How long what was typed is shown, in milliseconds a character.
const TYPED_MS_PER_CHARACTER: u64 = 60;

/// A caption: up to two lines of text, shown from `start_ms` to `end_ms`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cue {
    pub(crate) speaker: EntrySpeaker,
    pub(crate) start_ms: u64,
    pub(crate) end_ms: u64,
    pub(crate) lines: Vec<String>,
}

/// The cues of a transcript, each beginning no earlier than the one before it ends.
pub(crate) fn cues(transcript: &Transcript) -> Vec<Cue> {
    let mut cues: Vec<Cue> = transcript.entries.iter().flat_map(entry_cues).collect();
    cues.sort_by_key(|cue| cue.start_ms);
    make_room(&mut cues);
    cues
}

fn entry_cues(entry: &Entry) -> Vec<Cue> {
    let mut shown = entry.clone();
    if entry.end_ms == entry.start_ms {
        shown.end_ms += TYPED_MS_PER_CHARACTER * entry.text.chars().count() as u64;
    }
    let mut groups: Vec<Vec<Token>> = Vec::new();
    for token in tokens(&shown) {
        match groups.last_mut().filter(|group| fits(group, &token)) {
            Some(group) => group.push(token),
            None => groups.push(vec![token]),
        }
    }
    groups.iter().filter_map(|group| cue(entry.speaker, group)).collect()
}

/// Whether the cue that `group` makes takes `next` too.
fn fits(group: &[Token], next: &Token) -> bool {
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return true };
    let characters = length(group);
    let ended = ends_sentence(&last.text) && characters >= SENTENCE_CHARACTERS;
    !ended
        && characters + 1 + next.text.chars().count() <= LONGEST_CHARACTERS
        && next.end_ms.saturating_sub(first.start_ms) <= LONGEST_MS
        && next.start_ms.saturating_sub(last.end_ms) < SILENCE_MS
}

fn length(group: &[Token]) -> usize {
    group.iter().map(|token| token.text.chars().count() + 1).sum::<usize>().saturating_sub(1)
}

fn cue(speaker: EntrySpeaker, group: &[Token]) -> Option<Cue> {
    let (start_ms, last) = (group.first()?.start_ms, group.last()?);
    let end_ms = last.end_ms.min(start_ms + LONGEST_MS).max(start_ms + 1);
    Some(Cue { speaker, start_ms, end_ms, lines: two_lines(group) })
}

/// One line when it is short, otherwise two of about the same length.
fn two_lines(group: &[Token]) -> Vec<String> {
    let total = length(group);
    let mut lines = vec![String::new()];
    for token in group {
        let filled: usize = lines[0].chars().count();
        let longer = filled + 1 + token.text.chars().count();
        let full = longer > LINE_CHARACTERS || filled >= total.div_ceil(2);
        if lines.len() == 1 && filled > 0 && total > LINE_CHARACTERS && full {
            lines.push(String::new());
        }
        let Some(line) = lines.last_mut() else { continue };
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&token.text);
    }
    lines
}

/// Where both speak at once the earlier cue ends, or the later one waits until it has been seen.
fn make_room(cues: &mut [Cue]) {
    for at in 1..cues.len() {
        let (before, rest) = cues.split_at_mut(at);
        let (Some(previous), Some(cue)) = (before.last_mut(), rest.first_mut()) else { continue };
        if cue.start_ms < previous.end_ms {
            let yielded_ms = cue.start_ms.max(previous.start_ms + SHORTEST_MS).min(previous.end_ms);
            previous.end_ms = yielded_ms;
            cue.start_ms = yielded_ms;
            cue.end_ms = cue.end_ms.max(yielded_ms + SHORTEST_MS);
        }
    }
}
