//! `interviewer bench vad`.

mod reference;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use silero::{BATCH, Kernel, Network};
use speech::{VAD_FRAME_SAMPLES, VadFrame, VadMemory};

use super::page::Table;
use super::peer::{Lent, Peer};
use super::{Output, median};
use crate::engines;
use reference::Reference;

/// Length of a frame, microseconds.
const FRAME_US: f64 = 32_000.0;
/// Each measurement is made so often; the median counts.
const RUNS: usize = 7;
/// A file is cut into parts of so many frames (10 s), so that ours and the others take turns often.
const PART: usize = 313;
const PEER: &str = include_str!("../../../../../bench/peers/vad.py");

#[derive(clap::Args)]
pub(super) struct Args {
    /// Sound files (WAV, FLAC, MP3, Ogg Vorbis); the sample speech if none is named.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Streams that are heard at once.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u16).range(1..))]
    streams: u16,
    /// Seconds of each stream's sound in each of the runs.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    seconds: u16,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let sounds = sounds(&args.files)?;
    let kernel = Kernel::best();
    let mut network = Network::load(&engines::silero_model()?, kernel)?;
    let peer =
        args.output.peer.then(|| Peer::start("vad.py", PEER, &[&engines::silero_model()?.display().to_string()], 1));
    let compared = compare(&mut network, &sounds, peer.transpose()?)?;
    let sound = sounds.concat();
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..RUNS {
        for (times, batch) in times.iter_mut().zip([BATCH, 1]) {
            times.push(us_per_frame(&mut network, &sound, args, batch)?);
        }
    }
    let [together, alone] = times.map(median);
    let figures = Figures { together, alone, compared, kernel, streams: args.streams };
    args.output.give("vad", &figures.json(args), &figures.text(), &figures.table())
}

/// The files' sound, each whole.
fn sounds(files: &[PathBuf]) -> Result<Vec<Vec<f32>>> {
    let mut files = files.to_vec();
    if files.is_empty() {
        let folder = assets::folder("speech-samples")?;
        let entries = folder.read_dir().with_context(|| format!("{} cannot be read", folder.display()))?;
        files = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.retain(|path| path.extension().is_some_and(|e| e == "wav"));
        files.sort();
    }
    let sounds: Vec<Vec<f32>> = files.iter().map(|f| audio::decode::read_mono_16k(f)).collect::<Result<_, _>>()?;
    if sounds.iter().all(|sound| sound.len() < VAD_FRAME_SAMPLES) {
        bail!("there is no sound of 32 ms or more to be heard");
    }
    Ok(sounds)
}

/// One pass over `seconds` of every stream, `batch` frames at a time, on this thread. Only the network is timed.
fn us_per_frame(network: &mut Network, sound: &[f32], args: &Args, batch: usize) -> Result<f64> {
    let streams = usize::from(args.streams);
    let whole = sound.as_chunks::<VAD_FRAME_SAMPLES>().0;
    let mut frames = vec![VadFrame { samples: vec![0.0; VAD_FRAME_SAMPLES], memory: VadMemory::default() }; streams];
    let mut probabilities = vec![0.0; streams];
    let ticks = (f64::from(args.seconds) * 1e6 / FRAME_US).ceil() as usize;
    let mut spent = Duration::ZERO;
    for tick in 0..ticks {
        for (stream, frame) in frames.iter_mut().enumerate() {
            // Streams start far from each other in the sound.
            frame.samples.copy_from_slice(&whole[(tick + stream * 7919) % whole.len()]);
        }
        let started = Instant::now();
        for (frames, probabilities) in frames.chunks_mut(batch).zip(probabilities.chunks_mut(batch)) {
            network.detect(frames, probabilities)?;
        }
        spent += started.elapsed();
    }
    Ok(spent.as_secs_f64() * 1e6 / (ticks * streams) as f64)
}

