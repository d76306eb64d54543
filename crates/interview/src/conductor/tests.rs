use super::*;
use crate::ConsentReply;

const PLAN: &str = r#"
id: test
title: Test
role: Tester
opening: Let us begin.
closing: Goodbye.
answers:
  - about: [salary, pay]
    text: The range is in the advertisement.
questions:
  - id: one
    competency: Teamwork
    text: Tell me about a disagreement.
    rephrase: When did you and a colleague see things differently?
    short: Tell me about a disagreement.
    time_s: 60
    probes:
      - { when: thin, text: Could you tell me more? }
      - { when: no_action, text: What did you do yourself? }
      - { when: no_result, text: How did it turn out? }
  - id: two
    competency: Care
    text: How many days a week?
    rephrase: On how many days?
    kind: short
"#;

const FULL_ANSWER: &str = "We disagreed about the release date and it was getting heated in the meeting, so I asked both sides to write \
    down their reasons and I decided with them on a smaller release. In the end we shipped on time.";

fn asked() -> Conductor {
    let mut conductor = Conductor::new(Arc::new(Plan::from_yaml(PLAN).unwrap()));
    conductor.hear(Heard::Start, 0);
    conductor.hear(Heard::Consent { reply: ConsentReply::Granted, spoken: true }, 1000);
    conductor
}

fn said(moves: &[Move]) -> Vec<&str> {
    moves.iter().filter_map(|m| if let Move::Say(line) = m { Some(line.text.as_str()) } else { None }).collect()
}

fn answer(conductor: &mut Conductor, text: &str) -> Vec<Move> {
    conductor.hear(Heard::Answer(text.into()), 5000)
}

#[test]
fn it_says_that_it_is_an_ai_and_asks_before_anything_else() {
    let mut conductor = Conductor::new(Arc::new(Plan::from_yaml(PLAN).unwrap()));
    let moves = conductor.hear(Heard::Start, 0);
    assert!(said(&moves)[0].contains("AI interviewer") && said(&moves)[0].contains("recorded"));
    assert_eq!(moves.last(), Some(&Move::Listen(crate::Expect::Consent)));
    assert!(answer(&mut conductor, "an answer before consent").is_empty());
    let moves = conductor.hear(Heard::Consent { reply: ConsentReply::Declined, spoken: true }, 10);
    assert_eq!(moves.last(), Some(&Move::End(EndReason::Declined)));
    assert!(!moves.contains(&Move::Keep));
}

#[test]
fn a_whole_answer_gets_no_probe() {
    let moves = answer(&mut asked(), FULL_ANSWER);
    assert_eq!(said(&moves), ["Thank you.", "How many days a week?"]);
}

#[test]
fn at_most_two_probes_and_none_when_time_is_up() {
    let mut conductor = asked();
    assert_eq!(said(&answer(&mut conductor, "We argued."))[1], "Could you tell me more?");
    assert_eq!(said(&answer(&mut conductor, "About dates."))[1], "What did you do yourself?");
    assert_eq!(said(&answer(&mut conductor, "Nothing much."))[1], "How many days a week?");
    let late = asked().hear(Heard::Answer("We argued.".into()), 70_000);
    assert_eq!(said(&late)[1], "How many days a week?");
}

#[test]
fn remarks_are_served_and_do_not_count_as_answers() {
    let mut conductor = asked();
    assert_eq!(said(&answer(&mut conductor, "Could you repeat that?")), ["Tell me about a disagreement."]);
    assert_eq!(
        said(&answer(&mut conductor, "What do you mean?")),
        ["When did you and a colleague see things differently?"]
    );
    assert_eq!(said(&answer(&mut conductor, "Give me a moment.")), [lines::OF_COURSE]);
    assert_eq!(said(&answer(&mut conductor, "I can't think of an example.")), [lines::ANY_EXAMPLE]);
    assert_eq!(said(&answer(&mut conductor, "I really can't think of one."))[0], lines::MOVE_ON);
}

#[test]
fn skip_goes_on_by_voice_and_by_button() {
    for moves in [answer(&mut asked(), "I'd rather skip this."), asked().hear(Heard::Action(Action::Skip), 2000)] {
        assert_eq!(said(&moves), [lines::MOVE_ON, "How many days a week?"]);
    }
}

#[test]
fn silence_is_met_once_each_way() {
    let mut conductor = asked();
    assert_eq!(said(&conductor.hear(Heard::Silence(Silence::Long), 20_000)), [lines::TAKE_YOUR_TIME]);
    assert!(conductor.hear(Heard::Silence(Silence::Long), 40_000).is_empty());
    assert_eq!(said(&conductor.hear(Heard::Silence(Silence::Longer), 60_000)), [lines::OFFER_SKIP]);
    assert!(conductor.hear(Heard::Silence(Silence::Longer), 80_000).is_empty());
    assert_eq!(conductor.hear(Heard::Silence(Silence::Gone), 99_000).last(), Some(&Move::Pause));
}

#[test]
fn an_answer_that_goes_on_over_our_first_words_is_one_answer() {
    let mut conductor = asked();
    answer(&mut conductor, FULL_ANSWER);
    conductor.hear(Heard::Interrupted { line: LineKind::Acknowledgement, share: 0.2 }, 6000);
    let moves = answer(&mut conductor, "And there is one thing that I forgot to say about it.");
    assert_eq!(moves[0], Move::Credit(Some(0)));
    assert_eq!(said(&moves).last(), Some(&"How many days a week?"));
}

