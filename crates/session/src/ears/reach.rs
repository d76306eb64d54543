//! Whether the candidate's sound arrives. A client sends all the time; when nothing comes, a network holds it up, or a
//! microphone is gone, and silence must not be taken for the candidate's.

use std::time::Duration;

use super::Heard;

/// Without sound for so long it is not known what the candidate does.
const UNREACHED: Duration = Duration::from_millis(250);
/// Without sound for so long the candidate is told, and no more waited for: they may have turned their microphone off.
const NO_AUDIO: Duration = Duration::from_secs(5);
/// Sound that is so little behind the clock is not held up any more, milliseconds.
const CAUGHT_UP_MS: u64 = 150;

/// Nothing has come in time.
pub(super) struct Nothing;

/// What is known of the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Reach {
    /// No sound has come yet.
    #[default]
    Awaited,
    /// It flows.
    Flowing,
    /// It does not, since that time (milliseconds); so many milliseconds of it are known to be lost.
    Missing { since_ms: u64, lost_ms: u64 },
    /// It is not waited for any more.
    GivenUp,
}

impl Reach {
    /// Waits for what comes, as long as it is waited for.
    pub(super) async fn within<T>(&self, coming: impl Future<Output = T>) -> Result<T, Nothing> {
        let patience = match self {
            Self::Flowing => UNREACHED,
            Self::Missing { .. } => NO_AUDIO - UNREACHED,
            Self::Awaited => NO_AUDIO,
            Self::GivenUp => return Ok(coming.await),
        };
        tokio::time::timeout(patience, coming).await.map_err(|_| Nothing)
    }

    /// Nothing came in time, at `now_ms`.
    pub(super) fn missed(&mut self, now_ms: u64) -> Vec<Heard> {
        let (next, told) = match *self {
            Self::Flowing => {
                let since_ms = now_ms.saturating_sub(UNREACHED.as_millis() as u64);
                (Self::Missing { since_ms, lost_ms: 0 }, vec![Heard::Unreached])
            }
            Self::Missing { since_ms, .. } => {
                (Self::GivenUp, vec![Heard::Reached { lost_ms: now_ms.saturating_sub(since_ms) }, Heard::NoAudio])
            }
            Self::Awaited => (Self::GivenUp, vec![Heard::NoAudio]),
            Self::GivenUp => (Self::GivenUp, Vec::new()),
        };
        *self = next;
        told
    }

    /// Sound came at `now_ms`, behind a loss of `lost_ms`, and is heard up to `until_ms`.
    pub(super) fn heard(&mut self, lost_ms: u64, until_ms: u64, now_ms: u64) -> Vec<Heard> {
        let mut told = Vec::new();
        *self = match *self {
            Self::Missing { since_ms, lost_ms: before_ms } => {
                let lost_ms = before_ms + lost_ms;
                if until_ms + CAUGHT_UP_MS < now_ms {
                    Self::Missing { since_ms, lost_ms }
                } else {
                    told.push(Heard::Reached { lost_ms });
                    Self::Flowing
                }
            }
            _ => Self::Flowing,
        };
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(told: &[Heard]) -> Vec<String> {
        let name = |heard: &Heard| match heard {
            Heard::Unreached => "unreached".to_owned(),
            Heard::Reached { lost_ms } => format!("reached, {lost_ms} ms lost"),
            Heard::NoAudio => "no audio".to_owned(),
            Heard::Noticed(_) | Heard::Failed(_) => "else".to_owned(),
        };
        told.iter().map(name).collect()
    }

    #[test]
    fn sound_that_was_held_up_is_not_lost_and_reached_is_told_when_it_has_caught_up() {
        let mut reach = Reach::default();
        assert!(reach.heard(0, 20, 20).is_empty());
        assert_eq!(names(&reach.missed(270)), ["unreached"]);
        for until_ms in [40, 60, 1300] {
            assert!(reach.heard(0, until_ms, 1500).is_empty(), "still behind");
        }
        assert_eq!(names(&reach.heard(0, 1400, 1500)), ["reached, 0 ms lost"]);
        assert_eq!(reach, Reach::Flowing);
    }

    #[test]
    fn what_is_lost_is_told_with_what_follows_it() {
        let mut reach = Reach::Flowing;
        reach.missed(270);
        assert!(reach.heard(0, 40, 1800).is_empty());
        assert_eq!(names(&reach.heard(1700, 1780, 1800)), ["reached, 1700 ms lost"]);
    }

    #[test]
    fn a_microphone_that_is_gone_is_told_of_and_no_more_waited_for() {
        let mut reach = Reach::Flowing;
        reach.missed(1000);
        assert_eq!(names(&reach.missed(5750)), ["reached, 5000 ms lost", "no audio"]);
        assert!(reach.missed(9000).is_empty());
        assert!(reach.heard(0, 10_000, 10_000).is_empty());
        assert_eq!(reach, Reach::Flowing);
        assert_eq!(names(&Reach::default().missed(5000)), ["no audio"]);
    }
}
