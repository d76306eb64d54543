//! WebVTT and SubRip, read by a small parser of their own.

use assess::{srt, vtt};
use session::Source;

use crate::support::{INTERVIEWER, Made, whole, words};

struct Cue {
    start_ms: u64,
    end_ms: u64,
    lines: Vec<String>,
}

fn time(text: &str, point: char) -> u64 {
    let (clock, ms) = text.split_once(point).unwrap();
    assert_eq!((ms.len(), clock.len()), (3, 8), "{text}");
    let parts: Vec<u64> = clock.split(':').map(|part| part.parse().unwrap()).collect();
    (parts[0] * 3600 + parts[1] * 60 + parts[2]) * 1000 + ms.parse::<u64>().unwrap()
}

fn parse(text: &str, point: char) -> Vec<Cue> {
    let blocks = text.split("\n\n").map(str::trim).filter(|block| !block.is_empty() && *block != "WEBVTT");
    let cue = |(index, block): (usize, &str)| {
        let mut lines = block.lines();
        assert_eq!(lines.next().unwrap(), (index + 1).to_string());
        let (start, end) = lines.next().unwrap().split_once(" --> ").unwrap();
        Cue { start_ms: time(start, point), end_ms: time(end, point), lines: lines.map(str::to_owned).collect() }
    };
    blocks.enumerate().map(cue).collect()
}

fn check(cues: &[Cue]) {
    assert!(cues.windows(2).all(|pair| pair[1].start_ms >= pair[0].end_ms), "cues overlap");
    for cue in cues {
        assert!(cue.end_ms > cue.start_ms && cue.end_ms - cue.start_ms <= 7500, "{} {}", cue.start_ms, cue.end_ms);
        assert!((1..=2).contains(&cue.lines.len()) && cue.lines.iter().all(|line| !line.trim().is_empty()));
    }
}

/// Long turns, both at once, and a long silence inside a turn.
fn crowded() -> Made {
    let mut made = whole();
    made.records.pop();
    let long = "and then we talked about it for a very long time without any end in sight ".repeat(12);
    made.turn(&long, Some(1), 22_000, 70_000, 71_000);
    let line = made.begins(interview::LineKind::Patience, "Take your time, there is no hurry at all.", Some(1), 30_000);
    made.sounds(INTERVIEWER, 30_000, 31_000);
    made.at(31_000, session::Event::LineStopped { line, heard_ms: 1000, of_ms: 1000, resume_ms: 0 });
    let mut apart = words("Well", 80_000, 80_300);
    apart.extend(words("no.", 85_000, 85_300));
    made.over("Well no.", apart, Some(1), (80_000, 85_300), 86_000, Source::Spoken);
    made
}

#[test]
fn both_kinds_are_valid_and_say_the_same() {
    let transcript = crowded().transcript();
    let (vtt, srt) = (vtt(&transcript), srt(&transcript));
    assert!(vtt.starts_with("WEBVTT\n\n"));
    let (of_vtt, of_srt) = (parse(&vtt, '.'), parse(&srt, ','));
    check(&of_vtt);
    check(&of_srt);
    assert!(of_vtt.iter().map(|c| (c.start_ms, c.end_ms)).eq(of_srt.iter().map(|c| (c.start_ms, c.end_ms))));
    for line in of_vtt.iter().flat_map(|cue| &cue.lines) {
        let shown = line.trim_start_matches("<v Interviewer>").trim_start_matches("<v Candidate>");
        assert!(shown.chars().count() <= 60, "{shown}");
    }
    let words: usize = of_srt.iter().flat_map(|cue| &cue.lines).map(|line| line.split_whitespace().count()).sum();
    let said: usize = transcript.entries.iter().map(|entry| entry.text.split_whitespace().count()).sum();
    let names = srt.matches("Interviewer: ").count() + srt.matches("Candidate: ").count();
    assert_eq!(words, said + names, "every word is in a cue");
    assert!(of_vtt.iter().any(|cue| cue.start_ms == 85_000), "a silence begins a new cue");
}

#[test]
fn speakers_are_marked_and_text_is_escaped() {
    let text = vtt(&whole().transcript());
    assert!(text.contains("<v Interviewer>Tell me about a time") && text.contains("<v Candidate>We argued"), "{text}");
    assert!(text.contains("&lt;b&gt;release&lt;/b&gt;") && text.contains("date &amp; a"), "{text}");
    assert_eq!(text.matches("-->").count(), parse(&text, '.').len());
}

#[test]
fn an_empty_transcript_is_a_valid_file() {
    let transcript = Made::default().transcript();
    assert_eq!((vtt(&transcript).as_str(), srt(&transcript).as_str()), ("WEBVTT\n", ""));
}
