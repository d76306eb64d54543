//! Logs and recordings made by hand.

use std::path::Path;

use interview::{ConsentReply, EndReason, LineKind, Plan};
use session::{Event, Record, Source};
use speech::Word;
use turn::Profile;

pub(crate) const PLAN: &str = r#"
id: test
title: Test & "more" <script>alert(1)</script>
role: Tester {{title}}
opening: Let us begin.
closing: Goodbye.
questions:
  - id: one
    competency: "Teamwork <img src=x onerror=alert(2)>"
    text: Tell me about a time when you disagreed with somebody.
    rephrase: When did you disagree?
    probes: [{ when: thin, text: What did you do? }]
  - { id: two, competency: Care, text: How many days a week?, rephrase: On how many days?, kind: short, time_s: 60 }
"#;

pub(crate) fn plan() -> Plan {
    Plan::from_yaml(PLAN).unwrap()
}

/// A log and a recording in the making.
#[derive(Default)]
pub(crate) struct Made {
    pub(crate) records: Vec<Record>,
    samples: Vec<[i16; 2]>,
    lines: u32,
    turns: u32,
}

pub(crate) const CANDIDATE: usize = 0;
pub(crate) const INTERVIEWER: usize = 1;

impl Made {
    /// Connected, greeted from 100 to 1000 ms.
    pub(crate) fn greeted() -> Self {
        let mut made = Self::default();
        made.at(
            0,
            Event::Connected {
                resumed: false,
                unix_ms: 1_795_357_895_000,
                profile: Profile::INTERVIEW,
                accommodation: 1.0,
            },
        );
        made.line(LineKind::Greeting, "Hello, and welcome.", None, 100, 1000);
        made
    }

    /// And agreed at 1500 ms, asked question one from 2000 to 5000 ms.
    pub(crate) fn asked() -> Self {
        let mut made = Self::greeted();
        made.at(1500, Event::Consent { reply: ConsentReply::Granted });
        made.line(LineKind::Question, &plan().questions[0].text, Some(0), 2000, 5000);
        made
    }

    pub(crate) fn at(&mut self, at_ms: u64, event: Event) {
        self.records.push(Record { seq: self.records.len() as u64, at_ms, event });
    }

    pub(crate) fn sounds(&mut self, channel: usize, from_ms: u64, to_ms: u64) {
        let (from, to) = (from_ms as usize * 16, to_ms as usize * 16);
        self.samples.resize(self.samples.len().max(to), [0, 0]);
        for (i, sample) in self.samples[from..to].iter_mut().enumerate() {
            sample[channel] = (8000.0 * (i as f64 * 0.0863).sin()) as i16;
        }
    }

    /// Adds noise of this loudness to a channel.
    pub(crate) fn noise(&mut self, channel: usize, loudness: i16) {
        let mut state = 1u32;
        for sample in &mut self.samples {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            sample[channel] = sample[channel].saturating_add((state >> 16) as i16 % (loudness + 1));
        }
    }

    pub(crate) fn samples(&self) -> &[[i16; 2]] {
        &self.samples
    }

    /// Decides at `from_ms` to speak; heard to the end.
    pub(crate) fn line(&mut self, kind: LineKind, text: &str, question: Option<usize>, from_ms: u64, to_ms: u64) {
        let line = self.begins(kind, text, question, from_ms);
        self.sounds(INTERVIEWER, from_ms, to_ms);
        self.at(to_ms, Event::LineEnded { line });
    }

    pub(crate) fn begins(&mut self, kind: LineKind, text: &str, question: Option<usize>, at_ms: u64) -> u32 {
        self.lines += 1;
        let line = self.lines;
        self.at(at_ms, Event::Speak { line, kind, text: text.to_owned(), question, probe: None, rest: None });
        self.at(at_ms, Event::LineStarted { line });
        line
    }

