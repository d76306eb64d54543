//! Latency, cut-ins and barge-ins, measured on sound.

use assess::CutInKind;
use interview::{Action, LineKind};
use session::{Event, Source};

use crate::support::{CANDIDATE, INTERVIEWER, Made};

fn near(measured_ms: u64, true_ms: u64) {
    assert!(measured_ms.abs_diff(true_ms) <= 20, "{measured_ms} instead of {true_ms}");
}

#[test]
fn voice_to_voice_is_the_sound_s_and_not_the_log_s() {
    let mut made = Made::asked();
    // The log's end is 90 ms early, and our line begins with 130 ms of silence.
    made.turn("We argued.", Some(0), 6000, 9000, 9600);
    if let Some(Event::TurnOver { to_ms, .. }) = made.records.last_mut().map(|record| &mut record.event) {
        *to_ms = 8910;
    }
    let line = made.begins(LineKind::Question, "How many days a week?", Some(1), 9620);
    made.sounds(INTERVIEWER, 9750, 11_000);
    made.at(11_220, Event::LineEnded { line });
    made.turn("Three.", Some(1), 12_000, 12_400, 13_000);
    made.line(LineKind::Closing, "Goodbye.", None, 13_300, 14_000);
    let latency = made.measured();
    near(latency.turns[0].candidate_end_ms, 9000);
    near(latency.turns[0].voice_to_voice_ms, 750);
    near(latency.turns[1].voice_to_voice_ms, 900);
    assert_eq!(latency.turns[0].question.as_deref(), Some("one"));
    near(latency.voice_to_voice_ms.p50.unwrap(), 750);
    near(latency.voice_to_voice_ms.max.unwrap(), 900);
    assert_eq!((latency.cut_ins, latency.unmeasured_turns, latency.barge_in_stop_ms.p50), (0, 0, None));
}

#[test]
fn a_pause_inside_a_turn_and_noise_after_it_do_not_end_it_elsewhere() {
    let mut made = Made::asked();
    made.sounds(CANDIDATE, 6000, 7000);
    made.turn("We argued. Then we agreed.", Some(0), 8500, 10_000, 11_000);
    made.sounds(CANDIDATE, 10_400, 10_440);
    made.line(LineKind::Closing, "Goodbye.", None, 11_000, 12_000);
    near(made.measured().turns[0].voice_to_voice_ms, 1000);
}

#[test]
fn a_candidate_who_goes_on_within_a_second_was_cut_into() {
    for (resumes_ms, expected) in [(9900, Some(CutInKind::Resumed)), (10_800, None), (9580, Some(CutInKind::OverVoice))]
    {
        let mut made = Made::asked();
        made.turn("We argued about the", Some(0), 6000, 9000, 9550);
        made.line(LineKind::Acknowledgement, "Thank you.", Some(0), 9600, 10_700);
        made.sounds(CANDIDATE, resumes_ms, 12_000);
        let latency = made.measured();
        assert_eq!(latency.cut_in_turns.first().map(|cut_in| cut_in.kind), expected, "{resumes_ms}");
        assert_eq!(latency.turns[0].cut_in, expected.is_some());
        assert_eq!(latency.voice_to_voice_ms.p50.is_none(), expected.is_some(), "a cut-in is no quick answer");
    }
}

#[test]
fn a_gentle_word_on_the_candidate_s_voice_is_a_cut_in_and_a_button_is_not() {
    let mut made = Made::asked();
    made.at(17_000, Event::Silence { stage: turn::SilenceStage::Nudge });
    made.line(LineKind::Patience, "Take your time.", Some(0), 17_050, 18_000);
    made.sounds(CANDIDATE, 16_900, 19_000);
    let latency = made.measured();
    assert_eq!((latency.cut_ins, latency.cut_in_turns[0].turn), (1, None));

    let mut made = Made::asked();
    made.sounds(CANDIDATE, 6000, 9000);
    made.at(9000, Event::ActionAsked { action: Action::Skip });
    made.over("We argued about", Vec::new(), Some(0), (6000, 9000), 9000, Source::CutOff);
    made.line(LineKind::Acknowledgement, "All right, let us go on.", Some(0), 9050, 10_000);
    let latency = made.measured();
    assert_eq!((latency.cut_ins, latency.turns.len()), (0, 0));
}

