//! Where a voice sounds on a channel, by its energy.
//!
//! A frame of 10 ms is voiced when its level is within 30 dB of the channel's loud part, above -60 dBFS, and 6 dB above
//! the noise between the turns. Gaps under 150 ms are part of a stretch, stretches under 60 ms are clicks.

use super::levels::FRAME_MS;

/// Quieter than this is never a voice: -60 dBFS.
const FLOOR: f32 = 0.001;
/// 30 dB.
const BELOW_LOUD: f32 = 31.6;
/// 6 dB.
const ABOVE_NOISE: f32 = 2.0;
/// Noise raises the threshold to 15 dB below the loud part at most.
const NOISE_BELOW_LOUD: f32 = 5.6;
const MERGED_GAP_MS: u64 = 150;
const SHORTEST_MS: u64 = 60;

/// A stretch of sound, milliseconds on the recording's clock; `to_ms` is the end of its last voiced frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from_ms: u64,
    pub(super) to_ms: u64,
}

/// The voiced stretches of a channel of which `levels` are the frames' levels from `start_ms` on. `spans` are the times
/// (milliseconds) at which somebody is known to have spoken; they tell loud part and noise apart.
pub(super) fn stretches(start_ms: u64, levels: &[f32], spans: &[(u64, u64)]) -> Vec<Stretch> {
    let threshold = threshold(start_ms, levels, spans);
    let mut found: Vec<Stretch> = Vec::new();
    for (index, _) in levels.iter().enumerate().filter(|(_, level)| **level > threshold) {
        let from_ms = start_ms + index as u64 * FRAME_MS;
        let to_ms = from_ms + FRAME_MS;
        match found.last_mut().filter(|last| from_ms < last.to_ms + MERGED_GAP_MS) {
            Some(last) => last.to_ms = to_ms,
            None => found.push(Stretch { from_ms, to_ms }),
        }
    }
    found.retain(|stretch| stretch.to_ms - stretch.from_ms >= SHORTEST_MS);
    found
}

fn threshold(start_ms: u64, levels: &[f32], spans: &[(u64, u64)]) -> f32 {
    let mut spoken = vec![false; levels.len()];
    for (from_ms, to_ms) in spans {
        let (from_ms, to_ms) = (from_ms.saturating_sub(start_ms), to_ms.saturating_sub(start_ms));
        let (from, to) = ((from_ms / FRAME_MS) as usize, to_ms.div_ceil(FRAME_MS) as usize);
        spoken.iter_mut().take(to).skip(from).for_each(|spoken| *spoken = true);
    }
    let (inside, outside): (Vec<_>, Vec<_>) = levels.iter().zip(&spoken).partition(|(_, spoken)| **spoken);
    let level = |frames: Vec<(&f32, &bool)>| frames.into_iter().map(|(level, _)| *level).collect::<Vec<_>>();
    let (inside, outside) = (level(inside), level(outside));
    let heard = |levels: &[f32]| levels.iter().copied().filter(|level| *level > FLOOR).collect::<Vec<_>>();
    let loud_frames = if heard(&inside).is_empty() { heard(levels) } else { heard(&inside) };
    let loud = quantile(loud_frames, 0.95);
    let noise = quantile(outside.into_iter().filter(|level| *level > 0.0).collect(), 0.2);
    FLOOR.max(loud / BELOW_LOUD).max((noise * ABOVE_NOISE).min(loud / NOISE_BELOW_LOUD))
}

fn quantile(mut values: Vec<f32>, share: f64) -> f32 {
    values.sort_unstable_by(f32::total_cmp);
    let index = (values.len() as f64 * share) as usize;
    values.get(index.min(values.len().saturating_sub(1))).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(parts: &[(u64, f32)]) -> Vec<f32> {
        parts.iter().flat_map(|(ms, level)| std::iter::repeat_n(*level, (ms / FRAME_MS) as usize)).collect()
    }

    #[test]
    fn short_gaps_are_speech_clicks_are_not() {
        let levels = frames(&[(500, 0.0), (300, 0.1), (140, 0.0), (300, 0.1), (500, 0.0), (50, 0.3), (500, 0.0)]);
        assert_eq!(stretches(0, &levels, &[(500, 1240)]), [Stretch { from_ms: 500, to_ms: 1240 }]);
        assert!(stretches(0, &frames(&[(1000, 0.0005)]), &[]).is_empty());
    }

    #[test]
    fn noise_between_the_turns_is_no_voice_even_where_turns_are_rare() {
        let levels = frames(&[(30_000, 0.008), (700, 0.1), (300, 0.02), (30_000, 0.008)]);
        assert_eq!(stretches(0, &levels, &[(30_000, 31_000)]), [Stretch { from_ms: 30_000, to_ms: 31_000 }]);
    }
}