#[test]
fn a_voice_over_the_opening_does_not_skip_the_first_question() {
    for share in [0.2, 0.9] {
        for words in ["Okay.", "Okay, sounds good, thank you."] {
            let mut conductor = asked();
            conductor.hear(Heard::Interrupted { line: LineKind::Opening, share }, 1500);
            let moves = answer(&mut conductor, words);
            assert_eq!(said(&moves), ["Tell me about a disagreement."], "{words} at {share}");
            assert_eq!(moves[0], Move::Credit(None));
        }
    }
}

#[test]
fn talking_on_over_our_thanks_goes_on_with_the_answer_even_after_the_last_question() {
    let mut conductor = asked();
    answer(&mut conductor, FULL_ANSWER);
    answer(&mut conductor, "Three or four days.");
    conductor.hear(Heard::Interrupted { line: LineKind::Acknowledgement, share: 0.7 }, 6000);
    let moves = answer(&mut conductor, "And sometimes on the weekend, but no, that's it.");
    assert_eq!(moves[0], Move::Credit(Some(1)));
    assert_eq!(said(&moves).last(), Some(&lines::INVITATION));
}

#[test]
fn an_answer_over_a_repetition_counts_for_the_question_that_is_repeated() {
    let mut conductor = asked();
    answer(&mut conductor, FULL_ANSWER);
    answer(&mut conductor, "Could you repeat that?");
    conductor.hear(Heard::Interrupted { line: LineKind::Repeat, share: 0.3 }, 6000);
    assert_eq!(answer(&mut conductor, "Oh, it was about three days a week.")[0], Move::Credit(Some(1)));
}

#[test]
fn a_yes_before_the_disclosure_is_no_consent() {
    let mut conductor = Conductor::new(Arc::new(Plan::from_yaml(PLAN).unwrap()));
    conductor.hear(Heard::Start, 0);
    conductor.hear(Heard::Interrupted { line: LineKind::Greeting, share: 0.1 }, 500);
    let yes = Heard::Consent { reply: ConsentReply::Granted, spoken: true };
    assert_eq!(said(&conductor.hear(yes.clone(), 900)), [lines::CONSENT_EXPLAINED]);
    assert!(conductor.hear(yes, 9000).contains(&Move::Keep));
}

#[test]
fn a_stray_word_over_an_unheard_question_brings_it_again() {
    let mut conductor = asked();
    conductor.hear(Heard::Interrupted { line: LineKind::Question, share: 0.1 }, 6000);
    assert_eq!(said(&answer(&mut conductor, "Hello?")), ["Tell me about a disagreement."]);
}

#[test]
fn coming_back_goes_on_in_mid_question_without_a_greeting() {
    let mut conductor = asked();
    answer(&mut conductor, FULL_ANSWER);
    let moves = conductor.hear(Heard::Resume, 9000);
    assert_eq!(said(&moves), [lines::WELCOME_BACK, "How many days a week?"]);
}

#[test]
fn the_candidate_asks_last_and_gets_planned_facts_only() {
    let mut conductor = asked();
    answer(&mut conductor, FULL_ANSWER);
    assert_eq!(said(&answer(&mut conductor, "Three or four days."))[1], lines::INVITATION);
    assert_eq!(said(&answer(&mut conductor, "What is the pay like?"))[0], "The range is in the advertisement.");
    assert_eq!(said(&answer(&mut conductor, "When will I hear from you?")), [lines::NOTED]);
    let moves = answer(&mut conductor, "No, that's all.");
    assert_eq!(said(&moves), ["Goodbye."]);
    assert_eq!(moves.last(), Some(&Move::End(EndReason::Completed)));
}

#[test]
fn no_line_praises_or_judges() {
    let plan = Plan::from_yaml(PLAN).unwrap();
    for line in lines::all(&plan) {
        let line = line.to_lowercase();
        for praise in
            ["great", "excellent", "good answer", "well done", "perfect answer", "impressive", "wrong", "correct"]
        {
            assert!(!line.contains(praise), "{line}");
        }
    }
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    fn anything() -> impl Strategy<Value = Heard> {
        let texts = prop_oneof![
            Just("We argued.".to_owned()),
            Just(FULL_ANSWER.to_owned()),
            Just("Could you repeat that?".to_owned()),
            Just("I can't think of one.".to_owned()),
            Just("No.".to_owned()),
            "[a-z ]{0,60}",
        ];
        let actions = prop_oneof![
            Just(Action::Repeat),
            Just(Action::Rephrase),
            Just(Action::Moment),
            Just(Action::Skip),
            Just(Action::Done),
        ];
        let silences = prop_oneof![Just(Silence::Long), Just(Silence::Longer), Just(Silence::Gone)];
        prop_oneof![
            6 => texts.prop_map(Heard::Answer),
            2 => actions.prop_map(Heard::Action),
            1 => silences.prop_map(Heard::Silence),
            1 => (0.0f32..1.0).prop_map(|share| Heard::Interrupted { line: LineKind::Question, share }),
            1 => Just(Heard::Resume),
        ]
    }

    proptest! {
        /// Whatever is heard, there is always a way on: each reply ends by listening, pausing or ending, and the
        /// questions come in their order.
        #[test]
        fn there_is_always_a_way_on(heard in proptest::collection::vec(anything(), 1..60)) {
            let mut conductor = asked();
            let mut last_question = 0;
            for (i, h) in heard.into_iter().enumerate() {
                let moves = conductor.hear(h, 1000 * i as u64);
                if let Some(last) = moves.last() {
                    prop_assert!(matches!(last, Move::Listen(_) | Move::Pause | Move::End(_)), "{last:?}");
                }
                for m in &moves {
                    if let Move::Say(Line { kind: LineKind::Question, question: Some(q), .. }) = m {
                        prop_assert!(*q <= last_question + 1);
                        last_question = last_question.max(*q);
                    }
                }
            }
        }
    }
}
