//! A sound file of any length, recognised stretch by stretch as it is read.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use audio::SAMPLE_RATE_HZ;
use audio::decode::MonoReader;
use audio::stretches::{Stretch, Stretcher};
use speech::{Recognition, RecognitionRequest, Recognizer, Word};

/// What a file says.
#[derive(Default)]
pub(super) struct Heard {
    /// Words with times from the file's start.
    pub(super) recognition: Recognition,
    /// Length of the sound, seconds.
    pub(super) audio_s: f64,
    /// Time that recognition took, seconds.
    pub(super) compute_s: f64,
    stretches: usize,
}

/// Recognises the file at `path`; `template` is all of a request but its samples. A language that is to be found is that
/// of the first stretch with words.
pub(super) async fn hear(recognizer: &dyn Recognizer, path: &Path, mut template: RecognitionRequest) -> Result<Heard> {
    let (mut reader, mut stretcher, mut heard) = (MonoReader::open(path)?, Stretcher::default(), Heard::default());
    loop {
        let block = reader.next_block()?;
        let ended = block.is_none();
        let stretches = match block {
            Some(block) => stretcher.push(&block),
            None => std::mem::take(&mut stretcher).finish().into_iter().collect(),
        };
        for Stretch { start, samples } in stretches {
            heard.audio_s += samples.len() as f64 / f64::from(SAMPLE_RATE_HZ);
            let request = RecognitionRequest { samples: samples.into(), ..template.clone() };
            let started = Instant::now();
            let found = recognizer.recognize(request).await.with_context(|| path.display().to_string())?;
            heard.compute_s += started.elapsed().as_secs_f64();
            if template.language.is_none() && !found.text.is_empty() {
                template.language = Some(found.language.clone());
            }
            heard.add(found, start * 1000 / u64::from(SAMPLE_RATE_HZ));
        }
        if ended {
            return Ok(heard);
        }
    }
}

impl Heard {
    fn add(&mut self, found: Recognition, offset_ms: u64) {
        let all = &mut self.recognition;
        if !all.text.is_empty() && !found.text.is_empty() {
            all.text.push(' ');
        }
        // Means over stretches.
        let (before, now) = (self.stretches as f32, (self.stretches + 1) as f32);
        let mean = |all: f32, new: f32| (all * before + new) / now;
        all.average_log_probability = mean(all.average_log_probability, found.average_log_probability);
        all.no_speech_probability = mean(all.no_speech_probability, found.no_speech_probability);
        if all.language.is_empty() || all.text.is_empty() {
            all.language = found.language;
        }
        all.text.push_str(&found.text);
        let later = |word: Word| Word { start_ms: word.start_ms + offset_ms, end_ms: word.end_ms + offset_ms, ..word };
        all.words.extend(found.words.into_iter().map(later));
        all.fallbacks += found.fallbacks;
        all.compute_ms += found.compute_ms;
        self.stretches += 1;
    }
}
