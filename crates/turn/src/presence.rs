//! How loud this person is: a voice that is far quieter is somebody else's, in the background.

/// So much quieter than this person a voice is in the background, decibels. People vary by half of it.
const BACKGROUND_DB: f32 = 18.0;
/// So much sure voice is needed before anything is known, frames of 32 ms.
const KNOWN_FRAMES: u32 = 40;
/// A frame at least this likely to be speech tells how loud its speaker is.
const SURE: f32 = 0.8;
/// How fast the level rises to a louder voice, and falls to a softer one, per frame.
const RISES: f32 = 0.1;
const FALLS: f32 = 0.01;
/// After so many frames of background in a row without this person (5 s) they may have moved away from the microphone,
/// and the level falls, so that nobody is shut out for good; decibels per frame.
const PATIENT_FRAMES: u32 = 156;
const GIVES_WAY_DB: f32 = 0.1;

/// One stream's speaker.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    level_db: f32,
    frames: u32,
    background_frames: u32,
}

impl Presence {
    /// Takes a frame's probability of speech and its level (decibels, any reference): the probability that this person
    /// speaks in it.
    pub fn push(&mut self, probability: f32, level_db: f32) -> f32 {
        if self.frames >= KNOWN_FRAMES && level_db < self.level_db - BACKGROUND_DB {
            self.hear_background(probability);
            return 0.0;
        }
        if probability >= SURE {
            self.learn(level_db);
        }
        probability
    }

    fn learn(&mut self, level_db: f32) {
        self.background_frames = 0;
        if self.frames == 0 {
            self.level_db = level_db;
        }
        self.frames = (self.frames + 1).min(KNOWN_FRAMES);
        let rate = if level_db > self.level_db { RISES } else { FALLS };
        self.level_db += rate * (level_db - self.level_db);
    }

    fn hear_background(&mut self, probability: f32) {
        if probability >= SURE {
            self.background_frames += 1;
        }
        if self.background_frames > PATIENT_FRAMES {
            self.level_db -= GIVES_WAY_DB;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_far_quieter_voice_is_not_this_person_s_unless_it_is_the_only_one() {
        let mut presence = Presence::default();
        assert_eq!(presence.push(0.9, -50.0), 0.9, "nothing is known yet");
        (0..100).for_each(|_| assert_eq!(presence.push(0.9, -25.0), 0.9));
        assert_eq!(presence.push(0.9, -35.0), 0.9, "softer, and still theirs");
        assert_eq!(presence.push(0.9, -50.0), 0.0);
        let shut_out = (0..1000).filter(|_| presence.push(0.9, -50.0) == 0.0).count();
        assert!((156..400).contains(&shut_out), "{shut_out}");
    }
}
