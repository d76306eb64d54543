//! `interviewer bench calls`: what LiveKit calls cost apart from what is said in them: WebRTC, Opus both ways, jitter
//! buffers, signalling, data. Real speech goes both ways in each of them, over a simulated network, as fast as it can.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use audio::opus::{Decoder, Encoder, FRAME_SAMPLES};
use livekit::rehearsal::Rehearsal;
use serde_json::{Value, json};

use super::Output;
use super::page::Table;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Calls at once.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=2000))]
    calls: u16,
    /// How long they speak, seconds.
    #[arg(long, value_name = "S", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=3600))]
    seconds: u16,
    /// What is said, again and again; any sound file.
    #[arg(value_name = "FILE")]
    speech: PathBuf,
    #[command(flatten)]
    output: Output,
}

/// What was found; times are of one thread's work, for a minute of one call.
struct Found {
    calls: u16,
    seconds: u16,
    whole: Duration,
    encode: Duration,
    decode: Duration,
    /// Of a call and of its client, bytes.
    memory: u64,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let speech = audio::decode::read_mono_16k(&args.speech)?;
    let wanted = usize::from(args.seconds) * audio::SAMPLE_RATE_HZ as usize;
    ensure!(speech.len() >= FRAME_SAMPLES, "{} holds no sound", args.speech.display());
    let sound: Vec<i16> = speech.iter().cycle().take(wanted).map(|sample| audio::wav::pcm16(*sample)).collect();
    let before = resident()?;
    let mut calls = Rehearsal::begin(usize::from(args.calls), worked);
    ensure!(calls.all_connected(), "not every call came about");
    let memory = resident()?.saturating_sub(before) / u64::from(args.calls);
    let (mut whole, mut codec) = (Duration::ZERO, Codec::new()?);
    // by turns, so that a machine that is busy for a while slows both
    for second in sound.chunks(audio::SAMPLE_RATE_HZ as usize) {
        whole += calls.speak(second) / u32::from(args.calls);
        codec.work(second)?;
    }
    ensure!(calls.packets() >= usize::from(args.calls) * wanted / FRAME_SAMPLES, "packets are missing");
    let Codec { encode, decode, .. } = codec;
    let found = Found { calls: args.calls, seconds: args.seconds, whole, encode, decode, memory };
    args.output.give("calls", &found.json(), &found.text(), &found.table())
}

/// The codec alone, on the same sound as often as it is heard by the calls: what one of them works for it.
struct Codec {
    encoder: Encoder,
    decoder: Decoder,
    encode: Duration,
    decode: Duration,
}

impl Codec {
    fn new() -> Result<Self> {
        let (encode, decode) = (Duration::ZERO, Duration::ZERO);
        Ok(Self { encoder: Encoder::new()?, decoder: Decoder::new()?, encode, decode })
    }

    fn work(&mut self, sound: &[i16]) -> Result<()> {
        for frame in sound.chunks_exact(FRAME_SAMPLES) {
            let began = worked();
            let packet = self.encoder.encode(frame)?;
            let encoded = worked();
            self.decoder.decode(&packet)?;
            self.decode += worked() - encoded;
            self.encode += encoded - began;
        }
        Ok(())
    }
}

/// How long this thread has worked; time in which others had the processor does not count.
fn worked() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a value of ours that outlives the call.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Memory that this process has in use, bytes.
fn resident() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("/proc/self/status has no VmRSS")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024)
}

impl Found {
    fn ms_a_minute(&self, time: Duration) -> f64 {
        1000.0 * time.as_secs_f64() * 60.0 / f64::from(self.seconds)
    }

    /// WebRTC, signalling, data and what else is neither coding nor decoding.
    fn rest(&self) -> Duration {
        self.whole.saturating_sub(self.encode + self.decode)
    }

    fn calls_a_core(&self) -> f64 {
        60_000.0 / self.ms_a_minute(self.whole)
    }

    fn json(&self) -> Value {
        json!({
            "calls": self.calls, "seconds": self.seconds,
            "cpu_ms_per_min": self.ms_a_minute(self.whole),
            "encode_ms_per_min": self.ms_a_minute(self.encode), "decode_ms_per_min": self.ms_a_minute(self.decode),
            "rest_ms_per_min": self.ms_a_minute(self.rest()),
            "calls_per_core": self.calls_a_core(), "kb_per_call_and_client": self.memory / 1024,
        })
    }

    fn text(&self) -> String {
        format!(
            "{} calls, {} s of speech both ways: {:.0} ms of one core a minute and call (coding {:.0}, decoding {:.0}, the rest {:.0}), {:.0} calls a core; {} kB a call with its client",
            self.calls,
            self.seconds,
            self.ms_a_minute(self.whole),
            self.ms_a_minute(self.encode),
            self.ms_a_minute(self.decode),
            self.ms_a_minute(self.rest()),
            self.calls_a_core(),
            self.memory / 1024,
        )
    }

    fn table(&self) -> Table {
        let conditions = format!("{} calls at once, {} s of speech both ways, one thread", self.calls, self.seconds);
        let head = ["", "a call"].map(str::to_owned).to_vec();
        let mut table = Table { conditions, head, rows: Vec::new() };
        for (what, time) in [
            ("processor time a minute", self.whole),
            ("of it coding in Opus", self.encode),
            ("decoding", self.decode),
            ("WebRTC, signalling, data", self.rest()),
        ] {
            table.row([what, &format!("{:.0} ms", self.ms_a_minute(time))]);
        }
        table.row(["calls a core", &format!("{:.0}", self.calls_a_core())]);
        table.row(["memory, the client's in the same process included", &format!("{} kB", self.memory / 1024)]);
        table
    }
}
