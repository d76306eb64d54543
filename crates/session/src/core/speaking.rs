//! Our own lines: begun, made soft, stopped, gone on with.

use interview::{ConsentReply, Heard, Line, LineKind, Move, Phase, is_backchannel};

use super::Core;
use crate::event::{Event, Rest};
use crate::view::heard_text;

/// A line of which this share was heard may be answered with "yes".
const MOSTLY_HEARD: f32 = 0.8;
/// How long a line is guessed to be while it is being spoken, in milliseconds a character (as the mouth guesses).
const GUESSED_MS_PER_CHARACTER: u64 = 60;

/// The line being spoken.
#[derive(Clone, Debug)]
pub(super) struct Speaking {
    number: u32,
    pub(super) line: Line,
    /// Set where it goes on after it was stopped: the line's `text` is what was left of it.
    rest: Option<Rest>,
    /// When its first sound was sent, milliseconds.
    started_ms: Option<u64>,
    hushed: bool,
}

/// What we were saying and were going to say when we were interrupted.
#[derive(Clone, Debug)]
pub(super) struct Interrupted {
    /// The line that was stopped; `None` between two lines.
    cut: Option<Cut>,
    waiting: Vec<Move>,
    /// The share of the line that was heard.
    heard_share: f32,
}

/// Where a line was stopped.
#[derive(Clone, Debug)]
struct Cut {
    line: Line,
    rest: Option<Rest>,
}

impl Core {
    /// Carries out waiting moves until one has to wait: for its line to be spoken, or for what a voice over ours wants.
    pub(super) fn pump(&mut self, now_ms: u64) {
        while self.speaking.is_none() {
            if self.must_not_go_on() {
                return;
            }
            match self.waiting.pop_front() {
                Some(Move::Say(line)) => self.speak(line, None, now_ms),
                Some(Move::Listen(expect)) => self.listen(expect, now_ms),
                Some(Move::Pause) => self.decide(now_ms, Event::Paused),
                Some(Move::End(reason)) => self.end(reason, now_ms),
                Some(Move::DropWaiting | Move::Keep | Move::Credit(_)) => {}
                None => break,
            }
        }
    }

    /// Between two lines of ours, while the candidate speaks: the next is not begun over their voice.
    fn must_not_go_on(&self) -> bool {
        let says_on = matches!(self.waiting.front(), Some(Move::Say(_)));
        says_on && self.taker.is_overlapped() && self.phase() != Phase::Closing
    }

    fn speak(&mut self, line: Line, rest: Option<Rest>, now_ms: u64) {
        self.begin_line(line, rest, now_ms);
        self.tell_taker(turn::Event::Speaking, now_ms);
    }

    /// The candidate has paused and an engine is slow: a word that we are still there. The floor stays the candidate's,
    /// and the words that are on their way still count.
    pub(super) fn ask_for_a_moment(&mut self, now_ms: u64) {
        let waits = self.taker.in_turn() && !self.taker.is_talking();
        if waits && self.speaking.is_none() && self.phase() != Phase::Closing {
            let text = interview::lines::ONE_MOMENT.to_owned();
            let line = Line { kind: LineKind::Patience, text, question: self.conductor.question(), probe: None };
            self.begin_line(line, None, now_ms);
        }
    }

    fn begin_line(&mut self, line: Line, rest: Option<Rest>, now_ms: u64) {
        self.lines += 1;
        let number = self.lines;
        let Line { kind, text, question, probe } = line.clone();
        self.speaking = Some(Speaking { number, line, rest: rest.clone(), started_ms: None, hushed: false });
        self.decide(now_ms, Event::Speak { line: number, kind, text, question, probe, rest });
    }

    pub(super) fn on_line_started(&mut self, number: u32, now_ms: u64) {
        if let Some(speaking) = self.speaking.as_mut().filter(|s| s.number == number) {
            speaking.started_ms = Some(now_ms);
        }
    }

    pub(super) fn on_line_ended(&mut self, number: u32, now_ms: u64) {
        let Some(ended) = self.speaking.take_if(|s| s.number == number) else { return };
        if ended.hushed && self.interrupted.is_some() {
            return self.tell_interrupted(ended.line.kind, 1.0, now_ms); // it ended before it could be stopped
        }
        self.interrupted = None;
        self.pump(now_ms);
    }

    /// There is a voice over ours. A goodbye is said to its end, also over a "thank you, bye".
    pub(super) fn duck(&mut self, now_ms: u64) {
        if let Some(line) = self.line_in_danger() {
            self.decide(now_ms, Event::Duck { line });
        }
    }

    /// The voice over ours did not want the floor.
    pub(super) fn unduck(&mut self, now_ms: u64) {
        self.stretches.clear();
        if let Some(line) = self.line_in_danger() {
            self.decide(now_ms, Event::Unduck { line });
        }
        self.pump(now_ms);
    }

    fn line_in_danger(&self) -> Option<u32> {
        self.speaking.as_ref().filter(|s| !s.hushed && self.phase() != Phase::Closing).map(|s| s.number)
    }

    pub(super) fn interrupt(&mut self, now_ms: u64) {
        if self.phase() == Phase::Closing {
            return;
        }
        let cut = self.speaking.as_ref().map(|s| Cut { line: s.line.clone(), rest: s.rest.clone() });
        let between =
            self.waiting.iter().find_map(|next| if let Move::Say(line) = next { Some(line.kind) } else { None });
        let waiting = self.waiting.iter().cloned().collect();
        match (cut, between) {
            (Some(cut), _) => {
                self.interrupted = Some(Interrupted { cut: Some(cut), waiting, heard_share: 0.0 });
                self.hush(now_ms);
            }
            (None, Some(kind)) => {
                self.interrupted = Some(Interrupted { cut: None, waiting, heard_share: 0.0 });
                self.tell_interrupted(kind, 0.0, now_ms);
            }
            (None, None) => {}
        }
    }

