use super::*;
use crate::replay;

use interview::{Action, ConsentReply, EndReason, LineKind};
use turn::Ending;

const PLAN: &str = r#"
id: test
title: Test
role: Tester
opening: Let us begin.
closing: Goodbye.
questions:
  - { id: one, competency: Teamwork, text: Tell me about a disagreement., rephrase: When did you disagree? }
  - { id: two, competency: Care, text: How many days a week?, rephrase: On how many days?, kind: short }
"#;

/// An interview on a simulated clock, whose lines are played at once unless told otherwise.
pub(crate) struct Simulation {
    pub(crate) core: Core,
    pub(crate) log: Vec<Record>,
    pub(crate) now_ms: u64,
    pub(crate) hold_lines: bool,
    /// Where lines that are stopped can be gone on with.
    pub(crate) resume_ms: u64,
    pub(crate) is_soft: bool,
}

pub(crate) fn plan() -> Arc<Plan> {
    Arc::new(Plan::from_yaml(PLAN).unwrap())
}

impl Simulation {
    pub(crate) fn new() -> Self {
        Self::connected(false)
    }

    fn connected(hold_lines: bool) -> Self {
        let core = Core::new(plan(), Profile::INTERVIEW);
        let mut s = Self { core, log: Vec::new(), now_ms: 0, hold_lines, resume_ms: 0, is_soft: false };
        s.happens(Event::Connected { resumed: false, unix_ms: 0, profile: Profile::INTERVIEW, accommodation: 1.0 });
        s
    }

    pub(crate) fn asked() -> Self {
        let mut s = Self::new();
        s.happens(Event::ConsentClicked { granted: true });
        s
    }

    pub(crate) fn happens(&mut self, event: Event) {
        self.pass(1);
        self.write(self.now_ms, event.clone());
        let decided = self.core.hear(&event, self.now_ms);
        self.settle(decided);
    }

    pub(crate) fn pass(&mut self, ms: u64) {
        self.now_ms += ms;
        let decided = self.core.advance(self.now_ms);
        self.settle(decided);
    }

    pub(crate) fn settle(&mut self, decided: Vec<Timed>) {
        for (at_ms, event) in decided {
            self.write(at_ms, event.clone());
            match event {
                Event::Speak { line, .. } if !self.hold_lines => self.happens(Event::LineEnded { line }),
                Event::Hush { line } => {
                    let (heard_ms, of_ms) = (self.resume_ms + 300, 3000);
                    self.happens(Event::LineStopped { line, heard_ms, of_ms, resume_ms: self.resume_ms });
                }
                Event::Duck { .. } => self.is_soft = true,
                Event::Unduck { .. } => self.is_soft = false,
                _ => {}
            }
        }
    }

    pub(crate) fn write(&mut self, at_ms: u64, event: Event) {
        if event.is_kept() {
            self.log.push(Record { seq: self.log.len() as u64, at_ms, event });
        }
    }

    pub(crate) fn says(&mut self, text: &str) {
        self.begins_to_say(text);
        self.pass(3000);
    }

    pub(crate) fn begins_to_say(&mut self, text: &str) {
        let from_ms = self.now_ms;
        self.happens(Event::VoiceStarted { from_ms });
        self.begins_to_say_on(text);
    }

    /// The rest of a stretch whose voice has begun: two seconds, a pause, its words.
    pub(crate) fn begins_to_say_on(&mut self, text: &str) {
        self.pass(2000);
        self.happens(Event::VoicePaused { since_ms: self.now_ms - 200 });
        self.happens(Event::Judged { pause: self.stretch() - 1, probability: 0.95 });
        self.recognises(text, Ending::Complete);
    }

    /// The number of the stretch that was asked for last.
    pub(crate) fn stretch(&self) -> u32 {
        let asked = self.log.iter().rev().find_map(|r| match r.event {
            Event::Recognise { stretch, .. } => Some(stretch),
            _ => None,
        });
        asked.unwrap()
    }

