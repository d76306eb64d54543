use super::*;

const STORY: Expectation = Expectation { kind: ExpectationKind::Story, pause_budget_ms: None };

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
        self.at(to_ms + 400, Event::Recognised(stretch, words, ending));
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
    assert_eq!(s.overs(), [9550]);
}

#[test]
fn words_that_come_late_are_waited_for_and_time_never_runs_back() {
    let mut s = Simulation::listening();
    s.at(1096, Event::VoiceStarted(1000));
    s.at(5200, Event::VoicePaused(5000));
    s.at(5300, Event::Judged(1, 0.99));
    s.until(8000);
    assert!(s.overs().is_empty());
    s.at(8000, Event::Recognised(2, 12, Ending::Complete));
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
    s.at(12_600, Event::Recognised(4, 25, Ending::Open));
    s.at(14_200, Event::VoicePaused(14_000));
    s.at(14_300, Event::Judged(5, 0.9));
    s.at(14_400, Event::Recognised(6, 5, Ending::Complete));
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
fn a_voice_over_ours_stops_us_and_a_short_sound_does_not() {
    let mut s = Simulation::listening();
    s.at(100, Event::Speaking);
    s.at(1096, Event::VoiceStarted(1000));
    s.at(1300, Event::VoicePaused(1100));
    s.until(3000);
    assert!(!s.has(&Decision::Interrupt));
    s.at(3096, Event::VoiceStarted(3000));
    s.until(4000);
    assert!(s.decided.contains(&(3400, Decision::Interrupt)));
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
    assert!(!s.has(&Decision::Interrupt) && s.overs().is_empty());
}

#[test]
fn the_done_button_ends_a_turn_as_soon_as_its_words_are_known() {
    let mut s = Simulation::listening();
    s.at(1096, Event::VoiceStarted(1000));
    s.at(4000, Event::Done);
    s.at(4300, Event::Recognised(2, 9, Ending::Open));
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

mod properties {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Happening {
        Voice(u64, u64),
        Judged(f32),
        Recognised(u32, bool),
        Speaking,
        Listen,
        Done,
        Wait(u64),
    }

    fn happening() -> impl Strategy<Value = Happening> {
        prop_oneof![
            4 => (100u64..9000, 200u64..3000).prop_map(|(voice, pause)| Happening::Voice(voice, pause)),
            3 => (0.0f32..1.0).prop_map(Happening::Judged),
            4 => (0u32..30, any::<bool>()).prop_map(|(words, open)| Happening::Recognised(words, open)),
            1 => Just(Happening::Speaking),
            2 => Just(Happening::Listen),
            1 => Just(Happening::Done),
            1 => (0u64..5000).prop_map(Happening::Wait),
        ]
    }

    fn play(happenings: &[Happening]) -> Vec<(u64, Decision)> {
        let mut s = Simulation::listening();
        let mut now = 0;
        for h in happenings {
            let last = |s: &Simulation| {
                s.decided.iter().rev().find_map(|(_, d)| match d {
                    Decision::Recognise { stretch, .. } => Some(*stretch),
                    _ => None,
                })
            };
            match h {
                Happening::Voice(voice, pause) => {
                    s.at(now, Event::VoiceStarted(now));
                    now += voice;
                    s.at(now + 200, Event::VoicePaused(now));
                    now += pause;
                }
                Happening::Judged(p) => {
                    if let Some(stretch) = last(&s) {
                        s.at(now, Event::Judged(stretch - 1, *p));
                    }
                }
                Happening::Recognised(words, open) => {
                    if let Some(stretch) = last(&s) {
                        let ending = if *open { Ending::Open } else { Ending::Complete };
                        s.at(now, Event::Recognised(stretch, *words, ending));
                    }
                }
                Happening::Speaking => s.at(now, Event::Speaking),
                Happening::Listen => s.at(now, Event::Listen(STORY)),
                Happening::Done => s.at(now, Event::Done),
                Happening::Wait(ms) => now += ms,
            }
            s.until(now);
        }
        s.decided
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        /// Decisions come in order of time, the same events give the same decisions, and no stretch is in two turns.
        #[test]
        fn decisions_are_ordered_repeatable_and_committed_once(
            happenings in proptest::collection::vec(happening(), 1..60)
        ) {
            let decided = play(&happenings);
            prop_assert!(decided.windows(2).all(|w| w[0].0 <= w[1].0));
            prop_assert_eq!(&decided, &play(&happenings));
            let mut seen = std::collections::HashSet::new();
            for (_, d) in &decided {
                if let Decision::Over { stretches, .. } = d {
                    prop_assert!(stretches.iter().all(|s| seen.insert(*s)), "{:?}", stretches);
                }
            }
        }
    }
}
