use super::*;
use crate::{Ending, Segmenter};

const STORY: Expectation = Expectation::of(ExpectationKind::Story);

/// A turn taker and what it decided, on a simulated clock.
struct Simulation {
    taker: TurnTaker,
    decided: Vec<(u64, Decision)>,
}

impl Simulation {
    fn listening() -> Self {
        let mut simulation = Self { taker: TurnTaker::new(Profile::INTERVIEW), decided: Vec::new() };
        simulation.at(0, Event::Listen(STORY));
        simulation
    }

    /// We speak, and since 3000 ms there has been a voice over ours.
    fn overlapped() -> Self {
        let mut simulation = Self::listening();
        simulation.at(100, Event::Speaking);
        simulation.at(3096, Event::VoiceStarted(3000));
        simulation
    }

    fn at(&mut self, now_ms: u64, event: Event) {
        self.until(now_ms);
        let decisions = self.taker.hear(event, now_ms);
        self.decided.extend(decisions.into_iter().map(|d| (now_ms, d)));
        self.until(now_ms);
    }

    fn until(&mut self, now_ms: u64) {
        self.decided.extend(self.taker.advance(now_ms));
    }

    /// A voice from `from_ms` to `to_ms`; at its pause it sounds finished with `probability` and has so many words.
    fn speech(&mut self, from_ms: u64, to_ms: u64, probability: f32, words: u32, ending: Ending) {
        self.at(from_ms + 96, Event::VoiceStarted(from_ms));
        self.at(to_ms + 200, Event::VoicePaused(to_ms));
        let numbers = self.decided.iter().rev().find_map(|(_, d)| match d {
            Decision::Recognise { stretch, .. } => Some((*stretch - 1, *stretch)),
            _ => None,
        });
        let (pause, stretch) = numbers.unwrap();
        self.at(to_ms + 260, Event::Judged(pause, probability));
        self.at(to_ms + 400, Event::Recognised(stretch, Said::of(words, ending)));
    }

    fn overs(&self) -> Vec<u64> {
        self.decided.iter().filter(|(_, d)| matches!(d, Decision::Over { .. })).map(|(t, _)| *t).collect()
    }

    fn has(&self, decision: &Decision) -> bool {
        self.decided.iter().any(|(_, d)| d == decision)
    }
}

#[test]
fn a_finished_answer_is_taken_soon_after_its_last_word() {
    let mut s = Simulation::listening();
    s.speech(1000, 6000, 0.95, 20, Ending::Complete);
    s.until(20_000);
    assert_eq!(s.overs(), [6000 + u64::from(Profile::INTERVIEW.finished_ms)]);
}

#[test]
fn a_thinking_pause_in_mid_sentence_is_waited_out() {
    let mut s = Simulation::listening();
    s.speech(1000, 6000, 0.05, 20, Ending::Open);
    s.speech(7800, 9000, 0.95, 26, Ending::Complete);
    s.until(20_000);
    assert_eq!(s.overs(), [9000 + u64::from(Profile::INTERVIEW.sure_ms)]);
}

#[test]
fn what_may_be_the_beginning_of_a_voice_holds_up_the_end_of_a_turn() {
    let finished_ms = 6000 + u64::from(Profile::INTERVIEW.finished_ms);
    let paused = || {
        let mut s = Simulation::listening();
        s.speech(1000, 6000, 0.95, 20, Ending::Complete);
        s.at(finished_ms - 20, Event::Stirred(finished_ms - 52));
        s.until(finished_ms + 40);
        assert!(s.overs().is_empty(), "it is not known yet what stirs");
        s
    };
    let mut voice = paused();
    voice.at(finished_ms + 44, Event::VoiceStarted(finished_ms - 52));
    voice.until(finished_ms + 1000);
    assert!(voice.overs().is_empty() && voice.taker.is_talking());
    let mut click = paused();
    click.until(finished_ms + 1000);
    assert_eq!(click.overs(), [finished_ms - 52 + Segmenter::KNOWN_AFTER_MS]);
    let mut rustling = paused();
    (1..20).for_each(|n| rustling.at(finished_ms + 64 * n, Event::Stirred(finished_ms + 64 * n - 32)));
    assert_eq!(rustling.overs(), [finished_ms + 320], "and not for ever");
}

