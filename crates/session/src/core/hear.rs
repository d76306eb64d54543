//! What each kind of happening does.

use interview::{
    Action, ConsentReply, Heard, Intent, Move, Phase, Silence, intent, is_backchannel, may_become_backchannel,
};
use speech::Word;
use turn::{Ending, SilenceStage};

use super::speaking::Stopped;
use super::stretches::Words;
use super::{Core, TurnEnd};
use crate::event::{Event, Source};
use crate::words::said;

/// Up to so many words may be a listener's noise misheard, where it sounded like one.
const MISHEARD_WORDS: u32 = 2;
/// And so may any, of which the recogniser is less sure than this on the mean: what is heard in "mm-hm" is rarely sure.
const CLEAR: f32 = 0.8;

impl Core {
    pub(super) fn on_event(&mut self, event: &Event, now_ms: u64) {
        match event {
            Event::Connected { resumed, profile, accommodation, .. } => {
                self.on_connected(*resumed, *profile, *accommodation, now_ms);
            }
            Event::VoiceStirred { from_ms } => self.tell_taker(turn::Event::Stirred(*from_ms), now_ms),
            Event::VoiceStarted { from_ms } => self.tell_taker(turn::Event::VoiceStarted(*from_ms), now_ms),
            Event::Claimed { probability } => self.tell_taker(turn::Event::Claimed(*probability), now_ms),
            Event::VoicePaused { since_ms } => self.tell_taker(turn::Event::VoicePaused(*since_ms), now_ms),
            Event::Judged { pause, probability } => self.tell_taker(turn::Event::Judged(*pause, *probability), now_ms),
            Event::Recognised { .. } => self.on_recognised(event, now_ms),
            Event::Unheard { stretch } => self.on_unheard(*stretch, now_ms),
            Event::EngineSlow => self.ask_for_a_moment(now_ms),
            Event::LineStarted { line } => self.on_line_started(*line, now_ms),
            Event::LineEnded { line } => self.on_line_ended(*line, now_ms),
            Event::LineStopped { line, heard_ms, of_ms, resume_ms } => {
                let stopped = Stopped { heard_ms: *heard_ms, of_ms: *of_ms, resume_ms: *resume_ms };
                self.on_line_stopped(*line, stopped, now_ms);
            }
            Event::ActionAsked { action } => self.on_action(*action, now_ms),
            Event::Typed { text, reply } => self.on_typed(text, *reply, now_ms),
            Event::ConsentClicked { granted } => self.on_consent_clicked(*granted, now_ms),
            Event::TypingNoticed => self.tell_taker(turn::Event::MoreTime, now_ms),
            Event::Unreached => self.tell_taker(turn::Event::Unreached, now_ms),
            Event::Reached { lost_ms } => self.tell_taker(turn::Event::Reached(*lost_ms), now_ms),
            Event::LeaveAsked => self.on_leave(now_ms),
            Event::Disconnected => self.end_without_goodbye(now_ms),
            _ => {}
        }
    }

    fn on_connected(&mut self, resumed: bool, profile: turn::Profile, accommodation: f32, now_ms: u64) {
        self.end_without_goodbye(now_ms);
        if self.ended {
            return;
        }
        self.taker = self.taker.again(profile).accommodated(accommodation);
        self.taker.advance(now_ms);
        self.waiting.clear();
        self.speaking = None;
        self.interrupted = None;
        self.after_turn = None;
        self.commit_part(now_ms);
        let heard = if resumed { Heard::Resume } else { Heard::Start };
        self.tell_conductor(heard, now_ms);
    }

