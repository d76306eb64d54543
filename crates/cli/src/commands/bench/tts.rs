//! `interviewer bench tts`.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use server::Settings;
use speech::{SpeechRequest, Voice};

use super::page::Table;
use super::peer::Peer;
use super::{Output, median};
use crate::engines;

const PEER: &str = include_str!("../../../../../bench/peers/tts.py");
/// What is said if nothing is named: one short sentence, three of 20 words, and two sentences at once.
const TEXTS: [&str; 5] = [
    "Thank you for that answer.",
    "Could you tell me about a time when you had to change your mind about an important decision at work?",
    "Which part of your last project was the hardest to explain to people who had never worked on it before?",
    "If you could start that work again tomorrow, what would you do in another way, and who would you ask?",
    "That helps me understand what you did. Now I would like to hear how the others in the team saw it.",
];
/// A sentence of so many words has figures of its own.
const WORDS: usize = 20;

#[derive(clap::Args)]
pub(super) struct Args {
    /// What is said; a few sentences, most of them of 20 words, if nothing is named.
    #[arg(value_name = "TEXT")]
    texts: Vec<String>,
    /// Measure this engine only.
    #[arg(long, value_enum)]
    engine: Option<Which>,
    /// The Piper voice: an asset's name or a .onnx file.
    #[arg(long, default_value = "piper-en_US-joe-medium")]
    piper_voice: String,
    /// The voice of Kokoro's.
    #[arg(long, default_value = "af_heart")]
    kokoro_voice: String,
    /// How often each text is said; medians count.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
    runs: u16,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Which {
    Piper,
    Kokoro,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let wanted = |which: &Which| args.engine.is_none_or(|engine| engine == *which);
    let measured = [Which::Piper, Which::Kokoro].into_iter().filter(wanted).map(|which| measure(which, args));
    let measured = measured.collect::<Result<Vec<_>>>()?;
    let mut json = json!({"runs": args.runs, "threads": 1});
    for engine in &measured {
        json[engine.which.name()] = engine.json();
    }
    let text = measured.iter().map(Measured::text).collect::<Vec<_>>().join("\n");
    args.output.give("tts", &json, &text, &table(&measured, args.runs))
}

/// Of one line, from the text to the finished sound.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Times {
    first_audio_ms: f64,
    total_ms: f64,
    audio_s: f64,
}

/// One engine on all texts.
struct Measured {
    which: Which,
    voice: String,
    versions: Option<String>,
    lines: Vec<Line>,
}

/// One text, said once by each.
struct Line {
    words: usize,
    ours: Times,
    theirs: Option<Times>,
}

fn measure(which: Which, args: &Args) -> Result<Measured> {
    let (voice, name) = which.start(args)?;
    let mut peer = args.output.peer.then(|| which.peer(args)).transpose()?;
    let texts: Vec<&str> = match &args.texts[..] {
        [] => TEXTS.to_vec(),
        named => named.iter().map(String::as_str).collect(),
    };
    let mut both = |text: &str| -> Result<Line> {
        let ours = ours(&*voice, text)?;
        let request = json!({"text": text, "voice": args.kokoro_voice});
        let theirs = peer.as_mut().map(|peer| peer.ask(&request)).transpose()?;
        Ok(Line { words: text.split_whitespace().count(), ours, theirs })
    };
    // Nobody's first time counts.
    both(texts[0])?;
    let mut lines = Vec::new();
    for _ in 0..args.runs {
        for text in &texts {
            lines.push(both(text)?);
        }
    }
    Ok(Measured { which, voice: name, versions: peer.map(|peer| peer.versions().to_owned()), lines })
}

fn ours(voice: &dyn Voice, text: &str) -> Result<Times> {
    let started = Instant::now();
    let mut stream = voice.speak(SpeechRequest::new(text));
    let (mut first_audio_ms, mut samples) = (None, 0);
    while let Some(chunk) = stream.blocking_recv() {
        let chunk = chunk?;
        first_audio_ms.get_or_insert(started.elapsed().as_secs_f64() * 1e3);
        samples += chunk.samples.len();
    }
    let total_ms = started.elapsed().as_secs_f64() * 1e3;
    ensure!(samples > 0, "\"{text}\" holds nothing that can be said");
    let audio_s = samples as f64 / f64::from(audio::SAMPLE_RATE_HZ);
    Ok(Times { first_audio_ms: first_audio_ms.unwrap_or(total_ms), total_ms, audio_s })
}

