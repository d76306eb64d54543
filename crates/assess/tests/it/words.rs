//! What stands in the transcript and the scorecard.

use assess::{EntryKind, EntrySpeaker, Status, find_quote};
use interview::LineKind;
use session::{Event, Source};
use turn::Profile;

use crate::support::{INTERVIEWER, Made, json, plan, whole};

#[test]
fn an_interrupted_line_ends_where_its_sound_ended() {
    let mut made = Made::greeted();
    let line = made.begins(LineKind::Question, "Tell me about a time when you disagreed.", Some(0), 2000);
    made.at(3200, Event::LineStopped { line, heard_ms: 1200, of_ms: 3000, resume_ms: 0 });
    let never = made.records.len();
    made.at(
        3300,
        Event::Speak {
            line: 9,
            kind: LineKind::Probe,
            text: "Never.".into(),
            question: Some(0),
            probe: None,
            rest: None,
        },
    );
    assert_eq!(never + 1, made.records.len());
    let transcript = made.transcript();
    assert_eq!(transcript.entries.len(), 2, "a line that never began is absent");
    let entry = &transcript.entries[1];
    assert_eq!((entry.text.as_str(), entry.end_ms, entry.heard_fully), ("Tell me about a", 3200, Some(false)));
}

#[test]
fn a_crash_in_mid_line_and_the_way_back_are_one_interview() {
    let mut made = Made::asked();
    let text = "What did you do? And how did it turn out for you and for everybody else in the end?";
    made.begins(LineKind::Probe, text, Some(0), 6000);
    made.sounds(INTERVIEWER, 6000, 7000);
    made.at(
        7200,
        Event::Connected { resumed: true, unix_ms: 1_795_358_895_000, profile: Profile::PATIENT, accommodation: 1.0 },
    );
    made.line(LineKind::Welcome, "Welcome back.", Some(0), 7300, 8300);
    made.line(LineKind::Repeat, text, Some(0), 8400, 12_000);
    made.turn("I asked.", Some(0), 13_000, 14_000, 15_000);
    let transcript = made.transcript();
    assert_eq!(transcript.status, Status::Interrupted);
    let probe = transcript.entries.iter().find(|e| e.kind == EntryKind::Line(LineKind::Probe)).unwrap();
    assert_eq!((probe.text.as_str(), probe.heard_fully, probe.end_ms), ("What did you do? And", Some(false), 7200));
    let greetings = transcript.entries.iter().filter(|e| e.kind == EntryKind::Line(LineKind::Greeting));
    assert_eq!(greetings.count(), 1);
    let (folder, written) = made.written();
    assert_eq!(written.status, Status::Interrupted);
    let receipt = json(folder.path(), "receipt.json");
    assert_eq!(receipt["connections"][1]["resumed"], true);
    assert_eq!(receipt["accommodations"][0], "patient");
    assert_eq!(receipt["questions"][0]["repeats"], 1);
    assert_eq!(receipt["consent"][0]["unix_ms"], 1_795_357_896_500_u64);
}

#[test]
fn a_typed_turn_is_marked_and_stands_where_it_was_typed() {
    let (folder, _) = whole().written();
    let transcript = json(folder.path(), "transcript.json");
    let entries = transcript["entries"].as_array().unwrap();
    let typed = entries.iter().find(|entry| entry["source"] == "typed").unwrap();
    assert_eq!(
        (typed["start_ms"].as_u64(), &typed["kind"], &typed["question"]),
        (Some(20_000), &"answer".into(), &"two".into())
    );
    assert_eq!(transcript["interview"], "i-1");
    assert_eq!((transcript["recorded_ms"].as_u64(), transcript["status"].as_str()), (Some(21_500), Some("completed")));
    let times: Vec<u64> = entries.iter().map(|entry| entry["start_ms"].as_u64().unwrap()).collect();
    assert!(times.is_sorted());
    let back: assess::Transcript = serde_json::from_value(transcript.clone()).unwrap();
    assert_eq!(back, whole().transcript());
}

#[test]
fn evidence_is_the_candidate_s_own_sentences_and_nothing_is_scored() {
    let (folder, _) = whole().written();
    let card = json(folder.path(), "scorecard.json");
    assert_eq!(card["status"], "not scored");
    let evidence = card["questions"][0]["evidence"].as_array().unwrap();
    let quotes: Vec<&str> = evidence.iter().map(|e| e["quote"].as_str().unwrap()).collect();
    let expected = [
        "We argued about a date & a <b>release</b>.",
        "~I ~said ~nothing.",
        "In the end, Dr. Hale's team shipped it on time!",
    ];
    assert_eq!(quotes, expected);
    let uncertain: Vec<bool> = evidence.iter().map(|e| e["uncertain"].as_bool().unwrap()).collect();
    assert_eq!(uncertain, [false, true, false]);
    assert_eq!(evidence[0]["start_ms"], 6000);
    assert_eq!(card["questions"][0]["asked"], plan().questions[0].text);
    assert_eq!(card["questions"][1]["evidence"][0]["confidence"], serde_json::Value::Null);
    assert!(!card.to_string().contains("score\":"));
}

#[test]
fn a_quote_is_found_only_word_for_word_and_only_with_the_candidate() {
    let transcript = whole().transcript();
    let found = find_quote(&transcript, "Hale's team  shipped it").unwrap();
    assert_eq!((found.quote.as_str(), found.entry.as_str()), ("Hale's team shipped it", "t1"));
    assert!(found.start_ms > 6000 && found.end_ms < 14_000);
    for absent in ["Hale's team shipped them", "team shipped it late", "How many days a week?", "", "ale's team"] {
        assert_eq!(find_quote(&transcript, absent), None, "{absent}");
    }
}

#[test]
fn words_that_do_not_fit_the_text_leave_its_words_as_they_are() {
    let mut made = Made::asked();
    let words = crate::support::words("one two", 6000, 8000);
    made.over("Just one, or two.", words, Some(0), (6000, 8000), 9000, Source::Spoken);
    let quote = find_quote(&made.transcript(), "or two.").unwrap();
    assert!(quote.start_ms > 6500 && quote.end_ms == 8000, "{quote:?}");
    assert_eq!(made.transcript().entries[2].speaker, EntrySpeaker::Candidate);
}
