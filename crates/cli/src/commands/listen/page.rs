//! The page: one file without any request to the network, with the sound inside it.

use assess::page::{base64, escape, fill, mu_law, policy};
use serde_json::{Value, json};

use super::heard::{FRAME_MS, Heard, sample, slice};
use super::story::{Moment, MomentKind, PEAK_MS, Story};

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");

/// The page that shows `story`, with the sound of `heard` in it.
pub(super) fn page(story: &Story, heard: &Heard) -> String {
    fill(PAGE, |name| match name {
        "policy" => policy(STYLE, SCRIPT),
        "style" => STYLE.to_owned(),
        "script" => SCRIPT.to_owned(),
        "title" => escape(&story.title),
        "about" => escape(&story.about),
        "figures" => figures(&story.figures),
        "moments" => story.moments.iter().map(row).collect(),
        "story" => data(story).to_string().replace('<', "\\u003c"),
        "sound" => sound(story, heard),
        _ => String::new(),
    })
}

fn figures(figures: &[(String, String)]) -> String {
    let figure =
        |(name, value): &(String, String)| format!("<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value));
    figures.iter().map(figure).collect()
}

/// A line of the table; it can be read without the script.
fn row(moment: &Moment) -> String {
    let kind = json!(moment.kind);
    let quiet = if matches!(moment.kind, MomentKind::Voice) { " data-quiet" } else { "" };
    format!(
        "<tr class=\"{}\" data-t=\"{}\"{quiet}><td><button type=\"button\" class=\"jump\">{}</button></td>\
         <td><span class=\"dot\"></span>{}</td><td>{}</td></tr>",
        kind.as_str().unwrap_or_default(),
        moment.at_ms,
        clock(moment.at_ms),
        escape(&moment.what),
        escape(&moment.why)
    )
}

fn clock(ms: u64) -> String {
    format!("{}:{:05.2}", ms / 60_000, (ms % 60_000) as f64 / 1000.0)
}

/// What the script draws.
fn data(story: &Story) -> Value {
    let mut data = json!(story);
    let cut = |values: &[f32], step_ms: u64| {
        let place = |ms: u64| ((ms / step_ms) as usize).min(values.len());
        let shown = &values[place(story.span.from_ms)..place(story.span.to_ms + step_ms - 1)];
        base64(&shown.iter().map(|value| (value.min(1.0) * 255.0).round() as u8).collect::<Vec<_>>())
    };
    data["peak_ms"] = PEAK_MS.into();
    data["frame_ms"] = FRAME_MS.into();
    data["candidate"] = cut(&story.candidate, PEAK_MS).into();
    data["interviewer"] = story.interviewer.as_deref().map(|peaks| cut(peaks, PEAK_MS)).into();
    data["activity"] = cut(&story.activity, FRAME_MS).into();
    data
}

/// Both sides mixed, 16 kHz, µ-law, base64.
fn sound(story: &Story, heard: &Heard) -> String {
    let (from, to) = (sample(story.span.from_ms), sample(story.span.to_ms).min(heard.candidate.len()));
    let ours = heard.interviewer.as_deref().unwrap_or_default();
    let mixed = slice(&heard.candidate, from, to).into_iter().zip(slice(ours, from, to));
    base64(&mixed.map(|(theirs, ours)| mu_law(audio::wav::pcm16(theirs + ours))).collect::<Vec<_>>())
}