#[test]
fn a_network_that_breaks_off_in_a_pause_ends_no_turn() {
    let mut s = Simulation::listening();
    s.speech(1000, 6000, 0.95, 20, Ending::Complete);
    s.at(6450, Event::Unreached);
    s.until(9000);
    assert!(s.overs().is_empty(), "whether there was silence is not known");
    s.at(9000, Event::Reached(2700));
    let silence_ms = u64::from(Profile::INTERVIEW.finished_ms);
    s.until(20_000);
    assert_eq!(s.overs(), [6000 + 2700 + silence_ms], "what is lost is no silence");
}

#[test]
fn sound_that_was_held_up_counts_when_it_has_come() {
    let mut s = Simulation::listening();
    s.speech(1000, 6000, 0.95, 20, Ending::Complete);
    s.at(6450, Event::Unreached);
    s.at(7500, Event::VoiceStarted(6600)); // the first of what came late
    s.at(7500, Event::Reached(0));
    s.until(9000);
    assert!(s.overs().is_empty());
}

#[test]
fn who_is_not_reached_is_not_nudged_and_the_button_still_works() {
    let mut s = Simulation::listening();
    s.at(500, Event::Unreached);
    s.until(60_000);
    assert!(s.decided.is_empty());
    s.at(60_000, Event::Reached(59_500));
    s.until(59_500 + u64::from(Profile::INTERVIEW.nudge_ms) - 1);
    assert!(s.decided.is_empty());
    let mut s = Simulation::listening();
    s.speech(1000, 6000, 0.95, 20, Ending::Open);
    s.at(6450, Event::Unreached);
    s.at(7000, Event::Done);
    assert_eq!(s.overs(), [7000]);
}

#[test]
fn words_that_come_late_are_waited_for_and_time_never_runs_back() {
    let mut s = Simulation::listening();
    s.at(1096, Event::VoiceStarted(1000));
    s.at(5200, Event::VoicePaused(5000));
    s.at(5300, Event::Judged(1, 0.99));
    s.until(8000);
    assert!(s.overs().is_empty());
    s.at(8000, Event::Recognised(2, Said::of(12, Ending::Complete)));
    assert_eq!(s.overs(), [8000]);
}

#[test]
fn speech_that_goes_on_makes_unsettled_work_stale_and_keeps_settled_work() {
    let mut s = Simulation::listening();
    s.at(1096, Event::VoiceStarted(1000));
    s.at(3200, Event::VoicePaused(3000));
    s.at(3400, Event::VoiceStarted(3300));
    assert!(s.has(&Decision::Forget { stretch: 2 }));
    s.at(12_200, Event::VoicePaused(12_000));
    s.at(12_500, Event::VoiceStarted(12_400));
    assert!(!s.has(&Decision::Forget { stretch: 4 }), "a long stretch is settled at its pause");
    s.at(12_600, Event::Recognised(4, Said::of(25, Ending::Open)));
    s.at(14_200, Event::VoicePaused(14_000));
    s.at(14_300, Event::Judged(5, 0.9));
    s.at(14_400, Event::Recognised(6, Said::of(5, Ending::Complete)));
    s.until(20_000);
    let (_, over) = s.decided.iter().find(|(_, d)| matches!(d, Decision::Over { .. })).unwrap();
    assert!(matches!(over, Decision::Over { stretches, .. } if *stretches == [4, 6]), "{over:?}");
}

#[test]
fn a_cough_is_no_turn() {
    let mut s = Simulation::listening();
    s.speech(1000, 1400, 0.9, 0, Ending::Open);
    s.until(10_000);
    assert!(s.overs().is_empty() && s.has(&Decision::NothingSaid));
}

#[test]
fn a_voice_over_ours_makes_us_soft_at_once_and_stops_us_when_it_wants_the_floor() {
    let mut s = Simulation::overlapped();
    assert!(s.decided.contains(&(3096, Decision::Duck)));
    s.at(3150, Event::Claimed(0.2));
    assert!(!s.has(&Decision::Stop));
    s.at(3220, Event::Claimed(0.9));
    assert!(s.decided.contains(&(3220, Decision::Stop)) && s.taker.is_talking());
}

#[test]
fn what_may_be_a_claim_stops_us_once_a_listener_would_be_done() {
    let mut s = Simulation::overlapped();
    s.at(3470, Event::Claimed(0.2));
    assert!(!s.has(&Decision::Stop));
    s.at(3510, Event::Claimed(0.2));
    assert!(s.has(&Decision::Stop));
}