    pub(crate) fn recognises(&mut self, text: &str, ending: Ending) {
        let kept = self.core.kept_from_ms().is_some();
        self.happens(Event::Recognised {
            stretch: self.stretch(),
            count: text.split_whitespace().count() as u32,
            ending,
            listens: interview::is_backchannel(text),
            reply: (!kept).then(|| interview::consent_reply(text)),
            text: if kept { text.to_owned() } else { String::new() },
            words: Vec::new(),
        });
    }

    pub(crate) fn said(&self) -> Vec<String> {
        let lines = self.log.iter().filter_map(|r| match &r.event {
            Event::Speak { text, .. } => Some(text.clone()),
            _ => None,
        });
        lines.collect()
    }

    pub(crate) fn turns(&self) -> Vec<(Option<usize>, String)> {
        let turns = self.log.iter().filter_map(|r| match &r.event {
            Event::TurnOver { question, text, .. } => Some((*question, text.clone())),
            _ => None,
        });
        turns.collect()
    }
}

#[test]
fn consent_by_a_button_over_the_greeting_leaves_it_open_to_interruption() {
    let mut s = Simulation::connected(true);
    s.pass(500);
    s.happens(Event::ConsentClicked { granted: true });
    s.pass(500);
    s.happens(Event::VoiceStarted { from_ms: s.now_ms - 100 });
    assert!(s.is_soft, "a line that is being spoken grows soft under a voice");
}

#[test]
fn a_whole_interview_and_its_replay() {
    let mut s = Simulation::new();
    s.says("Yes, that is fine.");
    s.says("We argued about a date, and so I asked everyone for their reasons, and in the end we shipped on time.");
    s.says("Three days.");
    s.says("No, thank you.");
    assert_eq!(s.log.last().map(|r| &r.event), Some(&Event::Ended { reason: EndReason::Completed }));
    assert_eq!(s.turns().len(), 3, "the consent is not a turn: {:?}", s.turns());
    let text = serde_json::to_string(&s.log).unwrap();
    assert!(!text.contains("that is fine"), "nothing said before consent is kept");
    let replayed = replay(plan(), &s.log);
    assert!(replayed.differences.is_empty() && replayed.same > 10, "{replayed:?}");
}

#[test]
fn after_a_crash_it_goes_on_in_mid_question_and_keeps_what_was_said() {
    let mut s = Simulation::asked();
    s.begins_to_say("We argued about the date of a release");
    let said_before = s.said().len();
    s.core = Core::restore(plan(), &s.log);
    s.happens(Event::Connected { resumed: true, unix_ms: 1, profile: Profile::INTERVIEW, accommodation: 1.0 });
    let said = s.said()[said_before..].join(" ");
    assert!(
        said.contains("Welcome back") && said.contains("disagreement") && !said.contains("AI interviewer"),
        "{said}"
    );
    assert_eq!(s.turns(), [(Some(0), "We argued about the date of a release".to_owned())]);
    let replayed = replay(plan(), &s.log);
    assert!(replayed.differences.is_empty(), "{replayed:?}");
}

#[test]
fn a_voice_over_a_line_stops_it_and_a_cough_brings_it_back() {
    let mut s = Simulation::asked();
    s.hold_lines = true;
    s.happens(Event::ActionAsked { action: Action::Repeat });
    let lines = s.said().len();
    s.happens(Event::VoiceStarted { from_ms: s.now_ms });
    s.pass(1500);
    assert!(s.log.iter().any(|r| matches!(r.event, Event::Hush { .. })));
    s.happens(Event::VoicePaused { since_ms: s.now_ms - 200 });
    s.recognises("", Ending::Open);
    s.pass(5000);
    assert_eq!(s.said().len(), lines + 1, "{:?}", s.said());
    assert!(s.said()[lines].contains("disagreement"));
}

