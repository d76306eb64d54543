//! The files as bytes: WAV, log, hashes and chain.

use assess::{chain, sha256_hex, write_files};

use crate::support::{json, plan, whole};

#[test]
fn the_wav_is_the_recording_with_a_header() {
    let (folder, _) = whole().written();
    let wav = std::fs::read(folder.path().join("recording.wav")).unwrap();
    let raw = std::fs::read(folder.path().join("recording.pcm")).unwrap();
    let number = |at: usize| u32::from_le_bytes(wav[at..at + 4].try_into().unwrap());
    assert_eq!((&wav[..4], &wav[8..16], &wav[36..40]), (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..]));
    assert_eq!(
        (number(4), number(24), number(28), number(40)),
        (wav.len() as u32 - 8, 16_000, 64_000, raw.len() as u32)
    );
    assert_eq!((number(20), number(32)), (0x0002_0001, 0x0010_0004), "PCM of 2 channels, 4 bytes a sample, 16 bits");
    assert!(wav[44..] == raw);
}

#[test]
fn the_receipt_s_hashes_and_chain_are_those_of_the_files_and_a_change_shows() {
    let (folder, _) = whole().written();
    let receipt = json(folder.path(), "receipt.json");
    let hash = |name: &str| sha256_hex(&std::fs::read(folder.path().join(name)).unwrap());
    assert_eq!(receipt["hashes"]["plan_sha256"], hash("plan.json"));
    assert_eq!(receipt["hashes"]["events_sha256"], hash("events.jsonl"));
    assert_eq!(receipt["hashes"]["recording_sha256"], hash("recording.wav"));
    let events = std::fs::read_to_string(folder.path().join("events.jsonl")).unwrap();
    assert_eq!(receipt["chain"]["last"], chain(events.lines()));
    assert_eq!(receipt["chain"]["records"], events.lines().count());
    let changed = events.replacen("argued", "agreed", 1);
    assert_ne!(changed, events);
    assert_ne!(receipt["chain"]["last"], chain(changed.lines()));
}

#[test]
fn log_and_plan_can_be_read_again() {
    let (folder, _) = whole().written();
    let events = std::fs::read_to_string(folder.path().join("events.jsonl")).unwrap();
    let records: Vec<session::Record> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records, whole().records);
    let plan_again: interview::Plan =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("plan.json")).unwrap()).unwrap();
    assert_eq!(plan_again, plan());
}

#[test]
fn writing_again_gives_the_same_files_with_the_wav_alone_too() {
    let made = whole();
    let (folder, first) = made.written();
    let contents =
        |names: &[std::path::PathBuf]| -> Vec<Vec<u8>> { names.iter().map(|p| std::fs::read(p).unwrap()).collect() };
    let before = contents(&first.files);
    std::fs::remove_file(folder.path().join("recording.pcm")).unwrap();
    write_files(folder.path(), "i-1", &plan(), &made.records).unwrap();
    assert!(contents(&first.files) == before);
    let parts = std::fs::read_dir(folder.path())
        .unwrap()
        .filter(|f| f.as_ref().unwrap().path().extension().is_some_and(|e| e == "part"));
    assert_eq!(parts.count(), 0);
}

#[test]
fn the_receipt_tells_how_each_question_was_put() {
    let (folder, _) = whole().written();
    let receipt = json(folder.path(), "receipt.json");
    let [one, two] = [&receipt["questions"][0], &receipt["questions"][1]];
    assert_eq!(
        (&one["verbatim"], &one["time_given_s"], &one["time_used_ms"]),
        (&true.into(), &180.into(), &9000.into())
    );
    assert_eq!(
        (&one["turns_ms"], &one["pause_budget_ms"], &one["pauses_waited_ms"][0]),
        (&8000.into(), &turn::Profile::INTERVIEW.open_ms.into(), &550.into())
    );
    assert_eq!((&two["typed_turns"], &two["asked"][0]["planned_words"]), (&1.into(), &true.into()));
    assert_eq!(receipt["version"], env!("CARGO_PKG_VERSION"));
}
