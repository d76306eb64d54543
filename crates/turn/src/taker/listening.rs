//! The candidate's turn: its stretches, its pauses and its end.

use super::{Decision, Floor, JUDGED_MS, LEAD_IN_MS, Pause, TAIL_MS, Turn, TurnTaker};
use crate::{Evidence, Said, Segmenter, silence_needed_ms};

/// Words that have not come so long after a pause are not waited for: the recogniser hangs, and silence for good would
/// be worse than a lost stretch. Milliseconds.
const WORDS_WITHIN_MS: u64 = 20_000;
/// What stirs again and again and is no voice holds up the end of a turn for so long at most, milliseconds.
const STIRS_WITHIN_MS: u64 = 320;

impl TurnTaker {
    pub(super) fn start_turn(&mut self, voice_ms: u64, now_ms: u64) {
        self.more_time = false;
        let (turn, glimpse_at_ms) = (turn_from(voice_ms), now_ms + u64::from(self.profile.glimpse_ms));
        self.floor = Floor::Talking { turn, glimpse_at_ms };
    }

    /// The candidate's voice over ours was a turn of theirs, which has paused already.
    pub(super) fn pause_of_overlap(
        &mut self,
        overlap: super::Overlap,
        paused_ms: u64,
        stretch: u32,
        said: Option<Said>,
        now_ms: u64,
    ) -> Vec<Decision> {
        self.more_time = false;
        let turn = turn_from(overlap.from_ms);
        let pause = Pause { said, ..Pause::new(self.number(), stretch, paused_ms) };
        let judge = judge(&turn, pause.number, now_ms);
        self.floor = Floor::Pausing { turn, pause };
        vec![judge]
    }

    /// The pause was one inside the turn.
    pub(super) fn go_on_talking(&mut self, mut turn: Turn, pause: Pause, at_ms: u64, now_ms: u64) -> Vec<Decision> {
        let mut decisions = Vec::new();
        self.more_time = false;
        if pause.unknown_ms == 0 {
            self.pauses.add(at_ms.saturating_sub(pause.since_ms));
        }
        if pause.settled {
            self.settle(&mut turn, &pause);
            turn.open_from_ms = at_ms.saturating_sub(LEAD_IN_MS).max(pause.since_ms + TAIL_MS);
        } else if pause.said.is_none() {
            decisions.push(Decision::Forget { stretch: pause.stretch });
        }
        self.floor = Floor::Talking { turn, glimpse_at_ms: now_ms + u64::from(self.profile.glimpse_ms) };
        decisions
    }

    fn settle(&mut self, turn: &mut Turn, pause: &Pause) {
        turn.settled.push(pause.stretch);
        match pause.said {
            Some(said) => turn.settled_words += said.words,
            None => self.unread.push(pause.stretch),
        }
    }

    pub(super) fn begin_pause(&mut self, turn: Turn, since_ms: u64, now_ms: u64) -> Vec<Decision> {
        let (number, stretch) = (self.number(), self.number());
        let settled = since_ms.saturating_sub(turn.open_from_ms) >= u64::from(self.profile.settle_ms);
        let recognise = Decision::Recognise {
            stretch,
            from_ms: turn.open_from_ms,
            to_ms: (since_ms + TAIL_MS).min(now_ms).max(since_ms).max(turn.open_from_ms),
            settled,
        };
        let judge = judge(&turn, number, now_ms);
        let pause = Pause { settled, ..Pause::new(number, stretch, since_ms) };
        self.floor = Floor::Pausing { turn, pause };
        vec![recognise, judge]
    }

    pub(super) fn on_stirred(&mut self, at_ms: u64) -> Vec<Decision> {
        if let Floor::Pausing { pause, .. } = &mut self.floor {
            pause.stirred_ms = Some(at_ms);
        }
        Vec::new()
    }

    pub(super) fn on_judged(&mut self, number: u32, probability: f32) -> Vec<Decision> {
        if let Floor::Pausing { pause, .. } = &mut self.floor
            && pause.number == number
        {
            pause.probability = Some(probability);
        }
        Vec::new()
    }