#[test]
fn a_voice_over_ours_that_goes_on_stops_us_whatever_it_sounds_like() {
    let mut s = Simulation::overlapped();
    s.until(10_000);
    assert!(s.decided.contains(&(3000 + u64::from(Profile::INTERVIEW.interrupt_ms), Decision::Stop)));
}

#[test]
fn the_first_words_of_a_voice_over_ours_stop_us_while_it_goes_on() {
    let mut s = Simulation::overlapped();
    s.until(3600);
    assert!(
        s.decided.contains(&(3400, Decision::Recognise { stretch: 1, from_ms: 2800, to_ms: 3400, settled: false }))
    );
    s.at(3650, Event::Recognised(1, Said::of(2, Ending::Open))); // "Sorry, can"
    assert_eq!(s.decided.last(), Some(&(3650, Decision::Stop)));
}

#[test]
fn a_listener_s_first_words_do_not_stop_us_and_neither_does_half_a_word() {
    for said in [Said::of(0, Ending::Open), Said { confidence: Some(0.2), ..Said::of(1, Ending::Open) }] {
        let mut s = Simulation::overlapped();
        s.at(3650, Event::Recognised(1, said));
        s.at(3900, Event::VoicePaused(3700));
        assert!(!s.has(&Decision::Stop) && s.taker.state() == State::Deciding);
    }
}

#[test]
fn a_voice_over_ours_that_sounds_like_a_listener_s_may_go_on_for_longer() {
    let mut s = Simulation::overlapped();
    s.at(3200, Event::Claimed(0.01));
    s.until(3000 + u64::from(Profile::INTERVIEW.interrupt_ms));
    assert!(!s.has(&Decision::Stop) && s.taker.sounds_listening());
    let recognises = |decided: &&(u64, Decision)| matches!(decided.1, Decision::Recognise { .. });
    assert_eq!(s.decided.iter().find(recognises).map(|(at_ms, _)| *at_ms), Some(3900), "its words are waited for");
    s.until(10_000);
    assert!(s.has(&Decision::Stop));
}

#[test]
fn a_short_sound_or_a_listener_s_noise_over_ours_does_not_stop_us() {
    let mut s = Simulation::listening();
    s.at(100, Event::Speaking);
    s.at(1096, Event::VoiceStarted(1000));
    s.at(1300, Event::VoicePaused(1100));
    assert_eq!(s.decided.last(), Some(&(1300, Decision::Resume)));
    s.at(2096, Event::VoiceStarted(2000));
    s.at(2600, Event::VoicePaused(2400)); // "mm-hm"
    assert_eq!(s.taker.state(), State::Deciding);
    s.at(2800, Event::Recognised(2, Said::of(0, Ending::Open)));
    assert_eq!(s.decided.last(), Some(&(2800, Decision::Resume)));
    assert!(!s.has(&Decision::Stop));
}

#[test]
fn a_short_word_over_ours_that_wants_the_floor_is_a_turn() {
    let mut s = Simulation::listening();
    s.at(100, Event::Speaking);
    s.at(2096, Event::VoiceStarted(2000));
    s.at(2600, Event::VoicePaused(2400)); // "Sorry?"
    s.at(2750, Event::Recognised(2, Said::of(1, Ending::Request)));
    s.at(2800, Event::Judged(3, 0.9));
    s.until(9000);
    assert!(
        s.decided.contains(&(2750, Decision::Stop)) && s.overs() == [2400 + u64::from(Profile::INTERVIEW.quick_ms)],
        "{:?}",
        s.decided
    );
}

#[test]
fn a_voice_over_the_end_of_our_line_becomes_the_turn() {
    let mut s = Simulation::listening();
    s.at(100, Event::Speaking);
    s.at(2096, Event::VoiceStarted(2000));
    s.at(2300, Event::Listen(STORY));
    s.at(4200, Event::VoicePaused(4000));
    s.at(4300, Event::Judged(1, 0.9));
    s.at(4400, Event::Recognised(2, Said::of(12, Ending::Complete)));
    s.until(9000);
    assert!(s.overs().len() == 1 && !s.has(&Decision::Stop));
}

#[test]
fn whoever_talks_on_over_our_first_words_is_given_the_floor_and_that_pause_is_learnt() {
    let mut s = Simulation::listening();
    s.speech(1000, 6000, 0.95, 20, Ending::Complete);
    let over_ms = 6000 + u64::from(Profile::INTERVIEW.finished_ms);
    s.until(over_ms);
    assert_eq!(s.overs().len(), 1);
    s.at(over_ms, Event::Speaking);
    s.at(over_ms + 100, Event::VoiceStarted(over_ms));
    s.until(over_ms + 500);
    assert!(s.decided.contains(&(over_ms + 250, Decision::Stop)), "{:?}", s.decided);
    assert_eq!((s.taker.habit().count, s.taker.habit().long_ms), (1, Profile::INTERVIEW.finished_ms));
}