#[test]
fn a_line_that_was_stopped_for_nothing_goes_on_from_the_word_where_it_stopped() {
    let mut s = Simulation::asked();
    s.hold_lines = true;
    s.resume_ms = 1500;
    s.happens(Event::ActionAsked { action: Action::Repeat });
    s.happens(Event::VoiceStarted { from_ms: s.now_ms });
    s.pass(100);
    s.happens(Event::Claimed { probability: 0.9 });
    s.happens(Event::VoicePaused { since_ms: s.now_ms });
    s.recognises("", Ending::Open);
    s.pass(5000);
    let last = s.log.iter().rev().find_map(|r| match &r.event {
        Event::Speak { text, rest, .. } => Some((text.clone(), rest.clone())),
        _ => None,
    });
    let rest = crate::Rest { whole: "Tell me about a disagreement.".into(), from_ms: 1500 };
    assert_eq!(last, Some(("disagreement.".to_owned(), Some(rest))));
    assert!(replay(plan(), &s.log).differences.is_empty());
}

#[test]
fn a_listener_s_noise_makes_us_soft_and_no_more() {
    let mut s = Simulation::asked();
    s.hold_lines = true;
    s.happens(Event::ActionAsked { action: Action::Repeat });
    s.happens(Event::VoiceStarted { from_ms: s.now_ms });
    assert!(s.is_soft);
    s.pass(600);
    s.happens(Event::VoicePaused { since_ms: s.now_ms - 200 });
    assert!(s.is_soft, "soft until it is known what was said");
    s.recognises("Mm-hm.", Ending::Complete);
    assert!(!s.is_soft && !s.log.iter().any(|r| matches!(r.event, Event::Hush { .. })));
    assert!(s.turns().is_empty());
}

#[test]
fn a_short_word_that_wants_the_floor_stops_us() {
    let mut s = Simulation::asked();
    s.hold_lines = true;
    s.happens(Event::ActionAsked { action: Action::Repeat });
    s.happens(Event::VoiceStarted { from_ms: s.now_ms });
    s.pass(600);
    s.happens(Event::VoicePaused { since_ms: s.now_ms - 200 });
    s.recognises("Pardon?", Ending::Request);
    assert!(s.log.iter().any(|r| matches!(r.event, Event::Hush { .. })));
    s.pass(3000);
    assert!(s.said().last().unwrap().contains("disagreement"), "{:?}", s.said());
}

#[test]
fn the_next_line_is_not_begun_over_a_voice() {
    let mut s = Simulation::asked();
    s.hold_lines = true;
    s.says("We argued about a date, and so I asked everyone for their reasons, and in the end we shipped on time.");
    let Some(Event::Speak { line, kind: LineKind::Acknowledgement, .. }) = s.log.last().map(|r| r.event.clone()) else {
        panic!("{:?}", s.log.last());
    };
    s.happens(Event::LineStarted { line });
    s.pass(1000);
    s.happens(Event::VoiceStarted { from_ms: s.now_ms });
    s.happens(Event::LineEnded { line });
    let said = s.said().len();
    s.pass(500);
    assert_eq!(s.said().len(), said, "the question waits until it is known what the voice wants");
    s.happens(Event::VoicePaused { since_ms: s.now_ms - 200 });
    s.recognises("Mm-hm.", Ending::Complete);
    assert!(s.said().last().unwrap().contains("How many days"));
    assert!(replay(plan(), &s.log).differences.is_empty());
}

#[test]
fn a_typed_answer_and_a_skip_go_on() {
    let mut s = Simulation::asked();
    s.happens(Event::Typed {
        text: "We argued, and I asked for reasons; in the end it worked out. ".repeat(3),
        reply: None,
    });
    assert!(s.said().last().unwrap().contains("How many days"));
    s.happens(Event::ActionAsked { action: Action::Skip });
    assert_eq!(s.core.phase(), Phase::CandidateQuestions);
}

#[test]
fn a_no_ends_it_and_keeps_nothing() {
    let mut s = Simulation::new();
    s.says("No, I do not want that.");
    assert_eq!(s.log.last().map(|r| &r.event), Some(&Event::Ended { reason: EndReason::Declined }));
    assert!(s.core.kept_from_ms().is_none() && s.turns().is_empty());
    assert!(s.log.iter().any(|r| r.event == Event::Consent { reply: ConsentReply::Declined }));
    assert!(!s.log.iter().any(|r| matches!(&r.event, Event::Speak { kind: LineKind::Question, .. })));
}

