//! When a call begins, pauses and ends: what is known of the client's reachability, and the times at which that changes.

use std::time::{Duration, Instant};

use super::{Call, Goodbye, Output, REFRESH_EVERY, TOKEN_S};
use crate::proto::Response;
use crate::token::Claims;

/// A client that cannot be spoken with so long after it joined is let go.
const CONNECT_WITHIN: Duration = Duration::from_secs(20);
/// A client without a packet for so long is not reached; browsers send one every 2.5 s at least.
const LOST_AFTER: Duration = Duration::from_secs(5);
/// One that is not reached, or has no socket, for so long is gone.
const GONE_AFTER: Duration = Duration::from_secs(30);
/// A client that is connected and begins when it asks to is waited for so long.
const ASKS_WITHIN: Duration = Duration::from_secs(30 * 60);
/// What was said last is still on its way, and in the client's buffer, for so long.
const LINGER: Duration = Duration::from_millis(800);

/// What is known of the client.
pub(super) struct Life {
    beginning: Beginning,
    connect_by: Instant,
    /// The last datagram.
    reached: Instant,
    /// Since when there is no socket.
    without_socket: Option<Instant>,
    /// Whether a session is held.
    holds: bool,
    /// When to hang up, and why.
    hang_up: Option<(Instant, Goodbye)>,
    /// Whether the interview has ended.
    ended: bool,
    refresh: Instant,
    over: bool,
}

/// Whether the interview begins as soon as the client can be spoken with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beginning {
    /// It does.
    AtOnce,
    /// Only when the client asks for it.
    OnRequest,
    /// The same, and the client is connected and waited for.
    Awaited,
}

impl Life {
    pub(super) fn new(beginning: Beginning, now: Instant) -> Self {
        Self {
            beginning,
            connect_by: now + CONNECT_WITHIN,
            reached: now,
            without_socket: None,
            holds: false,
            hang_up: None,
            ended: false,
            refresh: now + REFRESH_EVERY,
            over: false,
        }
    }

    /// The client asks for the interview to begin; once is enough for the call.
    pub(super) fn may_begin(&mut self) {
        self.beginning = Beginning::AtOnce;
    }

    pub(super) fn reached(&mut self, now: Instant) {
        self.reached = now;
    }

    pub(super) fn last_reached(&self) -> Instant {
        self.reached
    }

    pub(super) fn socket_lost(&mut self, now: Instant) {
        self.without_socket.get_or_insert(now);
    }

    pub(super) fn resumed(&mut self, now: Instant) {
        self.without_socket = None;
        self.connect_by = now + CONNECT_WITHIN;
        self.reached = now;
    }

    pub(super) fn is_held(&self) -> bool {
        self.holds
    }

    /// The interview has ended; the session will say so once more by going.
    pub(super) fn interview_ended(&mut self) {
        self.ended = true;
    }

    /// The session is gone: a goodbye follows, unless one is on its way.
    pub(super) fn session_over(&mut self, now: Instant) {
        self.holds = false;
        let goodbye = if self.ended { Goodbye::Ended } else { Goodbye::Unavailable };
        self.hang_up.get_or_insert((now + LINGER, goodbye));
    }

    /// A goodbye is decided on; it is said when the session is gone, or at once when there is none.
    pub(super) fn plan_goodbye(&mut self, goodbye: Goodbye, now: Instant) {
        self.hang_up.get_or_insert((now, goodbye));
    }

    pub(super) fn end(&mut self) {
        self.over = true;
    }

    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Whether a session is still to begin, or to begin anew.
    fn waits(&self) -> bool {
        !self.holds && self.hang_up.is_none()
    }

    pub(super) fn due(&self) -> Instant {
        let connect = self.waits().then_some(self.connect_by);
        let lost = self.reached + if self.holds { LOST_AFTER } else { GONE_AFTER };
        let gone = self.without_socket.map(|since| since + GONE_AFTER);
        let hang_up = self.hang_up.map(|(at, _)| at);
        [connect, gone, hang_up, Some(self.refresh)].into_iter().flatten().fold(lost, Instant::min)
    }
}

impl Call {
    /// Begins, pauses or ends, as the time has come.
    pub(super) fn live(&mut self, now: Instant) {
        if let Some((_, goodbye)) = self.life.hang_up.filter(|(at, _)| *at <= now) {
            return self.hang_up(goodbye);
        }
        let lost = now >= self.life.reached + LOST_AFTER;
        if self.life.holds && lost {
            self.life.holds = false;
            self.life.connect_by = now + GONE_AFTER;
            self.voice.hush();
            self.show_state("initializing");
            self.outputs.push_back(Output::Pause);
        }
        if self.life.waits() && !lost && self.can_talk() {
            self.begin(now);
        }
        let unconnected = self.life.waits() && now >= self.life.connect_by;
        let gone = self.life.without_socket.is_some_and(|since| now >= since + GONE_AFTER);
        if unconnected || gone || now >= self.life.reached + GONE_AFTER {
            return self.hang_up(Goodbye::TimedOut);
        }
        if now >= self.life.refresh {
            self.life.refresh = now + REFRESH_EVERY;
            self.refresh_token(now);
        }
    }

    /// The client can be spoken with.
    fn begin(&mut self, now: Instant) {
        match self.life.beginning {
            Beginning::AtOnce => {
                self.life.holds = true;
                self.voice.begin(now);
                self.outputs.push_back(Output::Begin);
            }
            Beginning::OnRequest => {
                self.life.beginning = Beginning::Awaited;
                self.life.connect_by = now + ASKS_WITHIN;
            }
            Beginning::Awaited => {}
        }
    }

    /// So that a client may come back after its own token has run out.
    pub(super) fn refresh_token(&mut self, now: Instant) {
        let now_s = (self.unix_ms(now) / 1000) as u64;
        let claims = Claims { exp: now_s + TOKEN_S, nbf: 0, ..self.claims.clone() };
        if let Ok(token) = self.house.key.sign(&claims) {
            self.signal(Response::RefreshToken(token));
        }
    }
}