    pub(super) fn hush(&mut self, now_ms: u64) {
        if let Some(speaking) = self.speaking.as_mut().filter(|s| !s.hushed) {
            speaking.hushed = true;
            let line = speaking.number;
            self.decide(now_ms, Event::Hush { line });
        }
    }

    /// The line stopped because of a voice (then the conductor is told how much was heard) or of a button (then its
    /// moves are waiting already).
    pub(super) fn on_line_stopped(&mut self, number: u32, stopped: Stopped, now_ms: u64) {
        let Some(speaking) = self.speaking.take_if(|s| s.number == number) else { return };
        let Some(interrupted) = &mut self.interrupted else { return self.pump(now_ms) };
        let before_ms = speaking.rest.as_ref().map_or(0, |rest| rest.from_ms);
        let share = (before_ms + stopped.heard_ms) as f32 / (before_ms + stopped.of_ms).max(1) as f32;
        interrupted.heard_share = share;
        interrupted.cut = what_is_left(&speaking, &stopped);
        self.tell_interrupted(speaking.line.kind, share, now_ms);
    }

    fn tell_interrupted(&mut self, line: LineKind, share: f32, now_ms: u64) {
        if let Some(interrupted) = &mut self.interrupted {
            interrupted.heard_share = share;
        }
        self.tell_conductor(Heard::Interrupted { line, share }, now_ms);
    }

    /// The voice that stopped us did not want the floor: we go on from the word where we stopped.
    pub(super) fn on_nothing_said(&mut self, now_ms: u64) {
        self.stretches.clear();
        let unheard = std::mem::take(&mut self.unheard);
        let Some(Interrupted { cut, waiting, .. }) = self.interrupted.take() else {
            if unheard {
                self.tell_conductor(Heard::Unheard, now_ms);
            }
            return;
        };
        self.decide(now_ms, Event::FalseAlarm);
        self.conductor.hear(Heard::FalseAlarm, now_ms);
        self.waiting = waiting.into();
        match cut {
            Some(Cut { line, rest }) => self.speak(line, rest, now_ms),
            None => self.pump(now_ms),
        }
    }

    /// "Mm-hm" in the middle of a line of ours that stopped us: we go on with it.
    pub(super) fn only_listens(&self, said: &str) -> bool {
        let in_the_middle = self.interrupted.as_ref().is_some_and(|i| i.heard_share < MOSTLY_HEARD);
        in_the_middle && self.phase() == Phase::Questions && is_backchannel(said)
    }

    /// Whether words over our line want the floor. A "yes" is a listener's noise in mid-line; at its end, and to the
    /// request for consent, it is an answer.
    pub(super) fn wants_floor(&self, listens: bool, reply: Option<ConsentReply>, now_ms: u64) -> bool {
        if !listens {
            return true;
        }
        let Some(speaking) = &self.speaking else { return false };
        let replies = speaking.line.kind == LineKind::ConsentRequest && reply != Some(ConsentReply::Unclear);
        replies || speaking.share(now_ms) >= MOSTLY_HEARD
    }

    /// Only the goodbye was left to be said, and nobody is there to hear it.
    pub(super) fn end_without_goodbye(&mut self, now_ms: u64) {
        let end = |next: &Move| if let Move::End(reason) = next { Some(*reason) } else { None };
        if let Some(reason) = self.waiting.iter().find_map(end) {
            self.end(reason, now_ms);
        }
    }

    fn end(&mut self, reason: interview::EndReason, now_ms: u64) {
        self.ended = true;
        self.decide(now_ms, Event::Ended { reason });
    }

    /// The lines that would be spoken if the turn in progress ended now, so that they can be made ready. Nothing is
    /// decided by it.
    pub fn likely_lines(&self, now_ms: u64) -> Vec<String> {
        let moves = self.conductor.clone().hear(Heard::Answer(self.turn_so_far()), now_ms);
        let text = |next: Move| if let Move::Say(line) = next { Some(line.text) } else { None };
        moves.into_iter().filter_map(text).collect()
    }
}

/// How far a line was heard when it stopped. Milliseconds, from where it began to be spoken.
pub(super) struct Stopped {
    pub(super) heard_ms: u64,
    pub(super) of_ms: u64,
    pub(super) resume_ms: u64,
}

impl Speaking {
    /// The share of the line that has been heard, as far as can be guessed while it is spoken.
    fn share(&self, now_ms: u64) -> f32 {
        let heard_ms = self.started_ms.map_or(0, |started_ms| now_ms.saturating_sub(started_ms));
        let of_ms = self.line.text.chars().count() as u64 * GUESSED_MS_PER_CHARACTER;
        heard_ms as f32 / of_ms.max(1) as f32
    }
}

/// What of a stopped line is to be said if nothing was wanted of us; `None` when all of it was heard.
fn what_is_left(speaking: &Speaking, stopped: &Stopped) -> Option<Cut> {
    let Speaking { line, rest, .. } = speaking;
    if stopped.resume_ms == 0 {
        return Some(Cut { line: line.clone(), rest: rest.clone() });
    }
    let heard = heard_text(&line.text, stopped.resume_ms, stopped.of_ms).split_whitespace().count();
    let left: Vec<&str> = line.text.split_whitespace().skip(heard).collect();
    let (whole, before_ms) = rest.clone().map_or((line.text.clone(), 0), |rest| (rest.whole, rest.from_ms));
    let rest = Some(Rest { whole, from_ms: before_ms + stopped.resume_ms });
    (!left.is_empty()).then(|| Cut { line: Line { text: left.join(" "), ..line.clone() }, rest })
}