#[test]
fn a_recogniser_that_hangs_does_not_silence_us_for_good() {
    let mut s = Simulation::listening();
    s.at(1096, Event::VoiceStarted(1000));
    s.at(5200, Event::VoicePaused(5000));
    s.until(60_000);
    assert!(s.has(&Decision::NothingSaid) && s.taker.state() == State::Waiting);
}

#[test]
fn let_me_think_buys_time() {
    let mut s = Simulation::listening();
    s.speech(1000, 2000, 0.95, 3, Ending::Thinking);
    s.until(2000 + u64::from(Profile::INTERVIEW.thinking_ms) - 1);
    assert!(s.overs().is_empty());
}

#[test]
fn an_accommodation_lengthens_every_patience_and_a_question_may_have_its_own_pace() {
    let mut s = Simulation { taker: TurnTaker::new(Profile::INTERVIEW).accommodated(2.0), decided: Vec::new() };
    s.at(0, Event::Listen(STORY));
    s.speech(1000, 6000, 0.95, 20, Ending::Complete);
    s.until(20_000);
    assert_eq!(s.overs(), [6000 + 2 * u64::from(Profile::INTERVIEW.finished_ms)]);
    let mut s = Simulation::listening();
    s.at(1, Event::Listen(Expectation { pace: Some(Pace::Patient), ..STORY }));
    s.speech(1000, 6000, 0.95, 20, Ending::Complete);
    s.until(20_000);
    assert_eq!(s.overs(), [6000 + u64::from(Profile::PATIENT.finished_ms)]);
}

#[test]
fn silence_is_noticed_in_three_steps_and_time_asked_for_is_given() {
    let p = Profile::INTERVIEW;
    let mut s = Simulation::listening();
    s.until(1_000_000);
    let stages: Vec<_> = s.decided.iter().map(|(t, _)| *t).collect();
    assert_eq!(stages, [p.nudge_ms, p.offer_ms, p.gone_ms].map(u64::from));
    let mut s = Simulation::listening();
    s.at(5000, Event::MoreTime);
    s.until(5000 + 2 * u64::from(p.nudge_ms) - 1);
    assert!(s.decided.is_empty());
}

#[test]
fn time_asked_for_in_mid_answer_is_given() {
    let mut s = Simulation::listening();
    s.speech(1000, 3000, 0.95, 3, Ending::Complete);
    s.at(3450, Event::MoreTime);
    s.until(3000 + u64::from(Profile::INTERVIEW.nudge_ms) - 1);
    assert!(s.overs().is_empty());
    s.speech(16_000, 18_000, 0.95, 20, Ending::Complete);
    s.until(30_000);
    assert_eq!(s.overs().len(), 1);
}

#[test]
fn a_voice_that_goes_on_after_a_reset_neither_interrupts_nor_counts() {
    let mut s = Simulation::listening();
    s.at(1096, Event::VoiceStarted(1000));
    s.at(3000, Event::Reset);
    s.at(3000, Event::Speaking);
    s.at(5000, Event::VoicePaused(4800));
    s.until(9000);
    assert!(!s.has(&Decision::Stop) && s.overs().is_empty());
}

#[test]
fn the_done_button_ends_a_turn_as_soon_as_its_words_are_known() {
    let mut s = Simulation::listening();
    s.at(1096, Event::VoiceStarted(1000));
    s.at(4000, Event::Done);
    s.at(4300, Event::Recognised(2, Said::of(9, Ending::Open)));
    assert_eq!(s.overs(), [4300]);
}

#[test]
fn running_speech_without_a_pause_is_cut_and_loses_nothing() {
    let mut s = Simulation::listening();
    s.at(1000, Event::VoiceStarted(900));
    s.until(60_000);
    let cuts: Vec<_> = s
        .decided
        .iter()
        .filter_map(|(_, d)| match d {
            Decision::Recognise { from_ms, to_ms, settled: true, .. } => Some((*from_ms, *to_ms)),
            _ => None,
        })
        .collect();
    assert_eq!(cuts.len(), 2);
    assert_eq!(cuts[0].1, cuts[1].0, "the next stretch begins where the last ended");
}
