//! `interviewer speak`.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail};
use audio::wav::{Sound, write_pcm16};
use serde_json::json;
use speech::{SpeechRequest, Voice};

use crate::engines;
use crate::terminal::say;

/// Speak a text into a WAV file.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to say.
    text: String,
    /// The WAV file (16 kHz mono).
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// A Piper voice (an asset's name or a .onnx file, with `:SPEAKER` behind it where there are several), or one of
    /// Kokoro's, for instance af_heart, bm_george, or the mean of several, af_heart+af_nova; a name that does not exist
    /// is answered with those that do.
    #[arg(long)]
    voice: Option<String>,
    /// 1 is the voice's own pace, 2 is twice as fast.
    #[arg(long, default_value_t = 1.0)]
    speed: f32,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> Result<()> {
    if args.text.trim().is_empty() {
        bail!("there is nothing to say; give a text");
    }
    if !(0.5..=2.0).contains(&args.speed) {
        bail!("--speed is {}; it must be 0.5 to 2", args.speed);
    }
    let voice = engines::voice(args.voice.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(speak(&*voice, &args))
}

async fn speak(voice: &dyn Voice, args: &Args) -> Result<()> {
    let started = Instant::now();
    let mut stream = voice.speak(SpeechRequest { speed: args.speed, ..SpeechRequest::new(&args.text) });
    let (mut samples, mut first_audio_ms) = (Vec::new(), None);
    while let Some(chunk) = stream.recv().await {
        first_audio_ms.get_or_insert(started.elapsed().as_secs_f64() * 1000.0);
        samples.extend(chunk?.samples);
    }
    if samples.is_empty() {
        bail!("\"{}\" holds nothing that can be said; give words", args.text);
    }
    let total_ms = started.elapsed().as_secs_f64() * 1000.0;
    let audio_s = samples.len() as f64 / f64::from(audio::SAMPLE_RATE_HZ);
    write_pcm16(&args.out, &Sound { rate_hz: audio::SAMPLE_RATE_HZ, channels: vec![samples] })?;
    let name = &voice.info().name;
    let first_audio_ms = first_audio_ms.unwrap_or(total_ms);
    if args.json {
        let figures =
            json!({"first_audio_ms": first_audio_ms, "total_ms": total_ms, "audio_s": audio_s, "voice": name});
        say(&figures.to_string());
    } else {
        let file = args.out.display();
        say(&format!(
            "{file}: {audio_s:.1} s by {name}; first sound after {first_audio_ms:.0} ms, all after {total_ms:.0} ms"
        ));
    }
    Ok(())
}
