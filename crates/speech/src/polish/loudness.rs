//! How loud speech is, as ITU-R BS.1770-4 measures it: weighted as ears weigh, in blocks of 400 ms, pauses left out.

use std::f64::consts::PI;

/// A block, and from the start of one to the next.
const BLOCK_MS: usize = 400;
const STEP_MS: usize = 100;
/// Blocks below this, in LUFS, are silence.
const SILENCE: f64 = -70.0;
/// So much below the mean of the rest a block is a pause, in LU.
const PAUSE: f64 = 10.0;

/// The gated loudness of `samples` at `rate_hz`, in LUFS; `None` for silence.
pub fn loudness(samples: &[f32], rate_hz: u32) -> Option<f32> {
    let weighted = weighted(samples, f64::from(rate_hz));
    let samples_of = |ms: usize| (rate_hz as usize * ms / 1_000).max(1);
    let block = samples_of(BLOCK_MS).min(weighted.len()).max(1);
    let power = |block: &[f64]| block.iter().map(|x| x * x).sum::<f64>() / block.len() as f64;
    let powers: Vec<f64> = weighted.windows(block).step_by(samples_of(STEP_MS)).map(power).collect();
    let all = mean_above(&powers, SILENCE)?;
    Some(mean_above(&powers, lufs(all) - PAUSE).map(lufs)? as f32)
}

fn mean_above(powers: &[f64], gate: f64) -> Option<f64> {
    let loud: Vec<f64> = powers.iter().copied().filter(|power| *power > 0.0 && lufs(*power) > gate).collect();
    (!loud.is_empty()).then(|| loud.iter().sum::<f64>() / loud.len() as f64)
}

fn lufs(power: f64) -> f64 {
    10.0 * power.log10() - 0.691
}

/// Through the standard's two filters, a shelf for the head and a high pass, made for `rate_hz` from the analogue
/// prototypes that its numbers for 48 kHz stand for.
fn weighted(samples: &[f32], rate_hz: f64) -> Vec<f64> {
    let samples = samples.iter().map(|x| if x.is_finite() { f64::from(*x) } else { 0.0 });
    let (mut shelf, mut high_pass) = (shelf(rate_hz), high_pass(rate_hz));
    samples.map(|x| high_pass.next(shelf.next(x))).collect()
}

/// A filter of second order.
struct Filter {
    b: [f64; 3],
    a: [f64; 2],
    memory: [f64; 2],
}

impl Filter {
    fn next(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.memory[0];
        self.memory = [self.b[1] * x - self.a[0] * y + self.memory[1], self.b[2] * x - self.a[1] * y];
        y
    }
}

fn shelf(rate_hz: f64) -> Filter {
    let (k, q) = ((PI * 1_681.974_450_955_533 / rate_hz).tan(), 0.707_175_236_955_419_6);
    let high = 10_f64.powf(3.999_843_853_973_347 / 20.0);
    let band = high.powf(0.499_666_774_154_541_6);
    let one = 1.0 + k / q + k * k;
    let b = [high + band * k / q + k * k, 2.0 * (k * k - high), high - band * k / q + k * k];
    Filter { b: b.map(|b| b / one), a: feedback(k, q), memory: [0.0; 2] }
}

fn high_pass(rate_hz: f64) -> Filter {
    let (k, q) = ((PI * 38.135_470_876_024_44 / rate_hz).tan(), 0.500_327_037_323_877_3);
    Filter { b: [1.0, -2.0, 1.0], a: feedback(k, q), memory: [0.0; 2] }
}

fn feedback(k: f64, q: f64) -> [f64; 2] {
    let one = 1.0 + k / q + k * k;
    [2.0 * (k * k - 1.0) / one, (1.0 - k / q + k * k) / one]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f32, level: f32, rate_hz: u32, seconds: u32) -> Vec<f32> {
        (0..rate_hz * seconds)
            .map(|n| (n as f32 * hertz * std::f32::consts::TAU / rate_hz as f32).sin() * level)
            .collect()
    }

    /// The standard: a full-scale tone of 997 Hz in one channel is at -3.01 LUFS.
    #[test]
    fn a_tone_is_as_loud_as_the_standard_says() {
        for rate_hz in [16_000, 22_050, 24_000, 48_000] {
            let full = loudness(&tone(997.0, 1.0, rate_hz, 3), rate_hz).unwrap();
            assert!((full + 3.01).abs() < 0.05, "{full} LUFS at {rate_hz} Hz");
            let quiet = loudness(&tone(997.0, 0.1, rate_hz, 3), rate_hz).unwrap();
            assert!((quiet + 23.01).abs() < 0.05, "{quiet} LUFS");
            let deep = loudness(&tone(40.0, 0.1, rate_hz, 3), rate_hz).unwrap();
            assert!(deep < quiet - 4.0, "{deep} LUFS at 40 Hz");
        }
    }

    #[test]
    fn pauses_do_not_count_and_silence_has_none() {
        let speech = tone(997.0, 0.1, 16_000, 3);
        let with_pauses = [vec![0.0; 64_000], speech.clone(), vec![0.0001; 64_000]].concat();
        let (alone, with) = (loudness(&speech, 16_000).unwrap(), loudness(&with_pauses, 16_000).unwrap());
        assert!((alone - with).abs() < 0.5, "{alone} and {with} LUFS");
        assert!((loudness(&speech[..3_000], 16_000).unwrap() - alone).abs() < 1.0);
        assert_eq!(loudness(&[0.0; 50_000], 16_000), None);
        assert_eq!(loudness(&[], 16_000), None);
    }
}
