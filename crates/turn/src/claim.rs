//! Does the voice over ours want the floor? Judged while it goes on, by how it sounds.

/// So much voice is more than a listener's noise, milliseconds.
const LONG_MS: u64 = 600;
/// A frame at least this likely to be speech counts.
const SURE: f32 = 0.6;

/// Watches one stream's voice while we speak.
#[derive(Clone, Debug, Default)]
pub struct ClaimJudge {
    voiced_ms: u64,
    claimed: bool,
}

impl ClaimJudge {
    /// Takes a frame of so many milliseconds with its probability of speech, while a voice goes on over ours: once, the
    /// probability that it wants the floor.
    pub fn push(&mut self, probability: f32, frame_ms: u64) -> Option<f32> {
        if probability >= SURE {
            self.voiced_ms += frame_ms;
        }
        let claims = self.voiced_ms >= LONG_MS && !self.claimed;
        self.claimed |= claims;
        claims.then_some(0.9)
    }

    /// The voice has paused, or ours has ended.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_voice_claims_the_floor_once() {
        let mut judge = ClaimJudge::default();
        let claims: Vec<usize> = (0..40).filter(|_| judge.push(0.9, 32).is_some()).collect();
        assert_eq!(claims, [18]);
        judge.forget();
        assert!((0..15).all(|_| judge.push(0.9, 32).is_none()));
    }
}
