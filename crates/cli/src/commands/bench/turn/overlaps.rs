//! Sounds over our voice: what stops us, and how soon.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use interview::{Plan, QuestionKind};
use serde_json::{Value, json};
use simulator::overlaps::{self, Overlap};
use simulator::score::Spread;
use simulator::sound;
use simulator::trial::{self, Outcome};
use simulator::{Chance, Corpus, Half, Memory, Room, plan};
use speech::CLAIM_LEAD_MS;
use turn::Profile;

use crate::engines;

const QUESTION: &str = "Thank you for being here today. To begin with, please tell me about a time when you changed \
     your mind about something that mattered to you at work, and about what it was that made you see it in another way.";
/// What else we say while it comes back.
const OTHER_QUESTION: &str = "That is very helpful, I see. Now let us look at how you work with other people: what was the \
     hardest disagreement that you have had with a colleague, what did each of you want, and how did it end after all?";
/// What we say in lessons.
const LESSON_LINES: [&str; 3] = [
    "Could you walk me through a project that you are proud of, from the first idea to the day on which somebody used it, \
     and say which part of it was yours? Take all the time that you need, there is no hurry.",
    "Thanks, that was clear. Suppose that two people whom you work with each ask you for something by tomorrow, and there \
     is time for only one: how would you decide, whom would you tell, and what would you do afterwards?",
    "Just so that I have it right, you joined them in the summer and left again two years later. Which of your habits \
     from those days would you keep, which did you give up gladly, and why?",
];
/// How loud our voice comes back, decibels, and how late, milliseconds.
const ECHO_DB: [f32; 6] = [-6.0, -10.0, -15.0, -20.0, -25.0, -30.0];
const ECHO_LATE_MS: [u64; 5] = [20, 60, 120, 200, 300];
/// Sounds of each kind.
const BACKCHANNELS: usize = 200;
const NOISES: usize = 100;
/// Every so many interruptions come on top of an echo as well.
const ON_ECHO: usize = 2;

/// Numbers in a row of what the judgement of claims sees.
const POSITION_NUMBERS: usize = 512;
/// A voice is looked at in lessons when it has gone on for so long, milliseconds ...
const LOOKS_MS: [u64; 8] = [96, 128, 160, 208, 272, 352, 464, 608];
/// ... and is still taken to go on for so long after it has paused.
const PAUSE_NOTICED_MS: u64 = Profile::INTERVIEW.pause_ms as u64;

/// Sounds of one kind, and what came of each.
type Held = Vec<(Overlap, Outcome)>;

/// What came of all sounds over our voice.
pub(super) struct Overlaps {
    interruptions: Held,
    on_echo: Held,
    backchannels: Held,
    noises: Held,
    echo_ms: u64,
    self_interruptions: usize,
}

pub(super) async fn measure(corpus: &Corpus, memory: &Memory, half: Half, profile: &str) -> Result<Overlaps> {
    let profile = Profile::named(profile).context("the profile has no numbers")?;
    let plan = Arc::new(plan(QUESTION, QuestionKind::Story)?);
    let rooms = rooms(corpus)?;
    let interruptions = overlaps::interruptions(corpus, memory, half).await?;
    let some = interruptions.iter().step_by(ON_ECHO).cloned().collect();
    let backchannels = spread(overlaps::backchannels(memory, half).await?, BACKCHANNELS);
    let noises = overlaps::noises(corpus, half, NOISES)?;
    let (mut echo_ms, mut self_interruptions) = (0, 0);
    let other = Arc::new(self::plan(OTHER_QUESTION, QuestionKind::Story)?);
    for (plan, room) in [&plan, &other].into_iter().flat_map(|plan| rooms.iter().map(move |room| (plan, room))) {
        let (stops, spoken_ms) = trial::speak_alone(memory, plan, profile, room.clone()).await?;
        (echo_ms, self_interruptions) = (echo_ms + spoken_ms, self_interruptions + stops);
    }
    Ok(Overlaps {
        interruptions: held(memory, &plan, profile, interruptions, &[]).await?,
        on_echo: held(memory, &plan, profile, some, &rooms).await?,
        backchannels: held(memory, &plan, profile, backchannels, &[]).await?,
        noises: held(memory, &plan, profile, noises, &[]).await?,
        echo_ms,
        self_interruptions,
    })
}

/// Writes what the judgement of claims sees of each lesson, at several times: `positions.bf16`, rows of 512 numbers, the upper
/// halves of floats, and `looks.tsv`, whose lines say what is looked at, when, and how many rows that is.
pub(super) async fn lessons(corpus: &Corpus, memory: &Memory, half: Half, folder: &Path) -> Result<()> {
    let claims = engines::claims()?;
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let create = |name: &str| File::create(folder.join(name)).map(BufWriter::new);
    let (mut positions, mut looks) = (create("positions.bf16")?, create("looks.tsv")?);
    writeln!(looks, "sort\tname\tms\tpositions")?;
    for overlap in [echoes(corpus, memory).await?, overlaps::lessons(corpus, memory, half).await?].concat() {
        let voice = overlap.voice(memory).await?.unwrap_or(overlap.heard);
        for ms in LOOKS_MS.into_iter().filter(|ms| *ms < voice.length_ms() + PAUSE_NOTICED_MS) {
            let from = sound::at(voice.from_ms.saturating_sub(CLAIM_LEAD_MS));
            let Some(heard) = overlap.sound.get(from..sound::at(voice.from_ms + ms)) else { continue };
            let seen = claims.positions(heard.into()).await?;
            for number in &seen {
                let rounded = number.to_bits().saturating_add(0x8000) >> 16;
                positions.write_all(&(rounded as u16).to_le_bytes())?;
            }
            let rows = seen.len() / POSITION_NUMBERS;
            writeln!(looks, "{}\t{}\t{ms}\t{rows}", overlap.sort.name(), overlap.name)?;
        }
    }
    Ok(())
}

