//! What was known at each pause, and how it ended: what numbers of turn-taking are fitted to.

use session::Event;
use turn::{Ending, Profile};

use crate::script::{Conversation, Turn};
use crate::sound::FRAME_MS;
use crate::stage::Played;

/// Waits longer than any pause, so that everything is known of each.
pub const ENDLESS: Profile = Profile {
    sure_ms: 5000,
    finished_ms: 5000,
    likely_ms: 5000,
    doubtful_ms: 5000,
    long_account_ms: 5000,
    open_ms: 5000,
    first_clause_ms: 5000,
    quick_ms: 5000,
    ..Profile::INTERVIEW
};

/// The table's first line. `length_ms` is -1 at a true end; `sound` is how the pause sounded, `words` are those of the turn
/// so far, `confidence` is that of the last one.
pub const HEAD: &str =
    "conversation\tturn\tsince_ms\tlength_ms\tplace\tsound\tending\tconfidence\twords\tspoken_ms\ttext\n";

/// A pause as it was heard.
#[derive(Clone, Debug)]
struct Heard {
    since_ms: u64,
    until_ms: Option<u64>,
    pause: u32,
    stretch: u32,
    settled: bool,
    sound: Option<f32>,
    words: u32,
    confidence: Option<f32>,
    ending: Option<Ending>,
    text: String,
}

/// The table's lines for a conversation.
pub fn rows(conversation: &Conversation, played: &Played) -> Vec<String> {
    let heard = heard(played);
    let mut rows = Vec::new();
    for (index, (turn, began_ms)) in conversation.turns.iter().zip(&played.began_ms).enumerate() {
        let (from_ms, to_ms) = (began_ms + turn.voice.from_ms, began_ms + turn.voice.to_ms);
        let of_turn = heard.iter().filter(|heard| (from_ms..=to_ms + 400).contains(&heard.since_ms));
        let mut settled_words = 0;
        for heard in of_turn {
            rows.push(row(conversation, index, turn, *began_ms, heard, settled_words));
            settled_words += if heard.settled { heard.words } else { 0 };
        }
    }
    rows
}

fn row(
    conversation: &Conversation,
    index: usize,
    turn: &Turn,
    began_ms: u64,
    heard: &Heard,
    settled_words: u32,
) -> String {
    let since_ms = heard.since_ms - began_ms;
    let inside = heard.until_ms.filter(|until_ms| *until_ms < began_ms + turn.voice.to_ms);
    let length_ms = inside.map_or(-1, |until_ms| (until_ms - heard.since_ms) as i64);
    let near = |pause: &&crate::script::Pause| pause.span.from_ms.abs_diff(since_ms) < 10 * FRAME_MS;
    let place = match inside {
        None => "end",
        Some(_) => turn.pauses.iter().find(near).map_or("short", |pause| pause.place.name()),
    };
    let known = |value: Option<f32>| value.map_or(String::new(), |p| format!("{p:.4}"));
    format!(
        "{}\t{index}\t{since_ms}\t{length_ms}\t{place}\t{}\t{:?}\t{}\t{}\t{}\t{}\n",
        conversation.name,
        known(heard.sound),
        heard.ending,
        known(heard.confidence),
        settled_words + heard.words,
        since_ms.saturating_sub(turn.voice.from_ms),
        heard.text,
    )
}

/// The pauses of turns, in order.
fn heard(played: &Played) -> Vec<Heard> {
    let mut pauses: Vec<Heard> = Vec::new();
    for (_, event) in &played.events {
        match event {
            Event::VoicePaused { since_ms } => pauses.push(Heard {
                since_ms: *since_ms,
                until_ms: None,
                pause: 0,
                stretch: 0,
                settled: false,
                sound: None,
                words: 0,
                confidence: None,
                ending: None,
                text: String::new(),
            }),
            Event::VoiceStarted { from_ms } => {
                if let Some(pause) = pauses.last_mut() {
                    pause.until_ms = Some(*from_ms);
                }
            }
            Event::Judge { pause: number, .. } => {
                if let Some(pause) = pauses.last_mut() {
                    pause.pause = *number;
                }
            }
            Event::Recognise { stretch, settled, .. } => {
                if let Some(pause) = pauses.last_mut() {
                    (pause.stretch, pause.settled) = (*stretch, *settled);
                }
            }
            Event::Judged { pause: number, probability } => {
                if let Some(pause) = pauses.iter_mut().rfind(|pause| pause.pause == *number) {
                    pause.sound = Some(*probability);
                }
            }
            Event::Recognised { stretch, count, ending, text, words, .. } => {
                if let Some(pause) = pauses.iter_mut().rfind(|pause| pause.stretch == *stretch) {
                    (pause.words, pause.ending, pause.text) = (*count, Some(*ending), text.clone());
                    pause.confidence = words.last().map(|word| word.confidence);
                }
            }
            _ => {}
        }
    }
    pauses
}
