//! How patient to be: every number of turn-taking, under a name.

use serde::{Deserialize, Serialize};

use crate::Pace;

/// The numbers of turn-taking. All times are milliseconds of the candidate's silence unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// Silence after which a pause begins to count and recognition begins.
    pub pause_ms: u32,
    /// Pause that ends a turn for whose end everything speaks, in which much has been said ...
    pub sure_ms: u32,
    /// ... and which sounds finished with at least this probability, by Smart Turn; percent.
    pub sure_sound_pct: u32,
    /// Pause that ends a turn which by all that is known is finished; with these, more than half of all turns.
    pub finished_ms: u32,
    /// The same where the question asked for a word or two, and where we are plainly asked for something.
    pub quick_ms: u32,
    /// Pause that ends a turn which reads finished and is likely to be; about one turn of ten.
    pub likely_ms: u32,
    /// Pause that ends a turn which reads finished, and of which sound, length or an unclear last word say otherwise.
    pub doubtful_ms: u32,
    /// So many words are a long account ...
    pub long_account_words: u32,
    /// ... and this is the longest pause that doubt about one may last which reads finished.
    pub long_account_ms: u32,
    /// Pause that ends a turn whose last words leave the sentence open.
    pub open_ms: u32,
    /// Pause that ends the first few words of an account: its first clause is rarely its end. What no word was made out in is
    /// taken for a noise after as long.
    pub first_clause_ms: u32,
    /// Pause that ends a turn in which time was asked for ("let me think"), or which has only begun ("So ...").
    pub thinking_ms: u32,
    /// So many words are a first clause.
    pub first_clause_words: u32,
    /// The candidate's voice over ours is an interruption when it is still going so long after it began, whatever it
    /// says; since a pause is noticed after `pause_ms`, a listener's "yeah, okay" must fit into this less that.
    pub interrupt_ms: u32,
    /// A stretch at least this long is settled at its next pause: it is not recognised again when the speech goes on.
    pub settle_ms: u32,
    /// A stretch this long without any pause is cut.
    pub longest_stretch_ms: u32,
    /// How often running speech is glimpsed at for captions.
    pub glimpse_ms: u32,
    /// Silence after a question before a gentle word.
    pub nudge_ms: u32,
    /// Silence after a question before skipping is offered.
    pub offer_ms: u32,
    /// Silence after a question before the candidate counts as gone.
    pub gone_ms: u32,
}

impl Default for Profile {
    fn default() -> Self {
        Self::INTERVIEW
    }
}

impl Profile {
    /// Lets people think; the default.
    pub const INTERVIEW: Self = Self {
        pause_ms: 200,
        sure_ms: 620,
        sure_sound_pct: 60,
        finished_ms: 760,
        quick_ms: 520,
        likely_ms: 2600,
        doubtful_ms: 3000,
        long_account_words: 25,
        long_account_ms: 1300,
        open_ms: 3600,
        first_clause_ms: 1400,
        thinking_ms: 5200,
        first_clause_words: 4,
        interrupt_ms: 1000,
        settle_ms: 7000,
        longest_stretch_ms: 24_000,
        glimpse_ms: 2500,
        nudge_ms: 12_000,
        offer_ms: 30_000,
        gone_ms: 180_000,
    };

    /// Quick replies, for practised speakers.
    pub const BRISK: Self = Self {
        pause_ms: 96,
        sure_ms: 425,
        sure_sound_pct: 83,
        finished_ms: 620,
        quick_ms: 350,
        long_account_words: 45,
        settle_ms: 5000,
        likely_ms: 900,
        doubtful_ms: 1300,
        open_ms: 1800,
        first_clause_ms: 900,
        thinking_ms: 3000,
        nudge_ms: 9000,
        ..Self::INTERVIEW
    };

    /// Much time to think, for instance as an accommodation.
    pub const PATIENT: Self = Self {
        sure_ms: 2200,
        finished_ms: 2200,
        quick_ms: 1000,
        likely_ms: 3200,
        doubtful_ms: 3600,
        long_account_ms: 3600,
        open_ms: 4500,
        first_clause_ms: 2500,
        thinking_ms: 8000,
        nudge_ms: 25_000,
        offer_ms: 60_000,
        gone_ms: 360_000,
        ..Self::INTERVIEW
    };

    /// The profile that a question asks for.
    pub fn of(pace: Pace) -> Self {
        match pace {
            Pace::Brisk => Self::BRISK,
            Pace::Interview => Self::INTERVIEW,
            Pace::Patient => Self::PATIENT,
        }
    }

    /// Every patience multiplied by `factor`; what is no patience (when a pause begins to count, how stretches are
    /// cut, when a voice over ours stops us) stays.
    pub fn accommodated(self, factor: f32) -> Self {
        let longer = |ms: u32| (f64::from(ms) * f64::from(factor)).round() as u32;
        Self {
            sure_ms: longer(self.sure_ms),
            finished_ms: longer(self.finished_ms),
            quick_ms: longer(self.quick_ms),
            likely_ms: longer(self.likely_ms),
            doubtful_ms: longer(self.doubtful_ms),
            long_account_ms: longer(self.long_account_ms),
            open_ms: longer(self.open_ms),
            first_clause_ms: longer(self.first_clause_ms),
            thinking_ms: longer(self.thinking_ms),
            nudge_ms: longer(self.nudge_ms),
            offer_ms: longer(self.offer_ms),
            gone_ms: longer(self.gone_ms),
            ..self
        }
    }

    /// The profile called `name`: `brisk`, `interview` or `patient`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "brisk" => Some(Self::BRISK),
            "interview" => Some(Self::INTERVIEW),
            "patient" => Some(Self::PATIENT),
            _ => None,
        }
    }
}
