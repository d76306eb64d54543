//! What comes of a task while it is done, for those who wait for it.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Link;
use super::queue::{CHUNKS, LOOK_AGAIN, ask, outcome_of};
use crate::celery::RESULT_PREFIX;
use crate::{Outcome, Progress, QueueError};

/// Pieces that wait for a slow follower.
const PIECES: usize = 256;

/// Reads a task's pieces and its end.
pub(super) struct Follower {
    link: Link,
    bulk: Link,
    id: String,
    pieces: String,
}

impl Follower {
    /// One of the task `id`; pieces come over `bulk`.
    pub(super) fn of(link: Link, bulk: Link, id: &str) -> Self {
        Self { link, bulk, id: id.to_owned(), pieces: format!("{CHUNKS}{id}") }
    }

    /// Passes on pieces and end, until nothing has come for as long as `within`.
    pub(super) async fn start(self, within: Duration) -> Result<mpsc::Receiver<Progress>, QueueError> {
        let mut words = self.link.listen(&self.pieces).await?;
        let mut end = self.link.listen(&format!("{RESULT_PREFIX}{}", self.id)).await?;
        let (sender, receiver) = mpsc::channel(PIECES);
        tokio::spawn(async move {
            let mut place = 0;
            let mut quiet = Instant::now();
            while quiet.elapsed() < within {
                // the end is looked at first: what was made before it is then there to be read
                let over = self.over().await;
                match self.pass_on(&mut place, &sender).await {
                    Ok(true) => quiet = Instant::now(),
                    Ok(false) => {}
                    Err(_) => return,
                }
                if let Some(outcome) = over {
                    let _ = sender.send(Progress::End(outcome)).await;
                    return;
                }
                let wait = within.saturating_sub(quiet.elapsed()).min(LOOK_AGAIN);
                tokio::select! {
                    _ = words.next(wait) => {}
                    _ = end.next(wait) => {}
                    () = sender.closed() => return,
                }
            }
        });
        Ok(receiver)
    }

    async fn over(&self) -> Option<Outcome> {
        let mut get = redis::cmd("GET");
        get.arg(format!("{RESULT_PREFIX}{}", self.id));
        outcome_of(&ask::<Option<Vec<u8>>>(&self.link, &get).await.ok().flatten()?)
    }

    /// Passes on the pieces from `place` on; whether there were any. An error when nobody follows any more.
    async fn pass_on(&self, place: &mut usize, to: &mpsc::Sender<Progress>) -> Result<bool, ()> {
        let mut range = redis::cmd("LRANGE");
        range.arg(&self.pieces).arg(*place).arg(-1);
        let pieces: Vec<Vec<u8>> = ask(&self.bulk, &range).await.unwrap_or_default();
        let any = !pieces.is_empty();
        for piece in pieces {
            *place += 1;
            to.send(Progress::Chunk(piece)).await.map_err(drop)?;
        }
        Ok(any)
    }
}
