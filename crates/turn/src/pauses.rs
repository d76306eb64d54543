//! How this person pauses: learned while they speak.

/// So many pauses are remembered; older ones give way, since people settle in.
const REMEMBERED: usize = 64;

/// How somebody has paused inside their turns so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Habit {
    /// How many pauses it rests on; 0 when nothing is known yet.
    pub count: u32,
    /// The median pause, milliseconds.
    pub typical_ms: u32,
    /// The pause that nine of ten stay below, milliseconds.
    pub long_ms: u32,
}

/// The pauses after which somebody went on: none of them was the end of a turn.
#[derive(Clone, Debug, Default)]
pub struct Pauses {
    /// Lengths in milliseconds, in order of time.
    lengths_ms: std::collections::VecDeque<u32>,
    habit: Habit,
}

impl Pauses {
    /// A pause of so many milliseconds was followed by more of the same turn.
    pub fn add(&mut self, length_ms: u64) {
        if self.lengths_ms.len() == REMEMBERED {
            self.lengths_ms.pop_front();
        }
        self.lengths_ms.push_back(u32::try_from(length_ms).unwrap_or(u32::MAX));
        self.habit = self.measure();
    }

    /// What they tell.
    pub fn habit(&self) -> Habit {
        self.habit
    }

    fn measure(&self) -> Habit {
        let mut sorted: Vec<u32> = self.lengths_ms.iter().copied().collect();
        sorted.sort_unstable();
        let last = sorted.len().saturating_sub(1);
        let at = |share: usize| sorted.get(last * share / 100).copied().unwrap_or_default();
        Habit { count: sorted.len() as u32, typical_ms: at(50), long_ms: at(90) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_habit_is_what_was_usual_lately() {
        let mut pauses = Pauses::default();
        assert_eq!(pauses.habit(), Habit::default());
        (1..=10).for_each(|i| pauses.add(i * 100));
        assert_eq!(pauses.habit(), Habit { count: 10, typical_ms: 500, long_ms: 900 });
        (0..REMEMBERED).for_each(|_| pauses.add(2000));
        assert_eq!(pauses.habit(), Habit { count: REMEMBERED as u32, typical_ms: 2000, long_ms: 2000 });
    }
}
