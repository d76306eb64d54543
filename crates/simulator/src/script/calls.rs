//! Turns out of calls that were recorded with one speaker a channel: the other's voice tells where a turn ended.

use anyhow::Result;

use super::{Conversation, Turn, turn};
use crate::sound::{self, Span};
use crate::{Chance, Clip, Corpus, Half, Memory};

/// The other side has taken the floor when it speaks for so long in a silence of this one, milliseconds.
const TAKEN_MS: u64 = 700;
/// What may have been a wait for something, and no pause, milliseconds.
const LONGEST_MS: u64 = 3000;
/// Sound kept before and after a turn's voice, milliseconds.
const ROOM_MS: u64 = 512;
/// Both channels of a call have the speaker's name but for these.
const SIDES: [&str; 2] = ["-agent", "-caller"];

/// The calls' turns by speakers of `half`.
///
/// # Errors
/// When a recording cannot be read, or an engine fails.
pub async fn calls(corpus: &Corpus, memory: &Memory, half: Half) -> Result<Vec<Conversation>> {
    let mut made = Vec::new();
    for agent in corpus.inside("conversation") {
        let Some(call) = agent.speaker.strip_suffix(SIDES[0]) else { continue };
        let other = |clip: &&Clip| clip.speaker.strip_suffix(SIDES[1]) == Some(call);
        let Some(caller) = corpus.inside("conversation").find(other) else { continue };
        let (agent_sound, caller_sound) = (corpus.speech(&agent.path)?, corpus.speech(&caller.path)?);
        for (clip, mine, theirs) in [(agent, &agent_sound, &caller_sound), (caller, &caller_sound, &agent_sound)] {
            if Half::of(&clip.speaker) == half {
                made.push(side(clip, mine, theirs, memory).await?);
            }
        }
    }
    Ok(made)
}

async fn side(clip: &Clip, mine: &[f32], theirs: &[f32], memory: &Memory) -> Result<Conversation> {
    let mine = sound::whole_frames(mine.to_vec());
    let theirs = sound::whole_frames(theirs.to_vec());
    let my_spans = sound::voiced(&mine, &memory.voice_in(&mine).await?, super::PAUSE_MS);
    let their_spans = sound::voiced(&theirs, &memory.voice_in(&theirs).await?, super::PAUSE_MS);
    let mut chance = Chance::of(&clip.speaker);
    let room = sound::room_tone(&mine, 8000, &mut chance);
    let mut turns: Vec<Turn> = Vec::new();
    for spans in turns_of(&my_spans, &their_spans) {
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else { continue };
        if spans.windows(2).any(|pair| pair[1].from_ms - pair[0].to_ms > LONGEST_MS) {
            continue;
        }
        let from = sound::at(first.from_ms.saturating_sub(ROOM_MS));
        let to = sound::at(last.to_ms + 100).min(mine.len());
        let tail = sound::room_tone(&mine, ROOM_MS, &mut chance);
        let sound = sound::whole_frames([&mine[from..to], &tail].concat());
        turns.extend(turn(sound, &[], memory).await?);
    }
    Ok(Conversation { name: clip.path.clone(), turns, room })
}

/// `mine`, parted where the other side took the floor.
fn turns_of(mine: &[Span], theirs: &[Span]) -> Vec<Vec<Span>> {
    let mut turns: Vec<Vec<Span>> = Vec::new();
    for span in mine {
        let taken = |before: &Span| {
            let inside = theirs.iter().map(|their| Span {
                from_ms: their.from_ms.max(before.to_ms),
                to_ms: their.to_ms.min(span.from_ms).max(their.from_ms.max(before.to_ms)),
            });
            inside.map(Span::length_ms).sum::<u64>() >= TAKEN_MS
        };
        match turns.last_mut().filter(|turn| turn.last().is_some_and(|before| !taken(before))) {
            Some(turn) => turn.push(*span),
            None => turns.push(vec![*span]),
        }
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from_ms: u64, to_ms: u64) -> Span {
        Span { from_ms, to_ms }
    }

    #[test]
    fn a_turn_goes_on_over_a_listener_s_noise_and_ends_where_the_other_speaks() {
        let mine = [span(0, 1000), span(1500, 2000), span(6000, 7000)];
        let theirs = [span(1050, 1350), span(2500, 5500)];
        assert_eq!(turns_of(&mine, &theirs), [vec![mine[0], mine[1]], vec![mine[2]]]);
    }
}
