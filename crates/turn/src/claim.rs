//! Does the voice over ours want the floor? Judged while it goes on, by how it sounds: "mm-hm", "yeah", a cough and a
//! keyboard do not, whatever else is said does.
//!
//! A gated recurrent unit (Cho et al., "Learning phrase representations using RNN encoder–decoder", EMNLP 2014) looks at
//! each frame's two spectra, under the loudest so far, and at the probability of a voice. `bench/turn/claims.py` fits its
//! weights to the speech of half of the speakers.

use std::collections::VecDeque;
use std::sync::LazyLock;

/// Bands of a spectrum.
const BANDS: usize = 16;
/// What is heard in a frame of 32 ms: the power in each band, in bels, in its first and in its second half.
pub type Spectra = [[f32; BANDS]; 2];

/// Frames that are looked at before the voice is noticed.
const BEFORE: usize = 3;
const INPUTS: usize = 2 * BANDS + 1;
const UNITS: usize = 64;
const GATES: usize = 3 * UNITS;
/// Bands are told apart down to so many bels under the loudest so far.
const DEEPEST: f32 = 3.0;
/// From which probability on a voice claims the floor.
pub(crate) const CLAIMS: f32 = 0.5;
/// Below which it is a listener's.
pub(crate) const LISTENS: f32 = 0.08;
/// So many frames of a voice are heard before anything is said of it: as many as are needed to notice one.
const NOTICED: u32 = 3;

static NETWORK: LazyLock<Network> = LazyLock::new(Network::fitted);

/// Watches one stream's voice while we speak.
#[derive(Clone, Debug)]
pub struct ClaimJudge {
    /// The latest frames.
    latest: VecDeque<(f32, Spectra)>,
    state: [f32; UNITS],
    /// The most power in any band since the voice began, bels.
    loudest: f32,
    frames: u32,
    told: Told,
}

/// What was told last of the voice that goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Told {
    #[default]
    Nothing,
    Listens,
    Claims,
}

impl Default for ClaimJudge {
    fn default() -> Self {
        let latest = VecDeque::with_capacity(BEFORE + 1);
        Self { latest, state: [0.0; UNITS], loudest: f32::NEG_INFINITY, frames: 0, told: Told::Nothing }
    }
}

impl ClaimJudge {
    /// Takes a frame in which no voice goes on.
    pub fn wait(&mut self, probability: f32, spectra: &Spectra) {
        if self.frames > 0 {
            let latest = std::mem::take(&mut self.latest);
            *self = Self { latest, ..Self::default() };
        }
        self.remember(probability, spectra);
    }

    /// Takes a frame with its probability of speech, while a voice goes on over ours. Whenever it is known anew whether it
    /// wants the floor, or not known any more: the probability that it does. A claim stands.
    pub fn push(&mut self, probability: f32, spectra: &Spectra) -> Option<f32> {
        if self.frames == 0 {
            for (probability, spectra) in self.latest.clone() {
                self.look(probability, &spectra);
            }
        }
        let claim = sigmoid(self.look(probability, spectra));
        self.remember(probability, spectra);
        self.frames += 1;
        self.tell(claim)
    }

    fn tell(&mut self, claim: f32) -> Option<f32> {
        let told = match claim {
            _ if self.told == Told::Claims || self.frames < NOTICED => self.told,
            CLAIMS.. => Told::Claims,
            ..LISTENS => Told::Listens,
            _ => Told::Nothing,
        };
        let news = std::mem::replace(&mut self.told, told) != told;
        news.then_some(claim)
    }

    fn remember(&mut self, probability: f32, spectra: &Spectra) {
        self.latest.push_back((probability, *spectra));
        if self.latest.len() > BEFORE {
            self.latest.pop_front();
        }
    }

    /// Ours has ended.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// The log-odds of a claim after this frame.
    fn look(&mut self, probability: f32, spectra: &Spectra) -> f32 {
        let bands = spectra.as_flattened();
        self.loudest = bands.iter().fold(self.loudest, |loudest, band| loudest.max(*band));
        let mut seen = [probability; INPUTS];
        for (seen, band) in seen.iter_mut().zip(bands) {
            *seen = (band - self.loudest).max(-DEEPEST) / 2.0 + 1.0;
        }
        NETWORK.step(&seen, &mut self.state)
    }
}

