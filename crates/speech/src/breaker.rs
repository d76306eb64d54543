//! A circuit breaker: after failures in a row an engine is left alone for a while, then tried with one request.
//!
//! A pure state machine: time is passed in. *Closed*, every request is let through. `failures` in a row *open* it: all
//! are refused for `open_ms`. Then it is *half-open*: one request at a time is let through as a probe; `successes` of
//! them in a row close it, one failure opens it again for twice as long as before, up to `most_open_ms`.

/// How many failures are too many, and how long an engine is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerSettings {
    /// Failures in a row that open it.
    pub failures: u32,
    /// Probes in a row that must succeed to close it.
    pub successes: u32,
    /// How long it stays open at first, in milliseconds.
    pub open_ms: u64,
    /// How long it stays open at most, in milliseconds.
    pub most_open_ms: u64,
}

impl Default for BreakerSettings {
    /// Three failures, one good probe, 5 s at first and 5 min at most.
    fn default() -> Self {
        Self { failures: 3, successes: 1, open_ms: 5_000, most_open_ms: 300_000 }
    }
}

/// What a breaker does with requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// Lets all through.
    Closed,
    /// Lets one through at a time.
    HalfOpen,
    /// Lets none through.
    Open,
}

/// How a request that was let through came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The engine did what it should.
    Good,
    /// It did not.
    Bad,
    /// Nobody knows: the request was called off, or could not have been served by anyone.
    Unknown,
}

/// See the module. Times are milliseconds of any clock that goes forward.
#[derive(Clone, Debug)]
pub struct Breaker {
    settings: BreakerSettings,
    /// Failures in a row while closed, good probes in a row while half-open.
    count: u32,
    /// Until when it is open, and what has become of its probe; `None` while closed.
    opened: Option<Opened>,
    /// How often it has opened.
    openings: u64,
}

/// Given to each request that is let through, and handed back with its outcome.
#[derive(Debug)]
pub struct Ticket {
    openings: u64,
}

#[derive(Clone, Copy, Debug)]
struct Opened {
    until_ms: u64,
    for_ms: u64,
    probing: bool,
}

impl Breaker {
    /// A closed one.
    pub fn new(settings: BreakerSettings) -> Self {
        Self { settings, count: 0, opened: None, openings: 0 }
    }

    /// What it does with requests at `now_ms`.
    pub fn state(&self, now_ms: u64) -> BreakerState {
        match self.opened {
            None => BreakerState::Closed,
            Some(opened) if now_ms < opened.until_ms => BreakerState::Open,
            Some(_) => BreakerState::HalfOpen,
        }
    }

    /// Lets a request through at `now_ms`, or not. Whoever gets a ticket must hand it to [`Self::told`].
    pub fn admit(&mut self, now_ms: u64) -> Option<Ticket> {
        match &mut self.opened {
            None => {}
            Some(opened) if now_ms < opened.until_ms || opened.probing => return None,
            Some(opened) => opened.probing = true,
        }
        Some(Ticket { openings: self.openings })
    }

    /// How a request that was let through came out by `now_ms`. What was let through before the breaker last opened
    /// tells nothing new.
    pub fn told(&mut self, ticket: Ticket, outcome: Outcome, now_ms: u64) {
        if ticket.openings != self.openings {
            return;
        }
        match (&mut self.opened, outcome) {
            (None, Outcome::Good) => self.count = 0,
            (None, Outcome::Bad) => {
                self.count += 1;
                if self.count >= self.settings.failures {
                    self.open(self.settings.open_ms, now_ms);
                }
            }
            (Some(opened), Outcome::Good) => {
                opened.probing = false;
                self.count += 1;
                if self.count >= self.settings.successes {
                    (self.count, self.opened) = (0, None);
                }
            }
            (Some(opened), Outcome::Bad) => {
                let for_ms = opened.for_ms.saturating_mul(2).min(self.settings.most_open_ms);
                self.open(for_ms, now_ms);
            }
            (Some(opened), Outcome::Unknown) => opened.probing = false,
            (None, Outcome::Unknown) => {}
        }
    }