/// What is taken for a voice of what is left of our echo, with lines that nothing is measured with.
async fn echoes(corpus: &Corpus, memory: &Memory) -> Result<Vec<Overlap>> {
    let mut echoes = Vec::new();
    for (line, text) in LESSON_LINES.iter().enumerate() {
        let plan = Arc::new(plan(text, QuestionKind::Story)?);
        for (number, room) in rooms(corpus)?.into_iter().enumerate() {
            let name = format!("echo {line} {number}");
            echoes.extend(trial::taken_for_voices(memory, &plan, Profile::INTERVIEW, room, &name).await?);
        }
    }
    Ok(echoes)
}

/// Each impulse response with each level.
fn rooms(corpus: &Corpus) -> Result<Vec<Room>> {
    let mut rooms = Vec::new();
    for clip in corpus.inside("room") {
        let response = corpus.sound(&clip.path)?;
        for level_db in ECHO_DB {
            let late_ms = ECHO_LATE_MS[Chance::of(&format!("{} {level_db}", clip.path)).below(ECHO_LATE_MS.len())];
            rooms.push(Room::new(&response, late_ms, level_db));
        }
    }
    ensure!(!rooms.is_empty(), "there are no impulse responses in the folder \"room\" of the speech");
    Ok(rooms)
}

/// `count` of them, spread evenly.
fn spread(all: Vec<Overlap>, count: usize) -> Vec<Overlap> {
    let of = all.len();
    let chosen = |(i, _): &(usize, Overlap)| of <= count || (i + 1) * count / of > i * count / of;
    all.into_iter().enumerate().filter(chosen).map(|(_, overlap)| overlap).collect()
}

/// What came of each sound, in one of the rooms after the other, or with headphones.
async fn held(
    memory: &Memory,
    plan: &Arc<Plan>,
    profile: Profile,
    sounds: Vec<Overlap>,
    rooms: &[Room],
) -> Result<Held> {
    let mut held = Vec::new();
    for (index, overlap) in sounds.into_iter().enumerate() {
        let room = rooms.get(index % rooms.len().max(1)).cloned();
        let outcome = trial::hold(memory, plan, profile, &overlap, room).await?;
        held.push((overlap, outcome));
    }
    Ok(held)
}

fn stopped(held: &Held) -> usize {
    held.iter().filter(|(_, outcome)| outcome.stop_ms.is_some()).count()
}

fn pct(held: &Held, count: usize) -> f64 {
    100.0 * count as f64 / held.len().max(1) as f64
}

fn stop_ms(held: &Held) -> Spread {
    Spread::of(&held.iter().filter_map(|(_, outcome)| outcome.stop_ms).map(|ms| ms as f64).collect::<Vec<_>>())
}

impl Overlaps {
    pub(super) fn json(&self) -> Value {
        let wanted = |held: &Held| {
            let missed = held.len() - stopped(held);
            let of = |because: &str| held.iter().filter(|(_, o)| o.stop_ms.is_some() && o.because == because).count();
            json!({"count": held.len(), "missed": missed, "missed_pct": pct(held, missed), "stop_ms": stop_ms(held),
                "by": {"sound": of("sound"), "words": of("words"), "length": of("length")}})
        };
        let unwanted = |held: &Held| {
            let by = held.iter().filter_map(|(overlap, outcome)| {
                Some(json!({"name": overlap.name, "stop_ms": outcome.stop_ms?, "because": outcome.because}))
            });
            let ducked = held.iter().filter(|(_, outcome)| outcome.ducked).count();
            json!({"count": held.len(), "stops": stopped(held), "stops_pct": pct(held, stopped(held)),
                "ducked": ducked, "by": by.collect::<Vec<_>>()})
        };
        json!({
            "interruptions": wanted(&self.interruptions), "interruptions_on_echo": wanted(&self.on_echo),
            "backchannels": unwanted(&self.backchannels), "noises": unwanted(&self.noises),
            "echo": {"minutes": self.echo_ms as f64 / 60_000.0, "self_interruptions": self.self_interruptions},
        })
    }

    pub(super) fn rows(&self) -> Vec<[String; 4]> {
        let wanted = |name: &str, held: &Held| {
            let (spread, missed) = (stop_ms(held), pct(held, held.len() - stopped(held)));
            [name.into(), format!("{missed:.1} %"), format!("{:.0} ms", spread.p50), format!("{:.0} ms", spread.p95)]
        };
        let unwanted = |name: &str, held: &Held| {
            [name.to_owned(), format!("{:.1} %", pct(held, stopped(held))), "–".into(), "–".into()]
        };
        let minutes = self.echo_ms as f64 / 60_000.0;
        vec![
            wanted("interruptions missed, and when the others stop us", &self.interruptions),
            wanted("the same on top of our echo", &self.on_echo),
            unwanted("listeners' noises that stop us", &self.backchannels),
            unwanted("coughs, clicks and keyboards that stop us", &self.noises),
            [
                format!("stops in {minutes:.1} min of our echo"),
                self.self_interruptions.to_string(),
                "–".into(),
                "–".into(),
            ],
        ]
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for [name, share, p50, p95] in self.rows() {
            let _ = write!(text, "\n{name}: {share}; {p50}, {p95}");
        }
        text
    }
}
