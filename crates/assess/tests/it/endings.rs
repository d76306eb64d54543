//! Interviews that hold little: declined, empty, without a recording.

use assess::{Status, write_files};
use interview::{ConsentReply, EndReason, LineKind};
use session::Event;

use crate::support::{CANDIDATE, Made, json, plan};

fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn of_a_declined_interview_nothing_of_the_candidate_s_is_kept() {
    let mut made = Made::greeted();
    made.sounds(CANDIDATE, 1200, 2000);
    let folder = tempfile::tempdir().unwrap();
    made.save(folder.path());
    write_files(folder.path(), "i-1", &plan(), &made.records).unwrap();
    assert!(names(folder.path()).contains(&"report.html".to_owned()), "interrupted so far");
    made.at(2500, Event::Consent { reply: ConsentReply::Declined });
    made.line(LineKind::Closing, "Goodbye.", None, 2600, 3500);
    made.ends(3500, EndReason::Declined);
    for left_by_a_crash in ["transcript.json.part", "recording.wav.part"] {
        std::fs::write(folder.path().join(left_by_a_crash), "words").unwrap();
    }
    let written = write_files(folder.path(), "i-1", &plan(), &made.records).unwrap();
    assert_eq!(written.status, Status::Declined);
    assert_eq!(names(folder.path()), ["events.jsonl", "plan.json", "receipt.json"]);
    let receipt = json(folder.path(), "receipt.json");
    assert_eq!((&receipt["status"], &receipt["consent"][0]["reply"]), (&"declined".into(), &"declined".into()));
    assert_eq!(receipt["hashes"]["recording_sha256"], serde_json::Value::Null);
}

#[test]
fn an_interview_that_was_left_before_consent_counts_as_declined() {
    let mut made = Made::greeted();
    made.at(1500, Event::LeaveAsked);
    made.ends(1600, EndReason::Left);
    assert_eq!(Status::of(&made.records), Status::Declined);
}

#[test]
fn nothing_at_all_gives_files_that_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let written = write_files(folder.path(), "i-1", &plan(), &[]).unwrap();
    assert_eq!((written.status, written.files.len()), (Status::Interrupted, 9));
    let latency = json(folder.path(), "latency.json");
    let nothing = serde_json::json!({"p50": null, "p95": null, "max": null});
    assert_eq!((&latency["source"], &latency["voice_to_voice_ms"]), (&"recording".into(), &nothing));
    assert_eq!(latency["barge_in_stop_ms"], serde_json::json!({"p50": null, "p95": null}));
    assert_eq!((&latency["cut_ins"], &latency["turns"]), (&0.into(), &serde_json::json!([])));
    assert!(std::fs::read_to_string(folder.path().join("report.html")).unwrap().contains("Nothing was said."));
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let missing = std::path::Path::new("/nonexistent/interview");
    let error = write_files(missing, "i-1", &plan(), &[]).unwrap_err();
    assert!(error.to_string().starts_with("/nonexistent/interview/plan.json: cannot be written:"), "{error}");
}

#[test]
fn what_cannot_be_written_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("transcript.json/in the way")).unwrap();
    let error = write_files(folder.path(), "i-1", &plan(), &[]).unwrap_err();
    assert!(error.to_string().contains("transcript.json: cannot be written:"), "{error}");
    assert_eq!(names(folder.path()), ["events.jsonl", "plan.json", "receipt.json", "transcript.json"]);
}