    fn on_recognised(&mut self, recognised: &Event, now_ms: u64) {
        let Event::Recognised { stretch, count, ending, listens, reply, text, words } = recognised else { return };
        let over_ours = self.taker.deciding() == Some(*stretch);
        let goes_on = over_ours && self.taker.state() == turn::State::Overlapped;
        let listens = *listens
            || is_backchannel(text)
            || (goes_on && may_become_backchannel(text))
            || (over_ours && self.taker.sounds_listening() && are_misheard(words, *count));
        let (count, ending) = if over_ours && !self.wants_floor(listens, *reply, now_ms) {
            (0, *ending)
        } else if self.only_listens(text) {
            (0, Ending::Request) // it stopped us, and wants us to go on
        } else {
            (*count, *ending)
        };
        self.stretches.answer(*stretch, Words { text: text.clone(), words: words.clone(), reply: *reply });
        self.tell_taker(turn::Event::Recognised(*stretch, said(count, ending, words)), now_ms);
    }

    fn on_unheard(&mut self, stretch: u32, now_ms: u64) {
        self.unheard |= self.taker.in_turn();
        self.stretches.answer(stretch, Words::default());
        self.tell_taker(turn::Event::Recognised(stretch, turn::Said::of(0, turn::Ending::Open)), now_ms);
    }

    fn on_action(&mut self, action: Action, now_ms: u64) {
        match action {
            // pressed when we had begun to speak already: there is nothing to end, and nothing to wait for
            Action::Done | Action::Moment if self.speaking.is_some() => return,
            Action::Done if self.taker.in_turn() => return self.tell_taker(turn::Event::Done, now_ms),
            Action::Moment if self.taker.in_turn() => return self.tell_taker(turn::Event::MoreTime, now_ms),
            _ if self.taker.in_turn() => return self.after_this_turn(Event::ActionAsked { action }, now_ms),
            Action::Moment => self.tell_taker(turn::Event::MoreTime, now_ms),
            Action::Repeat | Action::Rephrase | Action::Skip | Action::Done => {}
        }
        self.go_on_by_other_means(Heard::Action(action), now_ms);
    }

    /// What was said up to now is recognised first, so that it is not lost.
    fn after_this_turn(&mut self, event: Event, now_ms: u64) {
        self.after_turn = Some(event);
        self.tell_taker(turn::Event::Done, now_ms);
    }

    fn on_typed(&mut self, text: &str, reply: Option<ConsentReply>, now_ms: u64) {
        match (self.phase(), reply) {
            (Phase::Consent, Some(reply)) => self.on_consent(reply, true, now_ms),
            (Phase::Consent, None) | (Phase::Closing | Phase::Ended, _) => {}
            (Phase::Questions | Phase::CandidateQuestions, _) if self.taker.in_turn() => {
                self.after_this_turn(Event::Typed { text: text.to_owned(), reply }, now_ms);
            }
            (Phase::Questions | Phase::CandidateQuestions, _) => {
                self.commit_part(now_ms);
                self.tell_taker(turn::Event::Reset, now_ms);
                self.interrupted = None;
                self.hush(now_ms);
                self.waiting.clear();
                let typed = Words { text: text.to_owned(), ..Words::default() };
                let over = TurnEnd {
                    from_ms: now_ms,
                    to_ms: now_ms,
                    needed_ms: None,
                    probability: None,
                    source: Source::Typed,
                };
                self.on_turn_over(typed, over, now_ms);
            }
        }
    }

    fn on_consent_clicked(&mut self, granted: bool, now_ms: u64) {
        if self.phase() != Phase::Consent {
            return;
        }
        if granted {
            return self.on_consent(ConsentReply::Granted, false, now_ms);
        }
        self.interrupted = None;
        self.hush(now_ms);
        self.on_consent(ConsentReply::Declined, false, now_ms);
    }

    fn on_consent(&mut self, reply: ConsentReply, spoken: bool, now_ms: u64) {
        self.decide(now_ms, Event::Consent { reply });
        self.tell_conductor(Heard::Consent { reply, spoken }, now_ms);
    }

    fn on_leave(&mut self, now_ms: u64) {
        self.go_on_by_other_means(Heard::Leave, now_ms);
    }