#[test]
fn a_turn_that_we_left_unanswered_counts_with_the_time_until_the_next() {
    let mut made = Made::asked();
    made.turn("We argued.", Some(0), 6000, 9000, 9600);
    made.turn("Hello? Are you there?", Some(0), 13_000, 14_000, 14_600);
    made.line(LineKind::Closing, "Goodbye.", None, 14_800, 15_500);
    let latency = made.measured();
    let answered: Vec<bool> = latency.turns.iter().map(|turn| turn.answered).collect();
    assert_eq!((answered, latency.unmeasured_turns, latency.cut_ins), (vec![false, true], 0, 0));
    assert_eq!(latency.turns[0].interviewer_start_ms, None);
    near(latency.turns[0].candidate_end_ms, 9000);
    near(latency.voice_to_voice_ms.p50.unwrap(), 800);
    near(latency.voice_to_voice_ms.p95.unwrap(), 4000);
    near(latency.voice_to_voice_ms.max.unwrap(), 4000);
}

#[test]
fn a_turn_is_followed_by_typing_and_the_last_one_by_nothing() {
    let mut made = Made::asked();
    made.turn("We argued.", Some(0), 6000, 9000, 9600);
    made.typed("Do you hear me?", Some(0), 12_000);
    made.turn("Hello?", Some(0), 14_000, 15_000, 15_600);
    made.at(20_000, Event::Disconnected);
    made.sounds(INTERVIEWER, 20_500, 21_000);
    let latency = made.measured();
    assert_eq!((latency.turns.len(), latency.unmeasured_turns), (1, 1));
    near(latency.voice_to_voice_ms.max.unwrap(), 3000);
    let (folder, _) = made.written();
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains("<dt>Replies not measured</dt><dd>1</dd>"));
    assert!(page.contains("<dt>Candidate spoke again unanswered</dt><dd>1</dd>"));
    assert!(page.contains("are not in these times"));
}

#[test]
fn a_line_said_again_and_the_first_one_after_coming_back_can_cut_in_too() {
    let back = Event::Connected { resumed: true, unix_ms: 0, profile: turn::Profile::INTERVIEW, accommodation: 1.0 };
    let first = Event::Connected { resumed: false, unix_ms: 0, profile: turn::Profile::INTERVIEW, accommodation: 1.0 };
    for (event, voice_ms, cut_ins) in [
        (Event::FalseAlarm, 6900, 1),
        (back.clone(), 6900, 1),
        (first, 6900, 0),
        (Event::FalseAlarm, 7500, 0),
        (back, 7500, 0),
    ] {
        let mut made = Made::asked();
        made.at(7000, event);
        made.line(LineKind::Question, "How many days a week?", Some(1), 7050, 8000);
        made.sounds(CANDIDATE, voice_ms, 9000);
        let latency = made.measured();
        assert_eq!((latency.cut_ins, latency.turns.len()), (cut_ins, 0), "{voice_ms}");
        assert!(latency.cut_in_turns.iter().all(|cut_in| cut_in.turn.is_none()));
    }
}

#[test]
fn an_onset_that_two_decisions_led_to_is_one_cut_in() {
    let mut made = Made::asked();
    made.at(7000, Event::FalseAlarm);
    made.at(7020, Event::Silence { stage: turn::SilenceStage::Nudge });
    made.line(LineKind::Patience, "Take your time.", Some(0), 7050, 8000);
    made.sounds(CANDIDATE, 6900, 9000);
    assert_eq!(made.measured().cut_ins, 1);
}

/// Question one is spoken over from 4000 ms on and falls silent at 4450 ms.
fn barged_in() -> Made {
    let mut made = Made::greeted();
    let line = made.begins(LineKind::Question, "Tell me about a time when you disagreed.", Some(0), 2000);
    made.sounds(INTERVIEWER, 2050, 4450);
    made.sounds(CANDIDATE, 4000, 6000);
    made.at(4100, Event::VoiceStarted { from_ms: 4030 });
    made.at(4430, Event::Hush { line });
    made.at(4450, Event::LineStopped { line, heard_ms: 2400, of_ms: 4000, resume_ms: 0 });
    made
}

#[test]
fn a_barge_in_is_timed_from_the_first_sound_over_ours_to_our_last() {
    let latency = barged_in().measured();
    assert_eq!((latency.barge_ins.len(), latency.cut_ins), (1, 0));
    near(latency.barge_ins[0].stop_ms, 450);
    near(latency.barge_in_stop_ms.p50.unwrap(), 450);
    near(latency.barge_in_stop_ms.p95.unwrap(), 450);
}

#[test]
fn a_barge_in_counts_though_there_was_sound_long_before_the_voice() {
    for (begins_ms, stop_ms) in [(3500, 950), (1800, 2450)] {
        let mut made = barged_in();
        made.sounds(CANDIDATE, begins_ms, 6000);
        let latency = made.measured();
        assert_eq!(latency.barge_ins.len(), 1, "{begins_ms}");
        near(latency.barge_ins[0].stop_ms, stop_ms);
    }
}

