//! Calls with clients in the same process, over a simulated network and on a simulated clock: for tests, and to measure what
//! a call costs apart from what is said in it.

#[cfg_attr(not(test), expect(dead_code, reason = "tests look at more than a measurement does"))]
#[expect(clippy::unwrap_used, reason = "a client of our own that cannot go on is a fault of ours")]
pub(crate) mod client;

use std::time::Duration;

use audio::opus::FRAME_SAMPLES;
use session::ToClient;

use crate::join::Style;
use client::{Room, perfect};

const FRAME: Duration = Duration::from_millis(20);
/// Frames between the places at which two calls are.
const APART: usize = 17;
/// Until everybody is connected.
const CONNECTING: Duration = Duration::from_secs(2);

/// Calls that are held at once.
pub struct Rehearsal(Vec<Room>);

impl Rehearsal {
    /// So many calls, connected. `clock` tells how long this thread has worked.
    pub fn begin(calls: usize, clock: fn() -> Duration) -> Self {
        let mut rooms: Vec<Room> = (0..calls).map(|_| Room::new(Style::Single, perfect)).collect();
        for room in &mut rooms {
            room.run(CONNECTING);
            room.count_by(clock);
        }
        Self(rooms)
    }

    /// Whether all are connected.
    pub fn all_connected(&self) -> bool {
        self.0.iter().all(|room| room.begun)
    }

    /// Speaks `sound` (16 kHz mono) both ways at the same time in all calls, each at another place of it, since a processor
    /// learns what it is made to do fifty times; how long the calls' own side worked for it, all together.
    pub fn speak(&mut self, sound: &[i16]) -> Duration {
        let before: Duration = self.0.iter().map(|room| room.spent).sum();
        let frames: Vec<&[i16]> = sound.chunks_exact(FRAME_SAMPLES).collect();
        for tick in 0..frames.len() {
            for (number, room) in self.0.iter_mut().enumerate() {
                let frame = frames[(tick + number * APART) % frames.len()];
                room.send(frame);
                room.tell(ToClient::Audio(frame.to_vec()));
                room.run(FRAME);
                room.session.clear();
            }
        }
        self.0.iter().map(|room| room.spent).sum::<Duration>() - before
    }

    /// Packets of ours that the clients received.
    pub fn packets(&self) -> usize {
        self.0.iter().map(|room| room.packets).sum()
    }
}
