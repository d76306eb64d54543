//! `interviewer bench`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use onnx::{Input, Session, SessionOptions};
use serde_json::json;
use silero::{BATCH, Kernel, Network};
use speech::{VAD_FRAME_SAMPLES, VadFrame, VadMemory};

use crate::engines;
use crate::terminal::say;

/// Length of a frame, microseconds.
const FRAME_US: f64 = 32_000.0;
/// Each measurement is made so often; the median counts.
const RUNS: usize = 7;
/// Samples of the frame before, which that network is given in front of each frame.
const CONTEXT: usize = 64;

/// Measure an engine on this machine.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    engine: Engine,
}

#[derive(clap::Subcommand)]
enum Engine {
    /// Voice activity: time a frame of 32 ms takes on one thread, and how far its answers are from ONNX Runtime's.
    Vad(VadArgs),
}

#[derive(clap::Args)]
struct VadArgs {
    /// Sound files (WAV, FLAC, MP3, Ogg Vorbis); the sample speech if none is named.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Streams that are heard at once.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u16).range(1..))]
    streams: u16,
    /// Seconds of each stream's sound in each of the runs.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    seconds: u16,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> Result<()> {
    match args.engine {
        Engine::Vad(args) => vad(&args),
    }
}

fn vad(args: &VadArgs) -> Result<()> {
    let sounds = sounds(&args.files)?;
    let kernel = Kernel::best();
    let mut network = Network::load(&engines::silero_model()?, kernel)?;
    let compared = compare(&mut network, &sounds)?;
    let sound = sounds.concat();
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..RUNS {
        for (times, batch) in times.iter_mut().zip([BATCH, 1]) {
            times.push(us_per_frame(&mut network, &sound, args, batch)?);
        }
    }
    let [together, alone] = times.map(median);
    let figures = Figures { together, alone, compared, kernel };
    say(&if args.json { figures.json(args) } else { figures.text(args) });
    Ok(())
}

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
fn us_per_frame(network: &mut Network, sound: &[f32], args: &VadArgs, batch: usize) -> Result<f64> {
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

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The same sound through ONNX Runtime.
struct Compared {
    frames: usize,
    max_abs_diff: f32,
    reference_us: f64,
}

fn compare(network: &mut Network, sounds: &[Vec<f32>]) -> Result<Compared> {
    let mut reference = Reference::load(&engines::silero_model()?)?;
    let mut compared = Compared { frames: 0, max_abs_diff: 0.0, reference_us: 0.0 };
    for sound in sounds {
        let mut frame = VadFrame { samples: Vec::new(), memory: VadMemory::default() };
        reference.restart();
        for samples in sound.as_chunks::<VAD_FRAME_SAMPLES>().0 {
            let started = Instant::now();
            let expected = reference.probability(samples)?;
            compared.reference_us += started.elapsed().as_secs_f64() * 1e6;
            let mut probability = [0.0];
            frame.samples = samples.to_vec();
            network.detect(std::slice::from_mut(&mut frame), &mut probability)?;
            compared.frames += 1;
            compared.max_abs_diff = compared.max_abs_diff.max((probability[0] - expected).abs());
        }
    }
    compared.reference_us /= compared.frames as f64;
    Ok(compared)
}

/// Silero's own file in ONNX Runtime, one stream, one thread.
struct Reference {
    session: Session,
    state: Vec<f32>,
    context: Vec<f32>,
}

impl Reference {
    fn load(model: &Path) -> Result<Self> {
        let session = engines::runtime()?.session("silero", model, SessionOptions::default())?;
        Ok(Self { session, state: Vec::new(), context: Vec::new() })
    }

    fn restart(&mut self) {
        self.state = vec![0.0; 2 * 128];
        self.context = vec![0.0; CONTEXT];
    }

    fn probability(&mut self, samples: &[f32]) -> Result<f32> {
        let input = [&self.context, samples].concat();
        let outputs = self.session.run(vec![
            ("input", Input::F32(vec![1, input.len()], input)),
            ("state", Input::F32(vec![2, 1, 128], std::mem::take(&mut self.state))),
            ("sr", Input::I64(vec![], vec![16_000])),
        ])?;
        let outputs = outputs.into_iter().map(|output| output.values).collect::<Vec<_>>();
        let [probability, state] = <[_; 2]>::try_from(outputs).ok().context("the model has not two outputs")?;
        ensure!(state.len() == 2 * 128 && probability.len() == 1, "the model is not Silero's");
        self.state = state;
        self.context = samples[VAD_FRAME_SAMPLES - CONTEXT..].to_vec();
        Ok(probability[0])
    }
}

struct Figures {
    /// Microseconds a frame takes, [`BATCH`] at a time.
    together: f64,
    /// The same, one at a time.
    alone: f64,
    compared: Compared,
    kernel: Kernel,
}

impl Figures {
    fn json(&self, args: &VadArgs) -> String {
        json!({
            "us_per_frame": self.together, "us_per_frame_alone": self.alone, "batch": BATCH,
            "streams_per_core": (FRAME_US / self.together) as u64, "streams": args.streams, "seconds": args.seconds,
            "runs": RUNS, "kernel": self.kernel.name(), "max_abs_diff": self.compared.max_abs_diff,
            "compared_frames": self.compared.frames, "onnx_us_per_frame": self.compared.reference_us,
        })
        .to_string()
    }

    fn text(&self, args: &VadArgs) -> String {
        let Self { together, alone, compared, kernel } = self;
        let (streams, kernel) = (args.streams, kernel.name());
        format!(
            "{together:.1} µs a frame, {BATCH} at a time ({alone:.1} µs one at a time; {:.1} µs in ONNX Runtime)\n\
             {} streams in real time on one core; {streams} take {:.2} of it\n\
             at most {:.1e} from ONNX Runtime's probabilities over {} frames\n\
             one thread, {kernel}, median of {RUNS} runs",
            compared.reference_us,
            (FRAME_US / together) as u64,
            f64::from(streams) * together / FRAME_US,
            compared.max_abs_diff,
            compared.frames,
        )
    }
}
