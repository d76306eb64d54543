//! What is measured while an interview is held must be what its recording tells afterwards.

use std::sync::Arc;

use interview::LineKind;
use session::measure::{Counter, Measured, Meter};
use session::{Event, Record};

use crate::support::{CANDIDATE, INTERVIEWER, Made, plan, whole};

/// Live figures may be so far from the recording's, milliseconds: voice and noise are told apart by the last minute
/// there, by the whole recording here.
const TOLERANCE_MS: u64 = 30;
/// A session writes its recording so often, and so long after the sound.
const EVERY_MS: u64 = 500;
const BEHIND_MS: u64 = 1000;

/// Measures as a session does, piece by piece.
fn live(made: &Made) -> Measured {
    let end_ms = made.samples().len() as u64 / 16 + 1;
    let (mut meter, mut counter, mut all) = (Meter::new(Arc::new(plan())), Counter::default(), Measured::default());
    let (mut noted, mut written) = (0, 0);
    let mut take = |found: Measured| {
        all.turns.extend(found.turns);
        all.cut_ins.extend(found.cut_ins);
        all.barge_ins.extend(found.barge_ins);
        all.unmeasured += found.unmeasured;
    };
    for now_ms in (0..end_ms + EVERY_MS).step_by(EVERY_MS as usize) {
        let new: Vec<Record> = made.records[noted..].iter().take_while(|r| r.at_ms <= now_ms).cloned().collect();
        meter.note(&new);
        noted += new.len();
        let until = ((now_ms.saturating_sub(BEHIND_MS) * 16) as usize).min(made.samples().len());
        take(meter.hear(counter.push(&made.samples()[written..until])));
        written = until;
    }
    meter.note(&made.records[noted..]);
    take(meter.hear(counter.push(&made.samples()[written..])));
    take(meter.finish());
    all
}

#[track_caller]
fn agrees(made: &Made) -> Measured {
    let (live, recorded) = (live(made), made.measured());
    assert_eq!((live.turns.len(), live.unmeasured), (recorded.turns.len(), recorded.unmeasured_turns));
    for (live, recorded) in live.turns.iter().zip(&recorded.turns) {
        assert!(live.voice_to_voice_ms.abs_diff(recorded.voice_to_voice_ms) <= TOLERANCE_MS, "{live:?} {recorded:?}");
        assert_eq!(
            (live.cut_in, live.answered, &live.because),
            (recorded.cut_in, recorded.answered, &recorded.because)
        );
    }
    let cut_ins = |all: &[assess::CutIn]| all.iter().map(|c| (c.kind, c.turn, c.because.clone())).collect::<Vec<_>>();
    assert_eq!(cut_ins(&live.cut_ins), cut_ins(&recorded.cut_in_turns));
    assert_eq!(live.barge_ins.len(), recorded.barge_ins.len());
    for (live, recorded) in live.barge_ins.iter().zip(&recorded.barge_ins) {
        assert!(live.stop_ms.abs_diff(recorded.stop_ms) <= TOLERANCE_MS, "{live:?} {recorded:?}");
    }
    live
}

#[test]
fn a_quiet_interview_a_cut_in_and_a_barge_in_are_the_same_live() {
    assert_eq!(agrees(&whole()).turns.len(), 1);

    let mut cut = Made::asked();
    cut.turn("We argued about the", Some(0), 6000, 9000, 9550);
    cut.line(LineKind::Acknowledgement, "Thank you.", Some(0), 9600, 10_700);
    cut.sounds(CANDIDATE, 9900, 12_000);
    assert_eq!(agrees(&cut).cut_ins.len(), 1);

    let mut over = Made::asked();
    over.turn("We argued.", Some(0), 6000, 9000, 9600);
    let line = over.begins(LineKind::Question, "Tell me more about how that came about.", Some(0), 9700);
    over.sounds(INTERVIEWER, 9750, 12_450);
    over.sounds(CANDIDATE, 12_000, 14_000);
    over.at(12_100, Event::VoiceStarted { from_ms: 12_030 });
    over.at(12_430, Event::Hush { line });
    over.at(12_450, Event::LineStopped { line, heard_ms: 2700, of_ms: 4000, resume_ms: 0 });
    assert_eq!(agrees(&over).barge_ins.len(), 1);

    let mut unanswered = Made::asked();
    unanswered.turn("We argued.", Some(0), 6000, 9000, 9600);
    unanswered.turn("Hello? Are you there?", Some(0), 13_000, 14_000, 14_600);
    unanswered.line(LineKind::Closing, "Goodbye.", None, 14_800, 15_500);
    let measured = agrees(&unanswered);
    assert_eq!(measured.turns.iter().filter(|turn| !turn.answered).count(), 1);
}

/// The next of a row of numbers that look random, below `below`.
fn next(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % below
}

#[test]
fn long_interviews_with_pauses_noise_and_people_who_go_on_are_the_same_live() {
    for mut seed in 1..=12 {
        let mut made = Made::asked();
        let mut now_ms = 6000;
        for _ in 0..25 {
            let said_ms = 800 + next(&mut seed, 9000);
            let (end_ms, over_ms) = (now_ms + said_ms, now_ms + said_ms + 400 + next(&mut seed, 900));
            made.turn("And then we went on to the next of them.", Some(0), now_ms, end_ms, over_ms);
            let begins_ms = over_ms + 20 + next(&mut seed, 120);
            let speaks_ms = 600 + next(&mut seed, 4000);
            made.line(LineKind::Question, "What came of it?", Some(0), begins_ms, begins_ms + speaks_ms);
            if next(&mut seed, 4) == 0 {
                let goes_on_ms = over_ms + next(&mut seed, 1500);
                made.sounds(CANDIDATE, goes_on_ms, goes_on_ms + 200);
            }
            now_ms = begins_ms + speaks_ms + 300 + next(&mut seed, 8000);
        }
        made.noise(CANDIDATE, 20);
        let measured = agrees(&made);
        assert!(measured.turns.len() >= 20, "{}", measured.turns.len());
    }
}
