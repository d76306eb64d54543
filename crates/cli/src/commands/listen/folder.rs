//! An interview's folder: its recording, its log and its plan.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use assess::Latency;
use interview::Plan;
use session::{Core, Event, Record};
use turn::Profile;

use super::heard::{Heard, activity, ms};
use crate::commands::replay::{plan as read_plan, records as read_records};
use crate::engines;

/// Reads the interview in `folder`, and measures its recording.
pub(super) async fn read(folder: &Path) -> Result<Heard> {
    let plan = read_plan(&folder.join("plan.json"))?;
    let records = read_records(&folder.join("events.jsonl"))?;
    let recording = folder.join("recording.wav");
    let latency = assess::latency(&recording, &plan, &records)?;
    let sound = audio::decode::read(&recording)?;
    let [candidate, interviewer] = <[Vec<f32>; 2]>::try_from(sound.channels)
        .ok()
        .with_context(|| format!("{}: not a recording of two channels", recording.display()))?;
    let figures = figures(&latency, ms(candidate.len()));
    Ok(Heard {
        title: plan.title.clone(),
        about: "Both sides as they were recorded, with what was decided while the interview was held.".into(),
        activity: activity(&engines::silero()?, &candidate, 0).await?,
        candidate,
        interviewer: Some(interviewer),
        due_ms: due_after_each(Arc::new(plan), &records),
        records,
        replies: latency.turns,
        cut_ins: latency.cut_in_turns,
        figures,
    })
}

/// When something was due next, after each record: what happened is fed to a new core.
fn due_after_each(plan: Arc<Plan>, records: &[Record]) -> Vec<Option<u64>> {
    let mut core = Core::new(plan, Profile::default());
    let mut due_after = |record: &Record| {
        if !matches!(record.event, Event::Connected { .. }) {
            core.advance(record.at_ms);
        }
        if !record.event.is_decision() {
            core.hear(&record.event, record.at_ms);
        }
        core.deadline_ms()
    };
    records.iter().map(&mut due_after).collect()
}

fn figures(latency: &Latency, length_ms: u64) -> Vec<(String, String)> {
    let time = |ms: Option<u64>| ms.map_or("none".to_owned(), |ms| format!("{ms} ms"));
    let delays = &latency.voice_to_voice_ms;
    let rows = [
        ("Length", format!("{}:{:02}", length_ms / 60_000, length_ms / 1000 % 60)),
        ("Spoken turns", latency.turns.len().to_string()),
        ("Median reply", time(delays.p50)),
        ("95% within", time(delays.p95)),
        ("Longest", time(delays.max)),
        ("Cut-ins", latency.cut_ins.to_string()),
        ("Fell silent within", time(latency.barge_in_stop_ms.p50)),
    ];
    rows.map(|(name, value)| (name.to_owned(), value)).to_vec()
}
