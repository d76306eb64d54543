//! WebVTT and SubRip.

use crate::cues::{Cue, cues};
use crate::transcript::{EntrySpeaker, Transcript};

/// The transcript as WebVTT, with a voice tag for each speaker.
pub fn vtt(transcript: &Transcript) -> String {
    let mut text = String::from("WEBVTT\n");
    for (index, cue) in cues(transcript).iter().enumerate() {
        let times = times(cue, '.');
        let lines: Vec<String> = cue.lines.iter().map(|line| escape(line)).collect();
        text += &format!("\n{}\n{times}\n<v {}>{}\n", index + 1, name(cue.speaker), lines.join("\n"));
    }
    text
}

/// The transcript as SubRip; each cue of another speaker than the one before says whose it is.
pub fn srt(transcript: &Transcript) -> String {
    let mut text = String::new();
    let mut speaking = None;
    for (index, cue) in cues(transcript).iter().enumerate() {
        let changes = speaking.replace(cue.speaker) != Some(cue.speaker);
        let who = if changes { format!("{}: ", name(cue.speaker)) } else { String::new() };
        text += &format!("{}\n{}\n{who}{}\n\n", index + 1, times(cue, ','), cue.lines.join("\n"));
    }
    text
}

fn name(speaker: EntrySpeaker) -> &'static str {
    match speaker {
        EntrySpeaker::Interviewer => "Interviewer",
        EntrySpeaker::Candidate => "Candidate",
    }
}

fn times(cue: &Cue, point: char) -> String {
    let time = |ms: u64| {
        let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
        format!("{hours:02}:{minutes:02}:{seconds:02}{point}{:03}", ms % 1000)
    };
    format!("{} --> {}", time(cue.start_ms), time(cue.end_ms))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