    /// Words of a stretch of the turn in progress.
    pub(super) fn take_words(&mut self, stretch: u32, said: Said) {
        if self.unread.contains(&stretch) {
            self.unread.retain(|unread| *unread != stretch);
            if let Floor::Talking { turn, .. } | Floor::Pausing { turn, .. } = &mut self.floor {
                turn.settled_words += said.words;
            }
        }
        if let Floor::Pausing { pause, .. } = &mut self.floor
            && pause.stretch == stretch
        {
            pause.said = Some(said);
        }
    }

    pub(super) fn glimpse_or_cut(&mut self, mut turn: Turn, now_ms: u64) -> Vec<Decision> {
        let glimpse_at_ms = now_ms + u64::from(self.profile.glimpse_ms);
        let from_ms = turn.open_from_ms;
        let decision = if now_ms < self.cut_at_ms(&turn) {
            Decision::Glimpse { from_ms, to_ms: now_ms }
        } else {
            let stretch = self.number();
            turn.settled.push(stretch);
            turn.open_from_ms = now_ms;
            self.unread.push(stretch);
            Decision::Recognise { stretch, from_ms, to_ms: now_ms, settled: true }
        };
        self.floor = Floor::Talking { turn, glimpse_at_ms };
        vec![decision]
    }

    pub(super) fn end_turn(&mut self, mut turn: Turn, pause: &Pause, now_ms: u64) -> Vec<Decision> {
        let needed_ms = self.needed_ms(&turn, pause);
        self.settle(&mut turn, pause);
        self.unread.clear(); // what has not come by now is of no turn
        self.over_since_ms = Some(pause.since_ms);
        if turn.settled_words == 0 && !pause.done {
            self.wait(now_ms);
            return vec![Decision::NothingSaid];
        }
        let (from_ms, to_ms, stretches) = (turn.from_ms, pause.since_ms.max(turn.from_ms), turn.settled);
        vec![Decision::Over { from_ms, to_ms, stretches, needed_ms, probability: pause.probability }]
    }

    /// When something is due in a pause. Words that are on their way are waited for, within reason, and so is what may be the
    /// beginning of a voice.
    pub(super) fn pause_deadline_ms(&self, turn: &Turn, pause: &Pause) -> u64 {
        let end_ms =
            after_stirring_ms(pause, pause.since_ms + u64::from(self.needed_ms(turn, pause)) + pause.unknown_ms);
        let words_known = pause.said.is_some() && self.unread.is_empty();
        if words_known { end_ms } else { end_ms.max(pause.since_ms + WORDS_WITHIN_MS) }
    }

    fn needed_ms(&self, turn: &Turn, pause: &Pause) -> u32 {
        if pause.done {
            return 0;
        }
        if self.more_time {
            return self.profile.nudge_ms;
        }
        let evidence = Evidence {
            probability: pause.probability,
            ending: pause.said.map(|said| said.ending),
            confidence: pause.said.and_then(|said| said.confidence),
            words: turn.settled_words + pause.said.map_or(0, |said| said.words),
            expectation: self.expectation,
            habit: self.pauses.habit(),
        };
        silence_needed_ms(&evidence, &self.profile)
    }

    pub(super) fn cut_at_ms(&self, turn: &Turn) -> u64 {
        turn.open_from_ms + u64::from(self.profile.longest_stretch_ms)
    }
}

/// `end_ms`, or when it is known what stirs then.
fn after_stirring_ms(pause: &Pause, end_ms: u64) -> u64 {
    match pause.stirred_ms {
        Some(stirred_ms) if !pause.done => {
            (stirred_ms + Segmenter::KNOWN_AFTER_MS).clamp(end_ms, end_ms + STIRS_WITHIN_MS)
        }
        _ => end_ms,
    }
}

fn turn_from(voice_ms: u64) -> Turn {
    let from_ms = voice_ms.saturating_sub(LEAD_IN_MS);
    Turn { from_ms, open_from_ms: from_ms, ..Turn::default() }
}

fn judge(turn: &Turn, pause: u32, now_ms: u64) -> Decision {
    Decision::Judge { pause, from_ms: turn.from_ms.max(now_ms.saturating_sub(JUDGED_MS)), to_ms: now_ms }
}
