//! Where a client is now. A client that moves (its router gives it another port, it goes from one network to the next, or
//! from UDP to TCP) asks for us from there; WebRTC's rules let us, who only answer, hold to the best way that was ever
//! agreed on until that was silent for 15 seconds. That is long in a conversation, so it is left as soon as the client has
//! chosen another after it fell silent. Time is passed in.

use std::time::{Duration, Instant};

use str0m::ice::StunMessage;

use crate::way::{Far, is_stun};

/// A way on which nothing came for so long when the client chose another is not its way any more.
const SILENT: Duration = Duration::from_millis(500);
/// Ways that are remembered.
const MAX_WAYS: usize = 8;

/// The ways of one connection.
#[derive(Default)]
pub(crate) struct Route {
    /// When something last came by each; the newest last.
    heard: Vec<(Far, Instant)>,
    /// The way that the client chose last, and when.
    chosen: Option<(Far, Instant)>,
}

impl Route {
    /// A packet that is truly the client's came from `source`.
    pub(crate) fn heard(&mut self, source: Far, packet: &[u8], now: Instant) {
        self.heard.retain(|(far, _)| *far != source);
        if self.heard.len() >= MAX_WAYS {
            self.heard.remove(0);
        }
        self.heard.push((source, now));
        if chooses(packet) {
            self.chosen = Some((source, now));
        }
    }

    /// The way by which the client was heard last.
    pub(crate) fn last(&self) -> Option<Far> {
        self.heard.last().map(|(far, _)| *far)
    }

    /// The way that `packet` is to take, which would otherwise go to `to`. An answer goes where the question came from.
    pub(crate) fn way(&self, to: Far, packet: &[u8]) -> Far {
        let Some((chosen, at)) = self.chosen.filter(|_| !is_stun(packet)) else { return to };
        let last = self.heard.iter().find(|(far, _)| *far == to).map(|(_, last)| *last);
        match last {
            Some(last) if last + SILENT > at => to,
            _ => chosen,
        }
    }
}

/// Whether the client chooses the way by which this comes (USE-CANDIDATE, RFC 8445).
fn chooses(packet: &[u8]) -> bool {
    is_stun(packet)
        && StunMessage::parse(packet).is_ok_and(|message| message.is_binding_request() && message.use_candidate())
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use str0m::ice::TransId;

    use super::*;

    const SOUND: &[u8] = &[128, 0, 0, 0];

    fn far(port: u16) -> Far {
        Far::udp(SocketAddr::from(([10, 0, 0, 2], port)))
    }

    fn choice() -> Vec<u8> {
        let message = StunMessage::binding_request("a:b", TransId::new(), true, 1, 1, true);
        let mut bytes = vec![0; 200];
        let length = message.to_bytes(Some(b"secret"), &mut bytes, |_, _| [0; 20]).unwrap();
        bytes.truncate(length);
        bytes
    }

    #[test]
    fn a_client_that_moved_is_followed_at_once_and_back() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let (mut route, choice) = (Route::default(), choice());
        assert_eq!(route.way(far(1), SOUND), far(1), "nothing is known");
        route.heard(far(1), &choice, at(0));
        route.heard(far(1), SOUND, at(1000));
        route.heard(far(2), SOUND, at(2000));
        assert_eq!(route.way(far(1), SOUND), far(1), "it did not choose the other");
        route.heard(far(2), &choice, at(2000));
        assert_eq!(route.way(far(1), SOUND), far(2));
        assert_eq!(route.way(far(1), &choice), far(1), "an answer goes where the question came from");
        assert_eq!(route.way(far(2), SOUND), far(2));
        route.heard(far(1), &choice, at(3000));
        assert_eq!((route.way(far(1), SOUND), route.way(far(2), SOUND)), (far(1), far(1)));
    }

    #[test]
    fn of_two_ways_that_both_live_the_better_one_is_kept() {
        let start = Instant::now();
        let (mut route, choice) = (Route::default(), choice());
        for tick in 0..100 {
            let now = start + Duration::from_millis(20 * tick);
            route.heard(far(1), if tick % 10 == 0 { &choice } else { SOUND }, now);
            route.heard(far(2), &choice, now);
            assert_eq!(route.way(far(1), SOUND), far(1));
        }
        (0..1000).for_each(|port| route.heard(far(port), SOUND, start));
        assert!(route.heard.len() <= MAX_WAYS);
    }
}
