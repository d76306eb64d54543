//! What is done to every engine's raw speech before it is sent: silence trimmed off its ends, short fades so that
//! joins do not click, one loudness for all voices, peaks held, 16 kHz. Works as the audio comes.

mod loudness;

use audio::resample::Resampler;

pub use loudness::loudness;

/// How loud speech is, by [`loudness`].
pub const TARGET_LUFS: f32 = -18.0;
/// Peaks never exceed this: -1 dBFS.
pub const PEAK: f32 = 0.891;
/// Above this peaks are bent towards [`PEAK`]: -4 dBFS.
const KNEE: f32 = 0.631;
/// Peaks of a window below this (after levelling) are silence: -44 dBFS.
const SILENCE: f32 = 0.006;
const WINDOW_MS: u32 = 5;
/// What is kept before the first and after the last window with sound, for soft consonants.
const KEEP_BEFORE_MS: u32 = 15;
const KEEP_AFTER_MS: u32 = 80;
const FADE_MS: u32 = 5;

/// The finish of one voice; makes one [`Polish`] a sentence.
#[derive(Clone, Debug)]
pub struct Finish {
    rate_hz: u32,
    gain: f32,
    resampler: Resampler,
}

/// One sentence on its way through.
#[derive(Debug)]
pub struct Polish {
    gain: f32,
    resampler: Resampler,
    trim: Trim,
}

impl Finish {
    /// For a voice that speaks at `rate_hz` and is multiplied by `gain` (see [`gain_for`]).
    pub fn new(rate_hz: u32, gain: f32) -> Self {
        Self { rate_hz, gain, resampler: Resampler::new(rate_hz, audio::SAMPLE_RATE_HZ) }
    }

    /// The start of a sentence.
    pub fn sentence(&self) -> Polish {
        Polish {
            gain: self.gain,
            resampler: self.resampler.clone(),
            trim: Trim::new(self.rate_hz, SILENCE / self.gain),
        }
    }
}

impl Polish {
    /// Takes raw samples at the voice's rate, gives 16 kHz; the newest wait until it is known that they are not the
    /// silence at the end.
    pub fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        let kept = self.trim.push(samples);
        let output = self.resampler.push(&kept);
        self.level(output)
    }

    /// The end of the sentence.
    pub fn finish(mut self) -> Vec<f32> {
        let kept = self.trim.finish();
        let mut output = self.resampler.push(&kept);
        output.extend(self.resampler.finish());
        self.level(output)
    }

    fn level(&self, mut samples: Vec<f32>) -> Vec<f32> {
        samples.iter_mut().for_each(|x| *x = limit(*x * self.gain));
        samples
    }
}

/// The factor that brings a voice, heard in `samples` (at `rate_hz`), to the common level.
pub fn gain_for(samples: &[f32], rate_hz: u32) -> f32 {
    loudness(samples, rate_hz).map_or(1.0, gain_from)
}

/// The factor that brings a voice of `lufs` to the common level.
pub fn gain_from(lufs: f32) -> f32 {
    10_f32.powf((TARGET_LUFS - lufs) / 20.0).clamp(0.1, 10.0)
}

/// The silence after a phrase that ends with `mark`, or within a sentence without one; at 16 kHz. The quiet edges that
/// [`Polish`] leaves, a tenth of a second together, come on top.
pub fn pause_samples(mark: Option<char>) -> usize {
    let ms = match mark {
        Some(',' | ';' | ':' | '—' | '–') => 100,
        Some(_) => 240,
        None => 20,
    };
    audio::SAMPLE_RATE_HZ as usize * ms / 1_000
}

/// Bends what is above the knee so that it stays below the peak; what is not a number becomes silence.
fn limit(x: f32) -> f32 {
    let size = x.abs();
    if size <= KNEE {
        x
    } else if size.is_finite() {
        (KNEE + (PEAK - KNEE) * ((size - KNEE) / (PEAK - KNEE)).tanh()).copysign(x)
    } else {
        0.0
    }
}

/// Cuts silence off both ends.
#[derive(Debug)]
struct Trim {
    silence: f32,
    window: usize,
    before: usize,
    after: usize,
    fade: usize,
    started: bool,
    /// Not yet given: silence before the start, or what may be the end.
    held: Vec<f32>,
}

impl Trim {
    fn new(rate_hz: u32, silence: f32) -> Self {
        let samples = |ms: u32| (rate_hz * ms / 1_000) as usize;
        Self {
            silence,
            window: samples(WINDOW_MS).max(1),
            before: samples(KEEP_BEFORE_MS),
            after: samples(KEEP_AFTER_MS),
            fade: samples(FADE_MS),
            started: false,
            held: Vec::new(),
        }
    }

    fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        self.held.extend_from_slice(samples);
        if !self.started {
            self.start();
        }
        if !self.started {
            return Vec::new();
        }
        // The last piece of sound stays as well, in case it is what has to fade out.
        let certain = self.last_sound().saturating_sub(self.fade);
        self.held.drain(..certain).collect()
    }

    fn finish(&mut self) -> Vec<f32> {
        if !self.started {
            return Vec::new();
        }
        let end = (self.last_sound() + self.after).min(self.held.len());
        self.held.truncate(end);
        let fade = self.fade.min(end);
        for (n, x) in self.held[end - fade..].iter_mut().rev().enumerate() {
            *x *= (n as f32 + 0.5) / fade as f32;
        }
        std::mem::take(&mut self.held)
    }

    /// Finds the first sound, drops most of the silence before it, and fades in.
    fn start(&mut self) {
        let silent = self.held.chunks(self.window).take_while(|w| !self.is_sound(w)).count() * self.window;
        if silent >= self.held.len() {
            let keep = self.before.min(self.held.len());
            self.held.drain(..self.held.len() - keep);
            return;
        }
        self.started = true;
        self.held.drain(..silent.saturating_sub(self.before));
        let fade = self.fade.min(self.held.len());
        for (n, x) in self.held[..fade].iter_mut().enumerate() {
            *x *= (n as f32 + 0.5) / fade as f32;
        }
    }

    /// Where the last window with sound in `held` ends.
    fn last_sound(&self) -> usize {
        let silent = self.held.rchunks(self.window).take_while(|w| !self.is_sound(w)).count() * self.window;
        self.held.len().saturating_sub(silent)
    }

    fn is_sound(&self, window: &[f32]) -> bool {
        window.iter().any(|x| x.abs() > self.silence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(samples: usize, level: f32) -> Vec<f32> {
        (0..samples).map(|n| (n as f32 * 0.1).sin() * level).collect()
    }

    fn polished(finish: &Finish, input: &[f32], chunk: usize) -> Vec<f32> {
        let mut polish = finish.sentence();
        let mut output: Vec<f32> = input.chunks(chunk).flat_map(|piece| polish.push(piece)).collect();
        output.extend(polish.finish());
        output
    }

    #[test]
    fn silence_at_the_ends_goes_and_pauses_inside_stay() {
        let pause = vec![0.0; 8_000];
        let input = [pause.clone(), tone(16_000, 0.3), pause.clone(), tone(16_000, 0.3), pause].concat();
        let output = polished(&Finish::new(16_000, 1.0), &input, 1_000);
        let expected = 16_000 + 8_000 + 16_000 + (16_000 * 110 / 1_000);
        assert!(output.len().abs_diff(expected) <= 240, "{} samples, not {expected}", output.len());
        assert!(output[0].abs() < 1e-3 && output[output.len() - 1].abs() < 1e-3);
    }

    #[test]
    fn a_sound_up_to_the_very_end_fades_out_and_chunks_do_not_matter() {
        let finish = Finish::new(22_050, 2.0);
        let whole = polished(&finish, &tone(22_050, 0.3), usize::MAX);
        assert_eq!(whole, polished(&finish, &tone(22_050, 0.3), 333));
        assert!(whole[whole.len() - 1].abs() < 0.05);
        assert!(whole.len().abs_diff(16_000) <= 2);
    }

    #[test]
    fn loud_and_broken_samples_stay_within_the_peak() {
        let mut input = tone(4_000, 3.0);
        input[100] = f32::NAN;
        let output = polished(&Finish::new(16_000, 1.0), &input, 500);
        assert!(output.iter().all(|x| x.abs() <= PEAK));
    }

    #[test]
    fn the_gain_brings_quiet_and_loud_voices_to_one_level() {
        for level in [0.04, 0.9] {
            let voice = [vec![0.0; 16_000], tone(16_000, level)].concat();
            let gain = gain_for(&voice, 16_000);
            let levelled: Vec<f32> = voice.iter().map(|x| x * gain).collect();
            assert!((loudness(&levelled, 16_000).unwrap() - TARGET_LUFS).abs() < 0.1, "{gain}");
        }
        assert_eq!(gain_for(&[0.0; 100], 16_000), 1.0);
    }

    #[test]
    fn silence_alone_is_nothing() {
        assert!(polished(&Finish::new(16_000, 1.0), &[0.0; 5_000], 100).is_empty());
    }
}