struct Network {
    input: Vec<[f32; GATES]>,
    back: Vec<[f32; GATES]>,
    bias: [f32; GATES],
    out: [f32; UNITS],
    out_bias: f32,
}

impl Network {
    /// The weights as they were fitted: of inputs, of the state, biases, and of the output, row by row.
    fn fitted() -> Self {
        let bytes = include_bytes!("claim/weights.f32");
        let mut numbers = bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        let mut next = || numbers.next().unwrap_or_default();
        let input = (0..INPUTS).map(|_| std::array::from_fn(|_| next())).collect();
        let back = (0..UNITS).map(|_| std::array::from_fn(|_| next())).collect();
        let (bias, out) = (std::array::from_fn(|_| next()), std::array::from_fn(|_| next()));
        Self { input, back, bias, out, out_bias: next() }
    }

    /// Takes what is seen into the state; the log-odds after it.
    fn step(&self, seen: &[f32; INPUTS], state: &mut [f32; UNITS]) -> f32 {
        let ahead = sum(self.bias, &self.input, seen);
        let back = sum([0.0; GATES], &self.back, state);
        for unit in 0..UNITS {
            let keep = sigmoid(ahead[unit] + back[unit]);
            let reset = sigmoid(ahead[UNITS + unit] + back[UNITS + unit]);
            let new = (ahead[2 * UNITS + unit] + reset * back[2 * UNITS + unit]).tanh();
            state[unit] = keep * state[unit] + (1.0 - keep) * new;
        }
        self.odds(state)
    }

    fn odds(&self, state: &[f32; UNITS]) -> f32 {
        self.out.iter().zip(state).map(|(weight, value)| weight * value).sum::<f32>() + self.out_bias
    }
}

/// `start` and each row of `weights` times its value.
fn sum(mut start: [f32; GATES], weights: &[[f32; GATES]], values: &[f32]) -> [f32; GATES] {
    for (row, value) in weights.iter().zip(values) {
        start.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight * value);
    }
    start
}

fn sigmoid(value: f32) -> f32 {
    1.0 / (1.0 + (-value).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_are_all_there() {
        let numbers = GATES * (INPUTS + UNITS + 1) + UNITS + 1;
        assert_eq!(include_bytes!("claim/weights.f32").len(), 4 * numbers);
    }

    #[test]
    fn news_are_told_once_a_claim_stands_and_nothing_is_told_before_a_voice_is_noticed() {
        let mut judge = ClaimJudge { frames: NOTICED - 1, ..ClaimJudge::default() };
        assert_eq!(judge.tell(0.9), None);
        judge.frames = NOTICED;
        let told: Vec<bool> = [0.07, 0.01, 0.1, 0.05, 0.6, 0.0, 1.0].map(|claim| judge.tell(claim).is_some()).to_vec();
        assert_eq!(told, [true, false, true, true, true, false, false]);
    }

    /// What `bench/turn/claims.py` makes of the same: three frames of silence, then eight of a falling spectrum.
    const FITTED: [f32; 8] = [-4.267, -4.204, -3.912, -3.072, -2.625, -2.480, 0.331, 1.614];

    #[test]
    fn a_voice_is_judged_as_the_weights_were_fitted_and_the_same_again_after_a_silence() {
        let mut judge = ClaimJudge::default();
        for _ in 0..2 {
            (0..BEFORE).for_each(|_| judge.wait(0.1, &[[-8.0; BANDS]; 2]));
            for (frame, fitted) in FITTED.iter().enumerate() {
                let falls = |from: f32| std::array::from_fn(|band| from - 0.1 * (band * (1 + frame % 3)) as f32);
                judge.push(0.9, &[falls(-3.0), falls(-2.5)]);
                let odds = NETWORK.odds(&judge.state);
                assert!((odds - fitted).abs() < 0.01, "frame {frame}: {odds} and not {fitted}");
            }
        }
    }
}
