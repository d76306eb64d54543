//! A sound over our voice: does it stop us, and how soon?

use std::sync::Arc;

use anyhow::Result;
use interview::Plan;
use session::Event;
use turn::Profile;

use crate::overlaps::{Overlap, Sort};
use crate::sound::{self, Span};
use crate::stage::{Act, Setting, When, play};
use crate::{Chance, Memory, Room};

/// It comes between these times after we began to speak, milliseconds.
const FROM_MS: u64 = 1500;
const UNTIL_MS: u64 = 4500;
/// Sound that is kept before and after what is taken for a voice, milliseconds.
const AROUND_MS: u64 = 512;

/// What a sound over our voice came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// When we were told to stop, from where something was to be heard, milliseconds.
    pub stop_ms: Option<u64>,
    /// What told us to: how it sounded, its words, or that it went on.
    pub because: &'static str,
    /// Whether we grew soft.
    pub ducked: bool,
}

/// Speaks to a candidate of whom `overlap` is heard.
///
/// # Errors
/// When an engine fails.
pub async fn hold(
    memory: &Memory,
    plan: &Arc<Plan>,
    profile: Profile,
    overlap: &Overlap,
    room: Option<Room>,
) -> Result<Outcome> {
    let after_ms = FROM_MS + Chance::of(&overlap.name).draw() % (UNTIL_MS - FROM_MS);
    let setting = Setting { plan: plan.clone(), profile, room };
    let act = Act { when: When::Over(after_ms), sound: overlap.sound.clone(), said_ms: 0 };
    let played = play(memory, &setting, &[act], &[0.0; 512]).await?;
    let began_ms = played.began_ms.first().copied().unwrap_or(0) + overlap.heard.from_ms;
    let later = || played.events.iter().filter(|(at_ms, _)| *at_ms >= began_ms);
    let stop = later().find(|(_, event)| matches!(event, Event::Hush { .. }));
    let before = played.events.iter().take_while(|(_, event)| !matches!(event, Event::Hush { .. }));
    let because = match before.filter(|(_, event)| !event.is_decision()).last() {
        Some((_, Event::Claimed { .. })) => "sound",
        Some((_, Event::Recognised { .. })) => "words",
        _ => "length",
    };
    Ok(Outcome {
        stop_ms: stop.map(|(at_ms, _)| at_ms - began_ms),
        because,
        ducked: later().any(|(_, event)| matches!(event, Event::Duck { .. })),
    })
}

/// Speaks to a candidate who only listens, while our voice comes back: what of it is taken for a voice, with the sound around
/// it. `name` stands before the number of each.
///
/// # Errors
/// When an engine fails.
pub async fn taken_for_voices(
    memory: &Memory,
    plan: &Arc<Plan>,
    profile: Profile,
    room: Room,
    name: &str,
) -> Result<Vec<Overlap>> {
    let setting = Setting { plan: plan.clone(), profile, room: Some(room) };
    let played = play(memory, &setting, &[], &[0.0; 512]).await?;
    let (mut taken, mut from_ms) = (Vec::new(), 0);
    for (_, event) in &played.events {
        match event {
            Event::VoiceStarted { from_ms: at_ms } => from_ms = *at_ms,
            Event::VoicePaused { since_ms } if *since_ms > from_ms => {
                let around_ms = from_ms.saturating_sub(AROUND_MS);
                let sound =
                    &played.heard[sound::at(around_ms)..sound::at(since_ms + AROUND_MS).min(played.heard.len())];
                let heard = Span { from_ms: from_ms - around_ms, to_ms: since_ms - around_ms };
                let name = format!("{name} {}", taken.len());
                taken.push(Overlap { sort: Sort::Noise, name, sound: sound::whole_frames(sound.to_vec()), heard });
            }
            _ => {}
        }
    }
    Ok(taken)
}

/// Speaks to a candidate who only listens, while our voice comes back: whether we stopped, and for how long we spoke,
/// milliseconds.
///
/// # Errors
/// When an engine fails.
pub async fn speak_alone(memory: &Memory, plan: &Arc<Plan>, profile: Profile, room: Room) -> Result<(usize, u64)> {
    let setting = Setting { plan: plan.clone(), profile, room: Some(room) };
    let played = play(memory, &setting, &[], &[0.0; 512]).await?;
    let stops = played.events.iter().filter(|(_, event)| matches!(event, Event::Hush { .. })).count();
    let (mut began_ms, mut spoken_ms) = (0, 0);
    for (at_ms, event) in &played.events {
        match event {
            Event::LineStarted { .. } => began_ms = *at_ms,
            Event::LineEnded { .. } | Event::LineStopped { .. } => spoken_ms += at_ms - began_ms,
            _ => {}
        }
    }
    Ok((stops, spoken_ms))
}
