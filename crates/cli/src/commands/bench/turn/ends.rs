//! Ends of turns: false cut-ins and delays, ours and others'.

use std::fmt::Write;
use std::sync::Arc;

use anyhow::{Context, Result};
use interview::{Plan, QuestionKind};
use serde_json::{Value, json};
use simulator::baseline::{self, Rule};
use simulator::score::{Spread, Tally};
use simulator::script::{self, Conversation};
use simulator::stage::{Act, Setting, When, play};
use simulator::{Corpus, Half, Memory, plan};
use turn::Profile;

const PROFILES: [&str; 3] = ["brisk", "interview", "patient"];
pub(super) const QUESTION: &str = "Tell me about a time when you changed your mind.";
/// What others do, with their own numbers.
const BASELINES: [(&str, Rule); 3] = [
    ("voice activity, 500 ms", Rule { wait_ms: 500, judged: None }),
    ("200 ms and Smart Turn, 3 s at most", Rule { wait_ms: 200, judged: Some((0.5, 3000)) }),
    ("500 ms or 3 s by Smart Turn", Rule { wait_ms: 500, judged: Some((0.5, 3000)) }),
];

/// What came of the turns.
pub(super) struct Ends {
    half: Half,
    profile: String,
    conversations: Vec<Conversation>,
    /// Of each profile.
    ours: Vec<(&'static str, Tally)>,
    baselines: Vec<(&'static str, Tally)>,
    /// Of the same kinds, waiting for so long that their median delay is ours.
    as_soon: Vec<(String, Rule, Tally)>,
}

pub(super) async fn measure(corpus: &Corpus, memory: &Memory, half: Half, profile: &str) -> Result<Ends> {
    let conversations = script::conversations(corpus, memory, half).await?;
    let plan = Arc::new(plan(QUESTION, QuestionKind::Story)?);
    let mut ours = Vec::new();
    for name in PROFILES {
        let numbers = Profile::named(name).context("a profile has no numbers")?;
        ours.push((name, held(memory, &conversations, &plan, numbers).await?));
    }
    let heard = baseline::hear(memory, &conversations).await?;
    let baselines = BASELINES.map(|(name, rule)| (name, rule.tally(&heard))).to_vec();
    let median_ms = ours.iter().find(|(name, _)| *name == profile).map_or(f64::NAN, |(_, ours)| ours.delay_ms().p50);
    let mut as_soon = Vec::new();
    for (name, kind, any) in [
        ("voice activity", BASELINES[0].1, false),
        ("Smart Turn, 3 s at most", BASELINES[1].1, false),
        ("Smart Turn, 3 s at most, its threshold the best for this set", BASELINES[1].1, true),
    ] {
        let best = baseline::as_soon_as(median_ms, kind, any, &heard);
        as_soon.extend(best.map(|(rule, tally)| (name.to_owned(), rule, tally)));
    }
    drop(heard);
    Ok(Ends { half, profile: profile.to_owned(), conversations, ours, baselines, as_soon })
}

/// The conversations as interviews.
pub(super) async fn held(memory: &Memory, all: &[Conversation], plan: &Arc<Plan>, profile: Profile) -> Result<Tally> {
    let mut tally = Tally::default();
    for conversation in all {
        let played = played(memory, conversation, plan, profile).await?;
        tally.count_played(conversation, &played);
    }
    Ok(tally)
}

async fn played(
    memory: &Memory,
    conversation: &Conversation,
    plan: &Arc<Plan>,
    profile: Profile,
) -> Result<simulator::stage::Played> {
    let setting = Setting { plan: plan.clone(), profile, room: None };
    let act = |turn: &script::Turn| Act { when: When::Asked, sound: turn.sound.clone(), said_ms: turn.voice.to_ms };
    let acts: Vec<Act> = conversation.turns.iter().map(act).collect();
    play(memory, &setting, &acts, &conversation.room).await
}

pub(super) fn figures(tally: &Tally) -> Value {
    let places: serde_json::Map<String, Value> = tally
        .pauses
        .iter()
        .map(|(place, (pauses, cut))| (place.name().to_owned(), json!({"pauses": pauses, "cut": cut})))
        .collect();
    let (pauses, cut) = tally.all();
    json!({
        "false_cut_ins_pct": tally.false_cut_ins_pct(), "delay_ms": tally.delay_ms(), "turns": tally.turns,
        "decision_us_an_event": tally.deciding.us_an_event(), "events": tally.deciding.events,
        "recognised_ms_per_spoken_ms": tally.recognised_ms as f64 / tally.spoken_ms.max(1) as f64,
        "pauses": pauses, "false_cut_ins": cut, "cut_in_speech": tally.cut_in_speech, "missed_ends": tally.missed_ends,
        "places": places,
    })
}

impl Ends {
    fn chosen(&self) -> Option<&Tally> {
        self.ours.iter().find(|(name, _)| *name == self.profile).map(|(_, tally)| tally)
    }

    pub(super) fn json(&self) -> Value {
        let named = |name: &str, tally: &Tally| {
            let mut figures = figures(tally);
            figures["name"] = json!(name);
            figures
        };
        let profiles: serde_json::Map<String, Value> =
            self.ours.iter().map(|(name, tally)| ((*name).to_owned(), figures(tally))).collect();
        let as_soon = self.as_soon.iter().map(|(name, rule, tally)| {
            let mut figures = named(name, tally);
            figures["wait_ms"] = json!(rule.wait_ms);
            figures["threshold"] = json!(rule.judged.map(|(threshold, _)| threshold));
            figures
        });
        json!({
            "ours": self.chosen().map(figures),
            "pause_ms": self.pause_ms(),
            "profiles": profiles,
            "baselines": self.baselines.iter().map(|(name, tally)| named(name, tally)).collect::<Vec<_>>(),
            "baselines_at_our_median": as_soon.collect::<Vec<_>>(),
        })
    }

    pub(super) fn rows(&self) -> Vec<[String; 4]> {
        let row = |name: String, tally: &Tally| {
            let delay = tally.delay_ms();
            let cut = format!("{:.1} %", tally.false_cut_ins_pct());
            [name, cut, format!("{:.0} ms", delay.p50), format!("{:.0} ms", delay.p95)]
        };
        let ours = self.ours.iter().map(|(name, tally)| row(format!("ours, {name}"), tally));
        let others = self.baselines.iter().map(|(name, tally)| row((*name).to_owned(), tally));
        let as_soon = self.as_soon.iter().map(|(name, rule, tally)| {
            let threshold = rule.judged.map_or(String::new(), |(threshold, _)| format!(", from {threshold:.2}"));
            row(format!("as soon as ours: {name} ({} ms{threshold})", rule.wait_ms), tally)
        });
        ours.chain(others).chain(as_soon).collect()
    }

    pub(super) fn text(&self) -> String {
        let mut text = self.conditions();
        for [name, cut, p50, p95] in self.rows() {
            let _ = write!(text, "\n{name}: {cut} of the pauses cut, delay {p50} at the median, {p95} for 95 of 100");
        }
        if let Some(Tally { deciding, .. }) = self.chosen() {
            let (us, events) = (deciding.us_an_event(), deciding.events);
            let _ = write!(text, "\na decision: {us:.1} µs an event, of {events} events");
        }
        text
    }

    fn conditions(&self) -> String {
        let (turns, (pauses, _)) = self.chosen().map_or((0, (0, 0)), |ours| (ours.turns, ours.all()));
        let typical_ms = self.pause_ms().p50;
        format!(
            "{turns} turns with {pauses} pauses of 300 ms and more inside them, {typical_ms:.0} ms at the median ({} speakers)",
            self.half.name()
        )
    }

    /// How long the pauses inside turns are.
    fn pause_ms(&self) -> Spread {
        let turns = self.conversations.iter().flat_map(|conversation| &conversation.turns);
        let lengths: Vec<f64> =
            turns.flat_map(|turn| &turn.pauses).map(|pause| pause.span.length_ms() as f64).collect();
        Spread::of(&lengths)
    }

    /// Each pause with what was known of it, in a session of endless patience.
    pub(super) async fn pauses(&self, memory: &Memory) -> Result<String> {
        let plan = Arc::new(plan(QUESTION, QuestionKind::Story)?);
        let mut table = simulator::pauses::HEAD.to_owned();
        for conversation in &self.conversations {
            let played = played(memory, conversation, &plan, simulator::pauses::ENDLESS).await?;
            table.extend(simulator::pauses::rows(conversation, &played));
        }
        Ok(table)
    }
}