    /// Speaks evenly from `from_ms` to `to_ms`; the turn is over at `over_ms`.
    pub(crate) fn turn(&mut self, text: &str, question: Option<usize>, from_ms: u64, to_ms: u64, over_ms: u64) {
        self.sounds(CANDIDATE, from_ms, to_ms);
        let words = words(text, from_ms, to_ms);
        self.over(text, words, question, (from_ms, to_ms), over_ms, Source::Spoken);
    }

    pub(crate) fn over(
        &mut self,
        text: &str,
        words: Vec<Word>,
        question: Option<usize>,
        (from_ms, to_ms): (u64, u64),
        over_ms: u64,
        source: Source,
    ) {
        self.turns += 1;
        let (needed_ms, probability) = (Some(550), Some(0.9));
        let (turn, text) = (self.turns, text.to_owned());
        self.at(
            over_ms,
            Event::TurnOver { turn, question, from_ms, to_ms, text, words, source, needed_ms, probability },
        );
    }

    pub(crate) fn typed(&mut self, text: &str, question: Option<usize>, at_ms: u64) {
        self.at(at_ms, Event::Typed { text: text.to_owned(), reply: None });
        self.over(text, Vec::new(), question, (at_ms, at_ms), at_ms, Source::Typed);
    }

    pub(crate) fn ends(&mut self, at_ms: u64, reason: EndReason) {
        self.sounds(CANDIDATE, at_ms, at_ms);
        self.at(at_ms, Event::Ended { reason });
    }

    /// Writes the recording as a session does.
    pub(crate) fn save(&self, folder: &Path) {
        let bytes: Vec<u8> = self.samples.iter().flatten().flat_map(|sample| sample.to_le_bytes()).collect();
        std::fs::write(folder.join("recording.pcm"), bytes).unwrap();
    }

    pub(crate) fn measured(&self) -> assess::Latency {
        let folder = tempfile::tempdir().unwrap();
        self.save(folder.path());
        assess::latency(&folder.path().join("recording.pcm"), &plan(), &self.records).unwrap()
    }

    pub(crate) fn transcript(&self) -> assess::Transcript {
        assess::transcript(&plan(), &self.records)
    }

    /// Writes everything into a new folder.
    pub(crate) fn written(&self) -> (tempfile::TempDir, assess::Written) {
        let folder = tempfile::tempdir().unwrap();
        self.save(folder.path());
        let written = assess::write_files(folder.path(), "i-1", &plan(), &self.records).unwrap();
        (folder, written)
    }
}

/// Words of equal length; those that begin with `~` are uncertain.
pub(crate) fn words(text: &str, from_ms: u64, to_ms: u64) -> Vec<Word> {
    let texts: Vec<&str> = text.split_whitespace().collect();
    let time = |i: usize| from_ms + (to_ms - from_ms) * i as u64 / texts.len() as u64;
    let word = |(i, text): (usize, &&str)| Word {
        text: (*text).to_owned(),
        start_ms: time(i),
        end_ms: time(i + 1),
        confidence: if text.starts_with('~') { 0.2 } else { 0.9 },
    };
    texts.iter().enumerate().map(word).collect()
}

pub(crate) fn json(folder: &Path, name: &str) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}

/// A whole interview with everything in it.
pub(crate) fn whole() -> Made {
    let mut made = Made::asked();
    let answer =
        "We argued about a date & a <b>release</b>. ~I ~said ~nothing. In the end, Dr. Hale's team shipped it on time!";
    made.turn(answer, Some(0), 6000, 14_000, 14_600);
    made.line(LineKind::Acknowledgement, "Thank you.", Some(0), 14_650, 15_300);
    made.line(LineKind::Question, "How many days a week?", Some(1), 15_600, 17_000);
    made.typed("Three --> or four, \"perhaps\".", Some(1), 20_000);
    made.line(LineKind::Closing, "Goodbye.", None, 20_500, 21_500);
    made.ends(21_500, EndReason::Completed);
    made
}