/// The same sound through ONNX Runtime here and, if it runs, in the peer.
struct Compared {
    frames: usize,
    max_abs_diff: f32,
    reference_us: f64,
    peer: Option<ComparedPeer>,
}

/// One stream, frame by frame, by turns for each part of the sound; and the peer on [`BATCH`] streams at once.
struct ComparedPeer {
    versions: String,
    us: f64,
    batched_us: f64,
    /// Ours in parts of theirs, the median of the parts.
    ratio: f64,
    max_abs_diff: f32,
}

/// What the peer answers about a part.
#[derive(Deserialize)]
struct Heard {
    probabilities: Vec<f32>,
    us_per_frame: f64,
}

#[derive(Default)]
struct Tally {
    frames: usize,
    max_abs_diff: f32,
    reference_us: Vec<f64>,
    peer_us: Vec<f64>,
    batched_us: Vec<f64>,
    ratios: Vec<f64>,
    peer_diff: f32,
}

fn compare(network: &mut Network, sounds: &[Vec<f32>], mut peer: Option<Peer>) -> Result<Compared> {
    let mut reference = Reference::load(&engines::silero_model()?)?;
    let mut tally = Tally::default();
    for sound in sounds {
        reference.restart();
        let mut memory = VadMemory::default();
        for (n, part) in sound.as_chunks::<VAD_FRAME_SAMPLES>().0.chunks(PART).enumerate() {
            let (ours, ours_us) = ours(network, part, &mut memory)?;
            let (theirs, reference_us) = reference.hear(part)?;
            tally.frames += part.len();
            tally.max_abs_diff = tally.max_abs_diff.max(farthest(&ours, &theirs)?);
            tally.reference_us.push(reference_us);
            if let Some(peer) = &mut peer {
                tally.ask(peer, part.as_flattened(), n == 0, &ours, ours_us)?;
            }
        }
    }
    let Tally { frames, max_abs_diff, reference_us, peer_us, batched_us, ratios, peer_diff } = tally;
    let compared_peer = peer.map(|peer| ComparedPeer {
        versions: peer.versions().to_owned(),
        us: median(peer_us),
        batched_us: median(batched_us),
        ratio: median(ratios),
        max_abs_diff: peer_diff,
    });
    Ok(Compared { frames, max_abs_diff, reference_us: median(reference_us), peer: compared_peer })
}

impl Tally {
    fn ask(&mut self, peer: &mut Peer, part: &[f32], begins: bool, ours: &[f32], ours_us: f64) -> Result<()> {
        let lent = Lent::new(part)?;
        let heard: Heard = peer.ask(&json!({"sound": lent.path(), "streams": 1, "begins": begins}))?;
        self.peer_diff = self.peer_diff.max(farthest(ours, &heard.probabilities)?);
        self.ratios.push(ours_us / heard.us_per_frame);
        self.peer_us.push(heard.us_per_frame);
        let together: Heard = peer.ask(&json!({"sound": lent.path(), "streams": BATCH, "begins": true}))?;
        self.batched_us.push(together.us_per_frame);
        Ok(())
    }
}

/// Probabilities of one stream's frames, and the microseconds that each took.
fn ours(network: &mut Network, part: &[[f32; VAD_FRAME_SAMPLES]], memory: &mut VadMemory) -> Result<(Vec<f32>, f64)> {
    let mut frame = VadFrame { samples: vec![0.0; VAD_FRAME_SAMPLES], memory: std::mem::take(memory) };
    let mut probabilities = vec![0.0; part.len()];
    let started = Instant::now();
    for (samples, probability) in part.iter().zip(&mut probabilities) {
        frame.samples.copy_from_slice(samples);
        network.detect(std::slice::from_mut(&mut frame), std::slice::from_mut(probability))?;
    }
    let us = started.elapsed().as_secs_f64() * 1e6 / part.len() as f64;
    *memory = frame.memory;
    Ok((probabilities, us))
}

