//! `interviewer bench network`: what a bad network costs recognition. Utterances are coded in Opus, sent in packets of 20 ms
//! over a network that loses and delays them (on a simulated clock), put in order, recovered or guessed, decoded, and
//! recognised; the same utterances are recognised as they are, and coded but not lost.

mod path;

use std::time::Instant;

use anyhow::Result;
use serde_json::{Value, json};
use server::Settings;
use speech::wer::{WerCount, count};
use speech::{RecognitionRequest, Recognizer};

use super::Output;
use super::page::Table;
use super::truths::{TruthTable, Utterance, seconds};
use crate::engines;
use crate::terminal::note;
use path::{Carried, Network};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    table: TruthTable,
    /// Packets that are lost, in a hundred.
    #[arg(long, value_name = "PERCENT", default_value_t = 5.0)]
    loss_pct: f64,
    /// Packets take up to so much longer than the quickest, milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 40)]
    jitter_ms: u64,
    /// An asset's name or the folder of a Whisper model in CTranslate2's format.
    #[arg(long, default_value = "whisper-base")]
    model: String,
    #[command(flatten)]
    output: Output,
}

/// What was found.
#[derive(Default)]
struct Found {
    utterances: usize,
    sound_s: f64,
    plain: WerCount,
    coded: WerCount,
    lost: WerCount,
    carried: Carried,
    encode_s: f64,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let mut settings = Settings::load(None)?;
    (settings.recognition.model, settings.recognition.threads) = (args.model.clone(), 1);
    let whisper = engines::whisper(&settings, engines::GREEDY)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let recognise = |samples: &[f32]| -> Result<String> {
        Ok(runtime.block_on(whisper.recognize(RecognitionRequest::new(samples)))?.text)
    };
    let (mut found, mut network) = (Found::default(), Network::new(args.loss_pct / 100.0, args.jitter_ms));
    let mut perfect = Network::new(0.0, 0);
    for Utterance { samples, truth, .. } in &args.table.utterances()? {
        let began = Instant::now();
        let packets = path::packets(samples)?;
        found.encode_s += began.elapsed().as_secs_f64();
        let coded = perfect.carry(&packets, &mut Carried::default())?;
        let lost = network.carry(&packets, &mut found.carried)?;
        found.plain += count(truth, &recognise(samples)?);
        found.coded += count(truth, &recognise(&coded)?);
        found.lost += count(truth, &recognise(&lost)?);
        found.utterances += 1;
        found.sound_s += seconds(samples.len());
    }
    note(&format!("{} utterances", found.utterances));
    args.output.give("network", &found.json(args), &found.text(args), &found.table(args))
}

impl Found {
    fn json(&self, args: &Args) -> Value {
        let Self { carried, .. } = self;
        json!({
            "utterances": self.utterances, "sound_s": self.sound_s,
            "loss_pct": args.loss_pct, "jitter_ms": args.jitter_ms,
            "wer": {"plain": self.plain.rate(), "coded": self.coded.rate(), "lost": self.lost.rate()},
            "packets": carried.packets, "recovered": carried.recovered, "guessed": carried.guessed,
            "glitch_ms": {"p50": carried.glitch_ms(50), "p99": carried.glitch_ms(99), "max": carried.glitch_ms(100)},
            "wait_ms": {"p50": carried.wait_ms(50), "p99": carried.wait_ms(99)},
            "encode_ms_per_s": 1000.0 * self.encode_s / self.sound_s,
            "decode_ms_per_s": 1000.0 * carried.decode_s / self.sound_s,
        })
    }

    fn text(&self, args: &Args) -> String {
        let Self { carried, .. } = self;
        let pct = |wer: &WerCount| 100.0 * wer.rate();
        format!(
            "{} utterances, {:.0} s: WER {:.2} % as they are, {:.2} % coded, {:.2} % with {} % lost and {} ms of jitter\n\
             {} packets: {} recovered, {} guessed; glitches p50 {} ms, p99 {} ms, longest {} ms; waits p50 {} ms, p99 {} ms",
            self.utterances,
            self.sound_s,
            pct(&self.plain),
            pct(&self.coded),
            pct(&self.lost),
            args.loss_pct,
            args.jitter_ms,
            carried.packets,
            carried.recovered,
            carried.guessed,
            carried.glitch_ms(50),
            carried.glitch_ms(99),
            carried.glitch_ms(100),
            carried.wait_ms(50),
            carried.wait_ms(99),
        )
    }

    fn table(&self, args: &Args) -> Table {
        let network = format!("{} % lost, {} ms of jitter", args.loss_pct, args.jitter_ms);
        let conditions =
            format!("{} utterances, {:.0} s; {network}; {}, one thread", self.utterances, self.sound_s, args.model);
        let head = ["", "as it is", "coded", "lost and late"].map(str::to_owned).to_vec();
        let mut table = Table { conditions, head, rows: Vec::new() };
        let pct = |wer: &WerCount| format!("{:.2} %", 100.0 * wer.rate());
        table.row(["word error rate", &pct(&self.plain), &pct(&self.coded), &pct(&self.lost)]);
        let glitch = format!("{} ms", self.carried.glitch_ms(99));
        table.row(["sound that is guessed, at a stretch, p99", "", "", &glitch]);
        let wait = format!("{} ms", self.carried.wait_ms(99));
        table.row(["a packet waits for those before it, p99", "", "", &wait]);
        table
    }
}