#[test]
fn a_goodbye_is_said_to_its_end_and_whoever_hangs_up_on_it_has_ended_it() {
    let mut s = Simulation::asked();
    s.hold_lines = true;
    s.happens(Event::LeaveAsked);
    s.happens(Event::VoiceStarted { from_ms: s.now_ms });
    s.pass(3000);
    assert!(!s.log.iter().any(|r| matches!(r.event, Event::Hush { .. })), "{:?}", s.log);
    let ended = Event::Ended { reason: EndReason::Left };
    let mut after_a_crash = Core::restore(plan(), &s.log);
    let connected = Event::Connected { resumed: true, unix_ms: 1, profile: Profile::INTERVIEW, accommodation: 1.0 };
    assert_eq!(after_a_crash.hear(&connected, s.now_ms), [(s.now_ms, ended.clone())]);
    s.happens(Event::Disconnected);
    assert_eq!(s.log.last().map(|r| &r.event), Some(&ended));
    assert!(replay(plan(), &s.log).differences.is_empty());
}

#[test]
fn a_skip_in_mid_answer_keeps_the_words_and_its_reply_is_heard() {
    let mut s = Simulation::asked();
    s.begins_to_say("We argued about the date");
    s.happens(Event::VoiceStarted { from_ms: s.now_ms });
    s.pass(500);
    s.happens(Event::ActionAsked { action: Action::Skip });
    s.recognises("We argued about the date of a release", Ending::Complete);
    s.pass(2000);
    assert_eq!(s.turns(), [(Some(0), "We argued about the date of a release".to_owned())]);
    assert!(!s.log.iter().any(|r| matches!(r.event, Event::Hush { .. })));
    assert!(s.said().last().unwrap().contains("How many days"));
    assert!(replay(plan(), &s.log).differences.is_empty());
}

#[test]
fn done_that_comes_when_we_speak_already_skips_nothing() {
    let mut s = Simulation::asked();
    s.hold_lines = true;
    s.happens(Event::ActionAsked { action: Action::Repeat });
    let said = s.said().len();
    s.happens(Event::ActionAsked { action: Action::Done });
    assert_eq!((s.said().len(), s.core.phase()), (said, Phase::Questions));
}

#[test]
fn listening_noises_over_a_question_bring_it_back_and_are_no_answer() {
    let mut s = Simulation::asked();
    s.hold_lines = true;
    s.happens(Event::ActionAsked { action: Action::Repeat });
    s.happens(Event::VoiceStarted { from_ms: s.now_ms });
    s.pass(1450);
    s.begins_to_say_on("Yeah, okay.");
    s.pass(3000);
    assert!(s.turns().is_empty(), "{:?}", s.turns());
    assert!(s.log.iter().any(|r| r.event == Event::FalseAlarm));
    assert!(s.said().last().unwrap().contains("disagreement"));
}

#[test]
fn what_fell_due_while_nobody_was_there_is_not_done_and_nothing_is_decided_twice() {
    let mut s = Simulation::asked();
    s.pass(u64::from(Profile::INTERVIEW.nudge_ms) + u64::from(Profile::INTERVIEW.offer_ms) + 2000);
    let before = s.log.len();
    s.core = Core::restore(plan(), &s.log);
    s.now_ms += 600_000;
    let back = Event::Connected { resumed: true, unix_ms: 1, profile: Profile::INTERVIEW, accommodation: 1.0 };
    s.write(s.now_ms, back.clone());
    let decided = s.core.hear(&back, s.now_ms);
    s.settle(decided);
    assert!(!s.log[before..].iter().any(|r| matches!(r.event, Event::Silence { .. } | Event::Paused)));
    assert!(replay(plan(), &s.log).differences.is_empty());
}