fn farthest(a: &[f32], b: &[f32]) -> Result<f32> {
    ensure!(a.len() == b.len(), "{} answers, and {} from the other side", a.len(), b.len());
    Ok(a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max))
}

struct Figures {
    /// Microseconds a frame takes, [`BATCH`] at a time.
    together: f64,
    /// The same, one at a time.
    alone: f64,
    compared: Compared,
    kernel: Kernel,
    streams: u16,
}

impl Figures {
    fn streams_per_core(&self) -> u64 {
        (FRAME_US / self.together) as u64
    }

    /// Cores that all streams take in real time.
    fn cores(&self) -> f64 {
        f64::from(self.streams) * self.together / FRAME_US
    }

    fn json(&self, args: &Args) -> Value {
        let mut json = json!({
            "us_per_frame": self.together, "us_per_frame_alone": self.alone, "batch": BATCH,
            "streams_per_core": self.streams_per_core(), "streams": self.streams, "seconds": args.seconds,
            "cores": self.cores(), "runs": RUNS, "kernel": self.kernel.name(),
            "max_abs_diff": self.compared.max_abs_diff, "compared_frames": self.compared.frames,
            "onnx_us_per_frame": self.compared.reference_us,
        });
        if let Some(peer) = &self.compared.peer {
            json["peer"] = json!({
                "versions": peer.versions, "us_per_frame": peer.batched_us, "us_per_frame_alone": peer.us,
                "max_abs_diff": peer.max_abs_diff,
            });
            json["ratio_to_peer"] = json!(self.together / peer.batched_us);
            json["ratio_to_peer_alone"] = json!(peer.ratio);
        }
        json
    }

    fn text(&self) -> String {
        let Self { together, alone, compared, kernel, streams } = self;
        let peer = compared.peer.as_ref().map_or(String::new(), |peer| {
            format!(
                "\n{}: {:.1} µs a frame, {BATCH} at a time ({:.1} µs one at a time); ours is {:.2} ({:.2}) of it",
                peer.versions,
                peer.batched_us,
                peer.us,
                together / peer.batched_us,
                peer.ratio,
            )
        });
        format!(
            "{together:.1} µs a frame, {BATCH} at a time ({alone:.1} µs one at a time; {:.1} µs in ONNX Runtime)\n\
             {} streams in real time on one core; {streams} take {:.2} of it\n\
             at most {:.1e} from ONNX Runtime's probabilities over {} frames\n\
             one thread, {}, median of {RUNS} runs{peer}",
            compared.reference_us,
            self.streams_per_core(),
            self.cores(),
            compared.max_abs_diff,
            compared.frames,
            kernel.name(),
        )
    }

    fn table(&self) -> Table {
        let Compared { frames, max_abs_diff, peer, .. } = &self.compared;
        let seconds = *frames as f64 * FRAME_US / 1e6;
        let versions = peer.as_ref().map_or("no peer", |peer| &peer.versions);
        let conditions = format!(
            "Frames of 32 ms, one thread each; {seconds:.0} s of sound; ours with the {} kernel, theirs {versions} from \
             Python.",
            self.kernel.name()
        );
        let mut table = Table::against("silero-vad", conditions);
        let theirs = |figure: fn(&ComparedPeer) -> f64| peer.as_ref().map(figure);
        table.compare("a frame, one stream", self.alone, theirs(|peer| peer.us), "µs");
        let many = format!("a frame, {BATCH} streams at a time");
        table.compare(&many, self.together, theirs(|peer| peer.batched_us), "µs");
        let cores = theirs(|peer| peer.batched_us).map(|us| f64::from(self.streams) * us / FRAME_US);
        table.compare(&format!("{} streams in real time", self.streams), self.cores(), cores, "of a core");
        let farthest = peer.as_ref().map_or(*max_abs_diff, |peer| peer.max_abs_diff.max(*max_abs_diff));
        table.row(["farthest from its probabilities", &format!("{farthest:.1e}"), "–", "–"]);
        table
    }
}