    /// A button changes the course: what was said of a turn is kept, what we are saying stops.
    fn go_on_by_other_means(&mut self, heard: Heard, now_ms: u64) {
        if self.phase() == Phase::Closing {
            return;
        }
        self.commit_part(now_ms);
        if !matches!(heard, Heard::Action(Action::Moment)) {
            self.tell_taker(turn::Event::Reset, now_ms);
        }
        self.interrupted = None;
        self.hush(now_ms);
        self.tell_conductor(heard, now_ms);
    }

    /// Keeps what was recognised of an unfinished turn.
    fn commit_part(&mut self, now_ms: u64) {
        let Some((part, from_ms, to_ms)) = self.stretches.take_all() else { return };
        let over = TurnEnd { from_ms, to_ms, needed_ms: None, probability: None, source: Source::CutOff };
        self.record_part(part, over, now_ms);
    }

    fn record_part(&mut self, part: Words, over: TurnEnd, now_ms: u64) {
        if part.text.is_empty() || self.kept_from_ms.is_none() {
            return;
        }
        let moves = self.conductor.hear(Heard::Part(part.text.clone()), now_ms);
        self.record_turn(part, over, credited(&moves), now_ms);
    }

    pub(super) fn on_turn_over(&mut self, said: Words, over: TurnEnd, now_ms: u64) {
        self.unheard = false;
        if let Some(event) = self.after_turn.take() {
            self.record_part(said, TurnEnd { source: Source::CutOff, ..over }, now_ms);
            return self.on_event(&event, now_ms);
        }
        if self.only_listens(&said.text) {
            return self.on_nothing_said(now_ms);
        }
        self.interrupted = None;
        if self.phase() == Phase::Consent {
            return self.on_consent(said.reply.unwrap_or(ConsentReply::Unclear), true, now_ms);
        }
        if self.kept_from_ms.is_none() {
            return;
        }
        let moves = self.conductor.hear(Heard::Answer(said.text.clone()), now_ms);
        if intent(&said.text) == Some(Intent::Moment) {
            self.tell_taker(turn::Event::MoreTime, now_ms);
        }
        self.record_turn(said, over, credited(&moves), now_ms);
        self.queue(moves, now_ms);
        self.pump(now_ms);
    }

    fn record_turn(&mut self, said: Words, over: TurnEnd, question: Option<usize>, now_ms: u64) {
        self.turns += 1;
        let Words { text, words, .. } = said;
        let TurnEnd { from_ms, to_ms, needed_ms, probability, source } = over;
        let turn = self.turns;
        self.decide(
            now_ms,
            Event::TurnOver { turn, question, from_ms, to_ms, text, words, source, needed_ms, probability },
        );
    }

    pub(super) fn on_silence(&mut self, stage: SilenceStage, now_ms: u64) {
        self.decide(now_ms, Event::Silence { stage });
        let silence = match stage {
            SilenceStage::Nudge => Silence::Long,
            SilenceStage::Offer => Silence::Longer,
            SilenceStage::Gone => Silence::Gone,
        };
        self.tell_conductor(Heard::Silence(silence), now_ms);
    }
}

fn credited(moves: &[Move]) -> Option<usize> {
    moves.iter().find_map(|m| if let Move::Credit(question) = m { Some(*question) } else { None }).flatten()
}

/// Whether words of a voice that sounds like a listener's are likely a noise, or our own voice coming back.
fn are_misheard(words: &[Word], count: u32) -> bool {
    let confidence = words.iter().map(|word| word.confidence).sum::<f32>() / words.len().max(1) as f32;
    count <= MISHEARD_WORDS || (!words.is_empty() && confidence < CLEAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unclear_words_are_likely_misheard_and_so_are_few() {
        let words = |confidences: &[f32]| -> Vec<Word> {
            let word = |confidence: &f32| Word { text: "so".into(), start_ms: 0, end_ms: 9, confidence: *confidence };
            confidences.iter().map(word).collect()
        };
        assert!(are_misheard(&words(&[0.2, 0.6, 0.4]), 3) && are_misheard(&words(&[0.9, 0.9]), 2));
        assert!(!are_misheard(&words(&[0.9, 0.7, 0.9]), 3) && !are_misheard(&[], 3), "of these nothing is known");
    }
}
