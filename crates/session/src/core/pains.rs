//! The loudest complaints of the users of other voice agents that concern turn-taking, the transcript and recovery: one
//! test for each, under the name of the issue. Others are held where the thing lives: who cannot be served well waits in
//! line (pipecat#3378, livekit/agents#4331 and #4884) in `lobby.rs`; an engine's full queue answers at once
//! (livekit/agents#5910) in `engines/silero/src/batch.rs`; latency is what the recording holds (livekit/agents#6093) in
//! `assess/tests/it/measuring.rs`; a server that stops loses nothing (livekit/agents#3020, livekit#3413) in
//! `cli/tests/it/resume.rs`; what a call costs (pipecat-ai/docs#1330) is measured by `bench calls` and `bench vad`.

use super::tests::{Simulation, plan};
use super::*;
use crate::replay;

use interview::Action;
use turn::Ending;

const LONG: &str =
    "We argued about a date, and so I asked everyone for their reasons, and in the end we shipped on time.";

fn hushes(s: &Simulation) -> usize {
    s.log.iter().filter(|r| matches!(r.event, Event::Hush { .. })).count()
}

/// A question is being asked again, and has been for a second.
fn while_a_question_is_asked() -> Simulation {
    let mut s = Simulation::asked();
    s.hold_lines = true;
    s.happens(Event::ActionAsked { action: Action::Repeat });
    s.pass(1000);
    s
}

#[test]
fn pipecat_5018_and_4098_words_that_are_ready_are_not_waited_for_and_a_recogniser_that_hangs_stalls_nobody() {
    let mut s = Simulation::asked();
    let spoke_until_ms = s.now_ms + 2000;
    s.says(LONG);
    let over = s.log.iter().find(|r| matches!(r.event, Event::TurnOver { .. })).unwrap();
    assert!(over.at_ms <= spoke_until_ms + u64::from(Profile::INTERVIEW.likely_ms), "{}", over.at_ms);
    let mut s = Simulation::asked();
    s.happens(Event::VoiceStarted { from_ms: s.now_ms });
    s.pass(2000);
    s.happens(Event::VoicePaused { since_ms: s.now_ms - 200 });
    s.pass(60_000);
    s.says(LONG);
    assert_eq!(s.turns().len(), 1, "the next answer is taken all the same");
}

#[test]
fn pipecat_3988_and_4279_no_turn_is_skipped_however_late_its_words_come() {
    let mut s = Simulation::asked();
    s.happens(Event::VoiceStarted { from_ms: s.now_ms });
    s.pass(2000);
    s.happens(Event::VoicePaused { since_ms: s.now_ms - 200 });
    s.pass(8000);
    s.recognises(LONG, Ending::Complete);
    s.pass(100);
    assert_eq!(s.turns(), [(Some(0), LONG.to_owned())]);
}

#[test]
fn a_network_that_breaks_off_behind_a_whole_sentence_ends_no_answer_and_the_question_is_gone_on_with() {
    let mut s = Simulation::asked();
    s.begins_to_say(LONG);
    s.happens(Event::Unreached);
    s.pass(5000);
    assert!(s.turns().is_empty(), "{:?}", s.turns());
    s.happens(Event::Disconnected);
    let back = Event::Connected { resumed: true, unix_ms: 1, profile: Profile::INTERVIEW, accommodation: 1.0 };
    s.happens(back);
    assert_eq!(s.turns(), [(Some(0), LONG.to_owned())], "what was said is kept");
    assert!(s.said().last().unwrap().contains("disagreement"), "{:?}", s.said());
    assert!(replay(plan(), &s.log).differences.is_empty());
}

#[test]
fn livekit_agents_3427_and_3903_a_slow_thinker_has_a_profile_and_a_factor_of_their_own() {
    let patient = Profile::PATIENT.accommodated(2.0);
    assert!(patient.open_ms >= 8000 && patient.nudge_ms >= 50_000);
    let mut s = Simulation::asked();
    s.pass(u64::from(Profile::INTERVIEW.nudge_ms) - 1000);
    assert!(
        !s.log.iter().any(|r| matches!(r.event, Event::Silence { .. })),
        "thought before the first word is left alone"
    );
}

#[test]
fn livekit_agents_4039_and_1229_after_a_false_interruption_the_line_goes_on_and_so_does_the_interview() {
    let mut s = while_a_question_is_asked();
    s.resume_ms = 1500;
    for _ in 0..3 {
        s.happens(Event::VoiceStarted { from_ms: s.now_ms });
        s.pass(100);
        s.happens(Event::Claimed { probability: 0.9 });
        s.happens(Event::VoicePaused { since_ms: s.now_ms });
        s.recognises("", Ending::Open);
        s.pass(5000);
    }
    s.hold_lines = false;
    s.pass(1000);
    let line = s.log.iter().rev().find_map(|r| if let Event::Speak { line, .. } = r.event { Some(line) } else { None });
    s.happens(Event::LineEnded { line: line.unwrap() });
    s.says(LONG);
    assert_eq!(s.turns().len(), 1, "{:?}", s.said());
}

#[test]
fn livekit_agents_3418_whoever_is_listened_to_is_never_left_in_silence() {
    let mut s = while_a_question_is_asked();
    s.happens(Event::VoiceStarted { from_ms: s.now_ms });
    s.pass(100);
    s.happens(Event::Claimed { probability: 0.9 });
    s.happens(Event::VoicePaused { since_ms: s.now_ms });
    s.pass(60_000); // the recogniser never answers
    let spoken = s.log.iter().rposition(|r| matches!(r.event, Event::Speak { .. })).unwrap();
    let hushed = s.log.iter().rposition(|r| matches!(r.event, Event::Hush { .. })).unwrap();
    assert!(spoken > hushed, "we speak again");
}