    fn open(&mut self, for_ms: u64, now_ms: u64) {
        self.count = 0;
        self.openings += 1;
        self.opened = Some(Opened { until_ms: now_ms.saturating_add(for_ms), for_ms, probing: false });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SETTINGS: BreakerSettings = BreakerSettings { failures: 3, successes: 2, open_ms: 100, most_open_ms: 300 };

    /// Lets a request through and tells its outcome.
    fn one(breaker: &mut Breaker, outcome: Outcome, now_ms: u64) {
        let ticket = breaker.admit(now_ms).unwrap();
        breaker.told(ticket, outcome, now_ms);
    }

    fn opened_at_zero() -> Breaker {
        let mut breaker = Breaker::new(SETTINGS);
        (0..3).for_each(|_| one(&mut breaker, Outcome::Bad, 0));
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_others_do_not() {
        let mut breaker = Breaker::new(SETTINGS);
        for outcome in [Outcome::Bad, Outcome::Bad, Outcome::Good, Outcome::Bad, Outcome::Unknown, Outcome::Bad] {
            one(&mut breaker, outcome, 5);
            assert_eq!(breaker.state(5), BreakerState::Closed);
        }
        one(&mut breaker, Outcome::Bad, 5);
        assert!(breaker.state(5) == BreakerState::Open && breaker.admit(104).is_none());
        assert_eq!(breaker.state(105), BreakerState::HalfOpen);
    }

    #[test]
    fn one_probe_at_a_time_and_enough_good_ones_close_it() {
        let mut breaker = opened_at_zero();
        let probe = breaker.admit(100).unwrap();
        assert!(breaker.admit(100).is_none());
        breaker.told(probe, Outcome::Unknown, 110);
        assert_eq!(breaker.state(110), BreakerState::HalfOpen);
        one(&mut breaker, Outcome::Good, 120);
        assert_eq!(breaker.state(120), BreakerState::HalfOpen);
        one(&mut breaker, Outcome::Good, 130);
        assert_eq!(breaker.state(130), BreakerState::Closed);
        one(&mut breaker, Outcome::Bad, 140);
        assert_eq!(breaker.state(140), BreakerState::Closed);
    }

    #[test]
    fn each_failed_probe_doubles_the_wait_up_to_the_most() {
        let mut breaker = opened_at_zero();
        let mut now_ms = 100;
        for wait_ms in [200, 300, 300] {
            one(&mut breaker, Outcome::Bad, now_ms);
            assert_eq!(breaker.state(now_ms + wait_ms - 1), BreakerState::Open);
            now_ms += wait_ms;
            assert_eq!(breaker.state(now_ms), BreakerState::HalfOpen);
        }
    }

    #[test]
    fn late_news_from_before_it_opened_change_nothing() {
        let mut breaker = Breaker::new(SETTINGS);
        let late: Vec<Ticket> = (0..3).map(|_| breaker.admit(0).unwrap()).collect();
        (0..3).for_each(|_| one(&mut breaker, Outcome::Bad, 0));
        let probe = breaker.admit(100).unwrap();
        for (ticket, outcome) in late.into_iter().zip([Outcome::Good, Outcome::Bad, Outcome::Unknown]) {
            breaker.told(ticket, outcome, 100);
            assert!(breaker.state(100) == BreakerState::HalfOpen && breaker.admit(100).is_none());
        }
        breaker.told(probe, Outcome::Bad, 110);
        assert_eq!((breaker.state(309), breaker.state(310)), (BreakerState::Open, BreakerState::HalfOpen));
    }

    proptest! {
        /// Whatever happens, it lets something through again after the longest wait, and never two probes at once.
        #[test]
        fn it_always_comes_back(steps in prop::collection::vec((0..400_u64, 0..3_u8), 0..60)) {
            let mut breaker = Breaker::new(SETTINGS);
            let mut now_ms = 0;
            for (wait_ms, outcome) in steps {
                now_ms += wait_ms;
                let state = breaker.state(now_ms);
                let ticket = breaker.admit(now_ms);
                prop_assert_eq!(ticket.is_some(), state != BreakerState::Open);
                if let Some(ticket) = ticket {
                    prop_assert_eq!(breaker.admit(now_ms).is_some(), state == BreakerState::Closed);
                    breaker.told(ticket, [Outcome::Good, Outcome::Bad, Outcome::Unknown][usize::from(outcome)], now_ms);
                }
            }
            prop_assert!(breaker.admit(now_ms + SETTINGS.most_open_ms).is_some());
        }
    }
}