impl Which {
    fn name(self) -> &'static str {
        match self {
            Self::Piper => "piper",
            Self::Kokoro => "kokoro",
        }
    }

    fn package(self) -> &'static str {
        match self {
            Self::Piper => "piper-tts",
            Self::Kokoro => "kokoro-onnx",
        }
    }

    /// Ours, on one thread, and its voice's name.
    fn start(self, args: &Args) -> Result<(Arc<dyn Voice>, String)> {
        let voice: Arc<dyn Voice> = match self {
            Self::Piper => {
                let mut settings = Settings::load(None)?;
                (settings.voice.model, settings.voice.threads) = (args.piper_voice.clone(), 1);
                Arc::new(engines::piper(&settings, engines::runtime()?)?)
            }
            Self::Kokoro => Arc::new(engines::kokoro(&args.kokoro_voice)?),
        };
        let name = voice.info().name.clone();
        Ok((voice, name))
    }

    fn peer(self, args: &Args) -> Result<Peer> {
        let files = match self {
            Self::Piper => vec![engines::piper_model(&args.piper_voice)?.0],
            Self::Kokoro => {
                let folder = assets::folder("kokoro")?;
                ["kokoro-v1.0.int8.onnx", "vocab.json", "voices"].map(|file| folder.join(file)).to_vec()
            }
        };
        let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        let arguments: Vec<&str> = [self.name()].into_iter().chain(files.iter().map(String::as_str)).collect();
        Peer::start("tts.py", PEER, &arguments, 1)
    }
}

impl Measured {
    fn ours(&self, figure: fn(&Times) -> f64) -> f64 {
        median(self.lines.iter().map(|line| figure(&line.ours)).collect())
    }

    fn theirs(&self, figure: fn(&Times) -> f64) -> Option<f64> {
        let figures: Vec<f64> = self.lines.iter().filter_map(|line| line.theirs.as_ref().map(figure)).collect();
        (!figures.is_empty()).then(|| median(figures))
    }

    /// The median of what each line's figure of ours is in parts of theirs.
    fn ratio(&self, figure: fn(&Times) -> f64) -> Option<f64> {
        let ratio = |line: &Line| Some(figure(&line.ours) / figure(line.theirs.as_ref()?));
        let ratios: Vec<f64> = self.lines.iter().filter_map(ratio).collect();
        (!ratios.is_empty()).then(|| median(ratios))
    }

    /// First audio of sentences of 20 words.
    fn of_20_words(&self) -> Option<f64> {
        let lines = self.lines.iter().filter(|line| line.words == WORDS);
        let firsts: Vec<f64> = lines.map(|line| line.ours.first_audio_ms).collect();
        (!firsts.is_empty()).then(|| median(firsts))
    }

    fn json(&self) -> Value {
        let times =
            |first: f64, total: f64, audio: f64| json!({"first_audio_ms": first, "total_ms": total, "audio_s": audio});
        let mut json = json!({
            "voice": self.voice,
            "ours": times(self.ours(first), self.ours(total), self.ours(audio)),
        });
        json["ours"]["first_audio_ms_20_words"] = json!(self.of_20_words());
        if let (Some(first_ms), Some(total_ms), Some(audio_s)) =
            (self.theirs(first), self.theirs(total), self.theirs(audio))
        {
            json["theirs"] = times(first_ms, total_ms, audio_s);
            json["theirs"]["versions"] = json!(self.versions);
            json["ratio_first_audio"] = json!(self.ratio(first));
            json["ratio_whole"] = json!(self.ratio(total));
        }
        json
    }

    fn text(&self) -> String {
        let of_20 = self.of_20_words().map_or(String::new(), |ms| format!(" ({ms:.0} ms for {WORDS} words)"));
        let ours = format!(
            "{}: first sound after {:.0} ms{of_20}, all {:.1} s of it after {:.0} ms",
            self.voice,
            self.ours(first),
            self.ours(audio),
            self.ours(total)
        );
        let Some((first_ms, total_ms)) = self.theirs(first).zip(self.theirs(total)) else { return ours };
        let nan = f64::NAN;
        format!(
            "{ours}\n{}: {first_ms:.0} ms and {total_ms:.0} ms; ours is {:.2} and {:.2} of it",
            self.versions.as_deref().unwrap_or_default(),
            self.ratio(first).unwrap_or(nan),
            self.ratio(total).unwrap_or(nan),
        )
    }
}

fn first(times: &Times) -> f64 {
    times.first_audio_ms
}

fn total(times: &Times) -> f64 {
    times.total_ms
}

fn audio(times: &Times) -> f64 {
    times.audio_s
}

fn table(measured: &[Measured], runs: u16) -> Table {
    let versions: Vec<&str> = measured.iter().filter_map(|engine| engine.versions.as_deref()).collect();
    let conditions = format!(
        "Text in, finished sound at 16 kHz out, one thread each; medians of {runs} runs over a few sentences, ratios \
         line by line; theirs {} from Python.",
        if versions.is_empty() { "no peer".to_owned() } else { versions.join(", ") }
    );
    let mut table = Table::against("theirs", conditions);
    for engine in measured {
        let name = format!("{} ({})", engine.which.name(), engine.which.package());
        let mut compare = |what, figure| {
            let (ours, theirs) = (engine.ours(figure), engine.theirs(figure));
            table.compare_by(engine.ratio(figure), &format!("{name}: {what}"), ours, theirs, "ms");
        };
        compare("first audio", first);
        compare("whole", total);
        if let Some(ms) = engine.of_20_words() {
            table.row([&format!("{name}: first audio of {WORDS} words"), &format!("{ms:.0} ms"), "–", "–"]);
        }
    }
    table
}
