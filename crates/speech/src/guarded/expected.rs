//! What a line should sound like, as far as anyone can tell without listening.

use crate::SpeechRequest;
use crate::speakable::speakable_with;

/// Beyond this a sample is no sound; voices stay below 1.
const LOUDEST: f32 = 1.5;
/// A level below this throughout is silence: -60 dBFS.
const SILENCE: f32 = 1e-3;
const SAMPLES_PER_MS: f32 = 16.0;
/// Milliseconds that a letter takes at least and at most, at the voice's own pace; usual are 50 to 80.
const LEAST_MS: f32 = 12.0;
const MOST_MS: f32 = 300.0;
/// On top of the most, for lines of few letters.
const SPARE_MS: f32 = 5_000.0;

/// Watches the sound of one line.
pub(super) struct Expected {
    letters: f32,
    speed: f32,
    samples: usize,
    peak: f32,
}

impl Expected {
    pub(super) fn new(request: &SpeechRequest) -> Self {
        let said = speakable_with(&request.text, &request.lexicon);
        let letters = said.chars().filter(|c| c.is_alphabetic()).count() as f32;
        Self { letters, speed: request.speed, samples: 0, peak: 0.0 }
    }

    /// What is wrong with the next chunk, if anything is.
    pub(super) fn check(&mut self, samples: &[f32]) -> Result<(), String> {
        self.samples += samples.len();
        self.peak = samples.iter().fold(self.peak, |peak, sample| peak.max(sample.abs()));
        let size = |sample: &f32| sample.abs() <= LOUDEST;
        if !samples.iter().all(size) {
            return Err("the sound is noise: samples beyond any voice's".into());
        }
        let most_ms = self.letters * MOST_MS / self.speed + SPARE_MS;
        match self.ms() > most_ms {
            true => Err(format!("the sound does not end: {:.0} ms for {} letters", self.ms(), self.letters)),
            false => Ok(()),
        }
    }

    /// What is wrong with the line as a whole.
    pub(super) fn check_end(&self) -> Result<(), String> {
        if self.letters == 0.0 {
            return Ok(());
        }
        if self.ms() < self.letters * LEAST_MS / self.speed {
            return Err(format!("the sound broke off: {:.0} ms for {} letters", self.ms(), self.letters));
        }
        match self.peak < SILENCE {
            true => Err("the sound is silence".into()),
            false => Ok(()),
        }
    }

    fn ms(&self) -> f32 {
        self.samples as f32 / SAMPLES_PER_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str, samples: &[f32]) -> Result<(), String> {
        let mut expected = Expected::new(&SpeechRequest::new(text));
        samples.chunks(1_000).try_for_each(|chunk| expected.check(chunk))?;
        expected.check_end()
    }

    #[test]
    fn speech_of_a_likely_length_is_let_through() {
        assert_eq!(heard("Tell me more.", &[0.1; 16_000]), Ok(()));
        assert_eq!(heard("I", &[0.1; 1_600]), Ok(()));
        assert_eq!(heard("...", &[]), Ok(()));
        assert_eq!(heard("1,234,567", &[0.1; 64_000]), Ok(()));
    }

    #[test]
    fn noise_silence_and_sound_that_breaks_off_or_never_ends_are_not() {
        for (samples, said) in [
            (vec![f32::NAN; 16_000], "noise"),
            (vec![f32::INFINITY; 16_000], "noise"),
            (vec![30.0; 16_000], "noise"),
            (vec![1e-5; 16_000], "silence"),
            (vec![0.1; 1_000], "broke off"),
            (vec![], "broke off"),
            (vec![0.1; 16_000 * 60], "does not end"),
        ] {
            let wrong = heard("Tell me more.", &samples).unwrap_err();
            assert!(wrong.contains(said), "{wrong}");
        }
    }
}
