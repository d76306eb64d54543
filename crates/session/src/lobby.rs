//! Who may be interviewed now, and who has to wait; and who holds which interview.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use metrics::gauge;
use tokio::sync::watch;

/// Lets a bounded number of sessions in, first come first served, and one connection at a time to each interview.
#[derive(Clone)]
pub struct Lobby(Arc<Shared>);

struct Shared {
    seats: usize,
    room: Mutex<Room>,
    /// Counts changes, so that those who wait look again.
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct Room {
    seated: usize,
    waiting: VecDeque<u64>,
    tickets: u64,
    held: HashMap<String, watch::Sender<Notice>>,
}

/// What the holder of an interview is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notice {
    /// Nothing.
    #[default]
    Stay,
    /// Another connection wants the interview.
    TakenOver,
    /// The server is going down.
    Closing,
}

impl Notice {
    /// The error that a client is told: its code and its message; `None` when there is nothing to tell.
    pub fn error(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Stay => None,
            Self::TakenOver => Some(("taken_over", "This interview is now open somewhere else.")),
            Self::Closing => {
                Some(("restarting", "The server is restarting. Your interview is kept; connect again in a moment."))
            }
        }
    }
}

/// A place in the lobby; given back when dropped.
pub struct Seat(Arc<Shared>);

/// The right to hold an interview; given back when dropped.
pub struct Hold {
    shared: Arc<Shared>,
    interview: String,
    /// Changes when the interview has to be let go.
    pub notice: watch::Receiver<Notice>,
}

struct Ticket {
    shared: Arc<Shared>,
    number: u64,
}

impl Lobby {
    /// A lobby with room for so many sessions.
    pub fn new(seats: usize) -> Self {
        let room = Mutex::new(Room::default());
        Self(Arc::new(Shared { seats, room, changed: watch::Sender::new(0) }))
    }

    /// Waits for a seat; `on_position` is told the place in the queue (1 is next), again when it changes.
    pub async fn enter(&self, mut on_position: impl FnMut(usize)) -> Seat {
        let mut changed = self.0.changed.subscribe();
        let ticket = self.0.draw_ticket();
        let mut told = 0;
        loop {
            changed.mark_unchanged();
            match self.0.try_seat(ticket.number) {
                Ok(()) => return Seat(self.0.clone()),
                Err(position) if position != told => {
                    told = position;
                    on_position(position);
                }
                Err(_) => {}
            }
            let _ = changed.changed().await;
        }
    }

    /// Takes an interview; a connection that holds it is told and waited for.
    pub async fn hold(&self, interview: &str) -> Hold {
        let mut changed = self.0.changed.subscribe();
        loop {
            changed.mark_unchanged();
            if let Some(notice) = self.0.try_hold(interview) {
                return Hold { shared: self.0.clone(), interview: interview.to_owned(), notice };
            }
            let _ = changed.changed().await;
        }
    }

    /// Waits until nobody holds an interview.
    pub async fn all_left(&self) {
        let mut changed = self.0.changed.subscribe();
        while !self.0.lock().held.is_empty() {
            let _ = changed.changed().await;
        }
    }

    /// Tells every holder that the server is going down.
    pub fn close(&self) {
        self.0.lock().held.values().for_each(|holder| {
            holder.send_replace(Notice::Closing);
        });
    }

    /// Tells the connection that holds `interview`, if one does, that another wants it.
    pub fn call_off(&self, interview: &str) {
        if let Some(holder) = self.0.lock().held.get(interview) {
            holder.send_replace(Notice::TakenOver);
        }
    }

    /// Whether a connection holds `interview` now.
    pub fn is_held(&self, interview: &str) -> bool {
        self.0.lock().held.contains_key(interview)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, room: MutexGuard<'_, Room>) {
        gauge!("interviewer_sessions_live").set(room.seated as f64);
        gauge!("interviewer_sessions_waiting").set(room.waiting.len() as f64);
        drop(room);
        self.changed.send_modify(|count| *count += 1);
    }

    fn draw_ticket(self: &Arc<Self>) -> Ticket {
        let mut room = self.lock();
        room.tickets += 1;
        let number = room.tickets;
        room.waiting.push_back(number);
        Ticket { shared: self.clone(), number }
    }

    /// Seats the holder of a ticket, or says where in the queue they are.
    fn try_seat(&self, number: u64) -> Result<(), usize> {
        let mut room = self.lock();
        let position = room.waiting.iter().position(|n| *n == number).map_or(usize::MAX, |i| i + 1);
        if position > self.seats.saturating_sub(room.seated) {
            return Err(position);
        }
        room.waiting.retain(|n| *n != number);
        room.seated += 1;
        self.change(room);
        Ok(())
    }

    fn try_hold(&self, interview: &str) -> Option<watch::Receiver<Notice>> {
        let mut room = self.lock();
        if let Some(holder) = room.held.get(interview) {
            holder.send_replace(Notice::TakenOver);
            return None;
        }
        let (sender, notice) = watch::channel(Notice::Stay);
        room.held.insert(interview.to_owned(), sender);
        Some(notice)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut room = self.shared.lock();
        let before = room.waiting.len();
        room.waiting.retain(|n| *n != self.number);
        if room.waiting.len() != before {
            self.shared.change(room);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut room = self.0.lock();
        room.seated -= 1;
        self.0.change(room);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut room = self.shared.lock();
        room.held.remove(&self.interview);
        self.shared.change(room);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_third_of_two_waits_and_is_told_where_it_stands() {
        let lobby = Lobby::new(2);
        let first = lobby.enter(|_| panic!("there is room")).await;
        let _second = lobby.enter(|_| panic!("there is room")).await;
        let (told, mut positions) = tokio::sync::mpsc::channel(4);
        let waiting = lobby.clone();
        let third = tokio::spawn(async move { waiting.enter(move |p| told.try_send(p).unwrap()).await });
        assert_eq!(positions.recv().await, Some(1));
        assert!(!third.is_finished());
        drop(first);
        third.await.unwrap();
    }

    #[tokio::test]
    async fn one_who_gives_up_waiting_leaves_the_queue() {
        let lobby = Lobby::new(1);
        let seat = lobby.enter(|_| ()).await;
        let impatient = lobby.clone();
        let waiting = tokio::spawn(async move { impatient.enter(|_| ()).await });
        tokio::task::yield_now().await;
        waiting.abort();
        let _ = waiting.await;
        drop(seat);
        lobby.enter(|_| panic!("nobody is before us")).await;
    }

    #[tokio::test]
    async fn a_second_connection_takes_over_when_the_first_has_left() {
        let lobby = Lobby::new(2);
        let mut first = lobby.hold("a").await;
        let other = lobby.clone();
        let second = tokio::spawn(async move { other.hold("a").await });
        first.notice.changed().await.unwrap();
        assert!(!second.is_finished() && lobby.is_held("a"));
        drop(first);
        second.await.unwrap();
    }
}