#[test]
fn livekit_agents_4219_and_5924_what_was_begun_early_is_dropped_when_the_speech_goes_on() {
    let mut s = Simulation::asked();
    s.begins_to_say("We argued");
    s.happens(Event::VoiceStarted { from_ms: s.now_ms });
    s.begins_to_say_on(LONG);
    s.pass(3000);
    assert_eq!(s.turns(), [(Some(0), LONG.to_owned())], "neither twice, nor what was heard too early");
}

#[test]
fn livekit_agents_js_1791_speculation_that_fails_does_not_silence_us() {
    let mut s = Simulation::asked();
    s.begins_to_say("We argued");
    s.happens(Event::VoiceStarted { from_ms: s.now_ms });
    s.pass(1000);
    s.happens(Event::VoicePaused { since_ms: s.now_ms - 200 });
    s.happens(Event::EngineFailed { message: "gone".into() });
    s.recognises("", Ending::Open);
    s.pass(200_000);
    assert!(s.log.iter().any(|r| matches!(r.event, Event::TurnOver { .. } | Event::Silence { .. })));
}

#[test]
fn pipecat_5426_5305_and_4996_what_was_not_spoken_is_not_taken_as_heard() {
    let mut s = while_a_question_is_asked();
    s.happens(Event::VoiceStarted { from_ms: s.now_ms });
    s.pass(100);
    s.happens(Event::Claimed { probability: 0.9 });
    s.begins_to_say_on("Sorry?");
    s.pass(3000);
    assert_eq!(hushes(&s), 1);
    assert!(s.said().last().unwrap().contains("disagree"), "the question is asked again: {:?}", s.said());
}

#[test]
fn components_js_1346_the_transcript_is_in_the_order_of_speech() {
    let mut s = Simulation::new();
    s.says("Yes, that is fine.");
    s.says(LONG);
    s.says("Three days.");
    let starts = s.log.iter().filter_map(|r| match r.event {
        Event::TurnOver { from_ms, to_ms, .. } => Some((from_ms, to_ms)),
        _ => None,
    });
    let starts: Vec<_> = starts.collect();
    assert!(starts.len() == 2 && starts[0].1 <= starts[1].0, "{starts:?}");
    assert!(s.log.windows(2).all(|w| w[0].seq + 1 == w[1].seq));
    assert!(replay(super::tests::plan(), &s.log).differences.is_empty());
}

#[test]
fn pipecat_188_1626_and_1771_a_sound_that_holds_no_words_does_not_stop_us() {
    let mut s = while_a_question_is_asked();
    for voiced_ms in [100, 200, 400, 600] {
        s.happens(Event::VoiceStarted { from_ms: s.now_ms });
        s.pass(voiced_ms + 200);
        s.happens(Event::VoicePaused { since_ms: s.now_ms - 200 });
        if s.core.taker.deciding().is_some() {
            s.recognises("", Ending::Open);
        }
        s.pass(3000);
    }
    assert_eq!(hushes(&s), 0);
}

#[test]
fn livekit_agents_979_1166_and_2166_a_thousand_noises_leave_nothing_behind() {
    let mut s = while_a_question_is_asked();
    let coughs = |s: &mut Simulation, count: usize| {
        for _ in 0..count {
            s.happens(Event::VoiceStarted { from_ms: s.now_ms });
            s.pass(500);
            s.happens(Event::VoicePaused { since_ms: s.now_ms - 200 });
            s.recognises("", Ending::Open);
            s.pass(1000);
        }
        format!("{:?}", s.core).len()
    };
    let (few, many) = (coughs(&mut s, 10), coughs(&mut s, 1000));
    assert!(many <= few + 50, "only times grow: {few} and {many} characters of state");
    assert_eq!(hushes(&s), 0);
}

#[test]
fn who_waits_for_a_slow_engine_is_told_and_loses_nothing() {
    let mut s = Simulation::asked();
    s.happens(Event::VoiceStarted { from_ms: s.now_ms });
    s.pass(2000);
    s.happens(Event::VoicePaused { since_ms: s.now_ms - 200 });
    s.happens(Event::Judged { pause: s.stretch() - 1, probability: 0.95 });
    s.pass(3000);
    let before = s.said().len();
    s.happens(Event::EngineSlow);
    assert_eq!(s.said()[before..], [interview::lines::ONE_MOMENT]);
    s.recognises(LONG, Ending::Complete);
    s.pass(1000);
    assert_eq!(s.turns(), [(Some(0), LONG.to_owned())]);
}

#[test]
fn what_no_engine_could_hear_is_asked_for_again() {
    let mut s = Simulation::asked();
    s.happens(Event::VoiceStarted { from_ms: s.now_ms });
    s.pass(2000);
    s.happens(Event::VoicePaused { since_ms: s.now_ms - 200 });
    let before = s.said().len();
    s.happens(Event::Unheard { stretch: s.stretch() });
    s.pass(5000);
    assert_eq!(s.said()[before..], [interview::lines::SAY_AGAIN]);
    s.says(LONG);
    assert_eq!(s.turns(), [(Some(0), LONG.to_owned())]);
}

#[test]
fn a_slow_engine_is_not_spoken_of_while_somebody_speaks() {
    let mut s = while_a_question_is_asked();
    let before = s.said().len();
    s.happens(Event::EngineSlow);
    assert_eq!(s.said().len(), before, "our own line goes on");
    let mut s = Simulation::asked();
    s.happens(Event::VoiceStarted { from_ms: s.now_ms });
    let before = s.said().len();
    s.happens(Event::EngineSlow);
    assert_eq!(s.said().len(), before, "the candidate is not spoken over");
}
