//! The ways in which a demo's interview can be carried, and how they compare.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;
use serde::Serialize;
use serde_json::json;

use super::heard::{Heard, Percentiles};
use super::summary::Summary;
use crate::terminal::say;

/// LiveKit's way may take so much longer than the WebSocket, milliseconds.
const MAY_TAKE_LONGER_MS: i64 = 60;

/// What carries the interview.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What carries the interview: a WebSocket, WebRTC as LiveKit's clients have it, or one after the other.
    #[arg(long, value_enum, default_value = "websocket")]
    transport: Transport,
    /// With --transport both: so many interviews each way, by turns.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=20))]
    rounds: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Transport {
    #[value(name = "websocket")]
    WebSocket,
    #[value(name = "livekit")]
    LiveKit,
    Both,
}

/// One way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Way {
    WebSocket,
    LiveKit,
}

impl Way {
    /// For people and folders.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::LiveKit => "livekit",
        }
    }
}

impl Args {
    /// All interviews that are to be held, and where the files of each go.
    pub(crate) fn all(&self, out: &Path) -> Vec<(Way, PathBuf)> {
        let both = [Way::WebSocket, Way::LiveKit];
        let named = |round: u8, way: Way| (way, out.join(format!("{}-{round}", way.name())));
        match self.transport {
            Transport::WebSocket => vec![(Way::WebSocket, out.to_owned())],
            Transport::LiveKit => vec![(Way::LiveKit, out.to_owned())],
            Transport::Both => (1..=self.rounds).flat_map(|round| both.map(|way| named(round, way))).collect(),
        }
    }
}

/// Says how the interviews went.
pub(crate) fn tell(args: &Args, summaries: &[(Way, Summary)], out: &Path, as_json: bool) -> Result<()> {
    let compared = (args.transport == Transport::Both).then(|| Comparison::of(summaries));
    if as_json {
        let all: Vec<&Summary> = summaries.iter().map(|(_, summary)| summary).collect();
        match (&all[..], &compared) {
            ([one], None) => say(&serde_json::to_string(one)?),
            _ => say(&json!({"interviews": all, "compared": compared}).to_string()),
        }
        return Ok(());
    }
    for ((_, folder), (_, summary)) in args.all(out).iter().zip(summaries) {
        summary.print(folder);
    }
    if let Some(compared) = compared {
        compared.print();
    }
    Ok(())
}

/// What was heard either way, over all interviews.
#[derive(Serialize)]
struct Comparison {
    websocket: Pooled,
    livekit: Pooled,
    /// What LiveKit's way takes longer, milliseconds.
    longer_ms: Longer,
}

#[derive(Serialize)]
struct Longer {
    p50: Option<i64>,
    p95: Option<i64>,
}

/// Of one way.
#[derive(Serialize)]
struct Pooled {
    voice_to_voice_ms: Percentiles,
    barge_in_stop_ms: Percentiles,
    cut_ins: usize,
    replies: usize,
}

impl Pooled {
    fn of(way: Way, summaries: &[(Way, Summary)]) -> Self {
        let all: Vec<&Heard> = summaries.iter().filter(|(w, _)| *w == way).map(|(_, s)| &s.as_heard).collect();
        let replies: Vec<u64> = all.iter().flat_map(|heard| heard.replies_ms.clone()).collect();
        let stops: Vec<u64> = all.iter().flat_map(|heard| heard.stops_ms.clone()).collect();
        Self {
            voice_to_voice_ms: Percentiles::of(&replies),
            barge_in_stop_ms: Percentiles::of(&stops),
            cut_ins: all.iter().map(|heard| heard.cut_ins).sum(),
            replies: replies.len(),
        }
    }

    fn print(&self, way: Way) {
        let (reply, stop) = (self.voice_to_voice_ms.text(), self.barge_in_stop_ms.text());
        say(&format!("{:<10} {reply} of {} replies; stops {stop}; {} cut-ins", way.name(), self.replies, self.cut_ins));
    }
}

impl Comparison {
    fn of(summaries: &[(Way, Summary)]) -> Self {
        let (websocket, livekit) = (Pooled::of(Way::WebSocket, summaries), Pooled::of(Way::LiveKit, summaries));
        let longer = |of: fn(&Percentiles) -> Option<u64>| {
            let (ours, theirs) = (of(&livekit.voice_to_voice_ms)?, of(&websocket.voice_to_voice_ms)?);
            Some(i64::try_from(ours).ok()? - i64::try_from(theirs).ok()?)
        };
        let longer_ms = Longer { p50: longer(|p| p.p50), p95: longer(|p| p.p95) };
        Self { websocket, livekit, longer_ms }
    }

    fn print(&self) {
        say("\nas heard by the candidate, voice to voice:");
        self.websocket.print(Way::WebSocket);
        self.livekit.print(Way::LiveKit);
        for (name, longer_ms) in [("p50", self.longer_ms.p50), ("p95", self.longer_ms.p95)] {
            if let Some(ms) = longer_ms {
                let verdict = if ms <= MAY_TAKE_LONGER_MS { "met" } else { "MISSED" };
                say(&format!("{name} of livekit is {ms:+} ms; at most +{MAY_TAKE_LONGER_MS} ms: {verdict}"));
            }
        }
    }
}