#[test]
fn a_button_over_our_line_is_no_barge_in() {
    let mut made = Made::greeted();
    let line = made.begins(LineKind::Question, "Tell me about it.", Some(0), 2000);
    made.sounds(INTERVIEWER, 2050, 3000);
    made.at(3000, Event::ActionAsked { action: Action::Rephrase });
    made.at(3000, Event::Hush { line });
    made.at(3010, Event::LineStopped { line, heard_ms: 950, of_ms: 4000, resume_ms: 0 });
    assert!(made.measured().barge_ins.is_empty());
}

#[test]
fn the_voice_that_we_had_cut_into_is_no_barge_in() {
    let mut made = Made::asked();
    made.turn("We argued about the", Some(0), 6000, 9000, 9550);
    let line = made.begins(LineKind::Question, "How many days a week?", Some(1), 9600);
    made.sounds(INTERVIEWER, 9600, 10_400);
    made.sounds(CANDIDATE, 9900, 12_000);
    made.at(10_000, Event::VoiceStarted { from_ms: 9900 });
    made.at(10_390, Event::Hush { line });
    made.at(10_400, Event::LineStopped { line, heard_ms: 800, of_ms: 1600, resume_ms: 0 });
    let latency = made.measured();
    assert_eq!((latency.cut_ins, latency.barge_ins.len()), (1, 0));
}

#[test]
fn the_wav_gives_the_same_figures_as_the_raw_recording() {
    let made = crate::support::whole();
    let (folder, _) = made.written();
    let of_wav = assess::latency(&folder.path().join("recording.wav"), &crate::support::plan(), &made.records).unwrap();
    assert_eq!(of_wav, made.measured());
    assert_eq!(of_wav.turns.len(), 1);
}

#[test]
fn a_slow_reply_tells_which_stage_took_the_time() {
    let mut made = Made::asked();
    let text = "We argued about the".to_owned();
    let (ending, words) = (turn::Ending::Open, Vec::new());
    made.at(9900, Event::Recognised { stretch: 2, count: 4, ending, listens: false, reply: None, text, words });
    made.sounds(CANDIDATE, 6000, 9000);
    // 550 ms of silence were needed and the words came at 9900 ms
    made.over("We argued about the", Vec::new(), Some(0), (6000, 9000), 9900, Source::Spoken);
    let line = made.begins(LineKind::Question, "How many days a week?", Some(1), 9940);
    made.sounds(INTERVIEWER, 10_040, 11_000);
    made.at(11_000, Event::LineEnded { line });
    let latency = made.measured();
    let stages = latency.turns[0].stages.unwrap();
    near(stages.pause_ms, 550);
    near(stages.recognition_ms, 350);
    near(stages.voice_ms, 40);
    near(stages.lead_in_ms, 100);
    assert_eq!(latency.turns[0].slowest, Some(assess::Stage::Pause));
    near(latency.stages_ms.recognition.unwrap(), 350);
    let because = &latency.turns[0].because;
    assert_eq!((because.needed_ms, because.probability, because.words), (Some(550), Some(0.9), 4));
    assert_eq!((because.ending, because.trigger), (Some(turn::Ending::Open), assess::Trigger::TurnOver));
}

#[test]
fn a_cut_in_and_a_barge_in_tell_their_cause() {
    let mut made = Made::asked();
    made.turn("We argued about the", Some(0), 6000, 9000, 9550);
    made.line(LineKind::Acknowledgement, "Thank you.", Some(0), 9600, 10_700);
    made.sounds(CANDIDATE, 9900, 12_000);
    let because = made.measured().cut_in_turns[0].because.clone();
    assert_eq!((because.needed_ms, because.probability, because.words), (Some(550), Some(0.9), 4));

    let barge_in = barged_in().measured().barge_ins[0].clone();
    near(barge_in.stages.noticing_ms, 100);
    near(barge_in.stages.deciding_ms, 330);
    near(barge_in.stages.stopping_ms, 20);
    assert_eq!(barge_in.slowest, assess::StopStage::Deciding);
}

#[test]
fn a_thank_you_over_our_goodbye_waits_for_no_answer() {
    let mut made = Made::asked();
    made.turn("That is all.", Some(0), 6000, 7000, 7500);
    let line = made.begins(LineKind::Closing, "Thank you. A person will read this.", None, 7550);
    made.sounds(INTERVIEWER, 7550, 9000);
    made.turn("Thank you.", Some(0), 8700, 9200, 9700);
    made.sounds(INTERVIEWER, 10_200, 12_000);
    made.at(12_000, Event::LineEnded { line });
    let latency = made.measured();
    assert_eq!((latency.turns.len(), latency.unmeasured_turns), (1, 1));
    near(latency.voice_to_voice_ms.max.unwrap(), 550);
}
