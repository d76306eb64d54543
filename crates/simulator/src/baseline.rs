//! What others do at a pause, on the same turns: they wait for so long after voice activity falls silent, or for longer
//! where Smart Turn holds that the turn is not over.
//!
//! They are spared what a session waits for beside that: words, and the time that Smart Turn takes where it is ready
//! before the wait is over.

use anyhow::Result;
use turn::{Segment, Segmenter};

use crate::score::Tally;
use crate::script::{Conversation, Turn};
use crate::sound::{self, FRAME_MS};
use crate::{Memory, sound::at};

/// A pause is noticed, and Smart Turn asked, after so long, milliseconds.
const NOTICED_MS: u32 = 200;
/// When Smart Turn has answered, milliseconds.
const JUDGED_MS: u64 = 255;
/// Sound before a voice is noticed that Smart Turn hears as well, and the most that it hears, milliseconds.
const LEAD_IN_MS: u64 = 200;
const HEARD_MS: u64 = 8000;
/// Silence after each turn, milliseconds: more than anybody waits.
const SILENCE_MS: u64 = 4500;

/// How long to wait at a pause.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// Silence that ends a turn, milliseconds.
    pub wait_ms: u64,
    /// Where Smart Turn is asked: the probability from which on `wait_ms` counts, and the silence that counts below it.
    pub judged: Option<(f32, u64)>,
}

/// A silence in a turn or after it, as voice activity has it.
#[derive(Clone, Copy, Debug)]
struct Silence {
    since_ms: u64,
    /// When it was noticed that the voice came back.
    until_ms: Option<u64>,
    probability: f32,
}

/// A turn as voice activity has it.
pub struct Heard<'a> {
    turn: &'a Turn,
    silences: Vec<Silence>,
}

/// All turns of `conversations` through voice activity and Smart Turn.
///
/// # Errors
/// When an engine fails.
pub async fn hear<'a>(memory: &Memory, conversations: &'a [Conversation]) -> Result<Vec<Heard<'a>>> {
    let mut heard = Vec::new();
    for conversation in conversations {
        for turn in &conversation.turns {
            let quiet = conversation.room.iter().copied().cycle().take(at(SILENCE_MS));
            let sound: Vec<f32> = turn.sound.iter().copied().chain(quiet).collect();
            let sound = sound::whole_frames(sound);
            heard.push(Heard { turn, silences: silences(memory, &sound).await? });
        }
    }
    Ok(heard)
}

async fn silences(memory: &Memory, sound: &[f32]) -> Result<Vec<Silence>> {
    let activity = memory.voice_in(sound).await?;
    let mut segmenter = Segmenter::new(NOTICED_MS);
    let (mut silences, mut began_ms): (Vec<Silence>, Option<u64>) = (Vec::new(), None);
    for (frame, probability) in activity.iter().enumerate() {
        let from_ms = frame as u64 * FRAME_MS;
        let to_ms = from_ms + FRAME_MS;
        match segmenter.push(*probability, from_ms, to_ms) {
            Some(Segment::Started(at_ms)) => {
                began_ms.get_or_insert(at_ms);
                if let Some(silence) = silences.last_mut() {
                    silence.until_ms = Some(to_ms);
                }
            }
            Some(Segment::Paused(since_ms)) => {
                let heard_from_ms =
                    began_ms.unwrap_or(0).saturating_sub(LEAD_IN_MS).max(to_ms.saturating_sub(HEARD_MS));
                let probability = memory.finished(&sound[at(heard_from_ms)..at(to_ms)]).await?;
                silences.push(Silence { since_ms, until_ms: None, probability });
            }
            Some(Segment::Stirred(_)) | None => {}
        }
    }
    Ok(silences)
}

impl Rule {
    /// What comes of it.
    pub fn tally(&self, heard: &[Heard<'_>]) -> Tally {
        let mut tally = Tally::default();
        for Heard { turn, silences } in heard {
            tally.count(turn, 0, silences.iter().filter_map(|silence| self.over_ms(silence)));
        }
        tally
    }

    fn over_ms(&self, silence: &Silence) -> Option<u64> {
        let wait_ms = match self.judged {
            Some((least, _)) if silence.probability >= least => self.wait_ms.max(JUDGED_MS),
            Some((_, longest_ms)) => longest_ms,
            None => self.wait_ms,
        };
        let over_ms = silence.since_ms + wait_ms;
        silence.until_ms.is_none_or(|until_ms| over_ms < until_ms).then_some(over_ms)
    }
}

/// The rules of this kind that answer at the median as soon as `median_ms`, or sooner, and cut in least. Waits are tried
/// in steps of 20 ms; with `any_probability` that from which on Smart Turn is believed as well.
pub fn as_soon_as(median_ms: f64, kind: Rule, any_probability: bool, heard: &[Heard<'_>]) -> Option<(Rule, Tally)> {
    let probabilities = match kind.judged {
        Some((least, _)) if !any_probability => vec![least],
        Some(_) => (1..20).map(|step| step as f32 * 0.05).chain([0.97, 0.98, 0.99]).collect(),
        None => vec![0.0],
    };
    let mut best: Option<(Rule, Tally)> = None;
    for least in probabilities {
        for wait_ms in (200..=3000).step_by(20) {
            let rule = Rule { wait_ms, judged: kind.judged.map(|(_, longest_ms)| (least, longest_ms.max(wait_ms))) };
            let tally = rule.tally(heard);
            let better = best.as_ref().is_none_or(|(_, best)| tally.false_cut_ins_pct() < best.false_cut_ins_pct());
            if tally.delay_ms().p50 <= median_ms && better {
                best = Some((rule, tally));
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::{Pause, Place};
    use crate::sound::Span;

    fn turn() -> Turn {
        let pause = Pause { span: Span { from_ms: 1000, to_ms: 1900 }, place: Place::Inside };
        Turn { sound: Vec::new(), voice: Span { from_ms: 0, to_ms: 3000 }, pauses: vec![pause] }
    }

    fn heard(turn: &Turn, inside: f32) -> Vec<Heard<'_>> {
        let silences = vec![
            Silence { since_ms: 1000, until_ms: Some(2000), probability: inside },
            Silence { since_ms: 3000, until_ms: None, probability: 0.9 },
        ];
        vec![Heard { turn, silences }]
    }

    #[test]
    fn a_short_wait_cuts_in_and_a_judged_one_only_where_it_is_misjudged() {
        let turn = turn();
        let voice_only = Rule { wait_ms: 500, judged: None };
        assert_eq!(voice_only.tally(&heard(&turn, 0.1)).all(), (1, 1));
        let judged = Rule { wait_ms: 200, judged: Some((0.5, 3000)) };
        assert_eq!(judged.tally(&heard(&turn, 0.1)).all(), (1, 0));
        assert_eq!(judged.tally(&heard(&turn, 0.8)).all(), (1, 1));
        assert_eq!(judged.tally(&heard(&turn, 0.1)).delays_ms, [255.0]);
    }

    #[test]
    fn of_all_waits_that_are_short_enough_the_one_that_cuts_in_least_is_found() {
        let turn = turn();
        let (rule, tally) = as_soon_as(1200.0, Rule { wait_ms: 0, judged: None }, false, &heard(&turn, 0.1)).unwrap();
        assert_eq!(tally.all(), (1, 0));
        assert!((1000..=1200).contains(&rule.wait_ms), "{rule:?}");
    }
}
