//! What waits in a queue, and what was given up.

use super::RedisQueue;
use super::queue::{DEAD, ask};
use super::scripts::Call;
use crate::celery::{Envelope, RESULT_PREFIX, STEPS, list_key};
use crate::{Backlog, DeadLetter, QueueError, now_unix_ms};

impl RedisQueue {
    /// How much waits in `queue`, over all its steps of priority.
    pub(super) async fn waiting(&self, queue: &str) -> Result<Backlog, QueueError> {
        let mut pipe = redis::pipe();
        for step in STEPS {
            pipe.llen(list_key(queue, step)).lindex(list_key(queue, step), -1);
        }
        type Ends = (u64, Option<Vec<u8>>, u64, Option<Vec<u8>>, u64, Option<Vec<u8>>, u64, Option<Vec<u8>>);
        let (l0, m0, l1, m1, l2, m2, l3, m3): Ends = self
            .link
            .run(|mut c| {
                let pipe = pipe.clone();
                async move { pipe.query_async(&mut c).await }
            })
            .await?;
        let next = [m0, m1, m2, m3].into_iter().flatten().next();
        let sent = next.and_then(|m| Envelope::parse(&m).ok()?.header("sent_unix_ms")?.as_u64());
        Ok(Backlog { length: l0 + l1 + l2 + l3, oldest_ms: sent.map(|sent| now_unix_ms().saturating_sub(sent)) })
    }

    /// The latest dead letters of `queue`.
    pub(super) async fn letters(&self, queue: &str, limit: usize) -> Result<Vec<DeadLetter>, QueueError> {
        let mut list = redis::cmd("LRANGE");
        list.arg(format!("{DEAD}{queue}")).arg(0).arg(limit as i64 - 1);
        let ids: Vec<String> = if limit == 0 { Vec::new() } else { ask(&self.link, &list).await? };
        let mut letters = Vec::new();
        for id in ids {
            letters.push(self.letter(queue, &id).await?);
        }
        Ok(letters)
    }

    async fn letter(&self, queue: &str, letter: &str) -> Result<DeadLetter, QueueError> {
        let mut get = redis::cmd("HMGET");
        get.arg(format!("{DEAD}{queue}:{letter}")).arg(&["reason", "at", "task", "id", "bytes"]);
        type Text = Option<Vec<u8>>;
        let fields: (Text, Option<u64>, Text, Text, Option<usize>) = ask(&self.link, &get).await?;
        let (reason, at, task, id, bytes) = fields;
        let text = |bytes: Option<Vec<u8>>| String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
        Ok(DeadLetter {
            letter: letter.to_owned(),
            queue: queue.to_owned(),
            reason: text(reason),
            at_unix_ms: at.unwrap_or(0),
            task: text(task),
            id: text(id),
            bytes: bytes.unwrap_or(0),
        })
    }

    /// Puts a dead letter back into its queue.
    pub(super) async fn put_back(&self, queue: &str, letter: &str) -> Result<(), QueueError> {
        let ids = format!("{DEAD}{queue}");
        let mut get = redis::cmd("HGET");
        get.arg(format!("{ids}:{letter}")).arg("raw");
        let unknown = || QueueError::Unknown(format!("dead letter {letter} of queue {queue}"));
        let raw: Vec<u8> = ask::<Option<Vec<u8>>>(&self.link, &get).await?.ok_or_else(unknown)?;
        let envelope = Envelope::parse(&raw)?;
        let (task, _) = envelope.read(queue)?;
        let message = envelope.again(0, None).to_bytes();
        let call = Call::new(&self.scripts.replay).key(&ids).key(format!("{ids}:{letter}"));
        let call = call.key(list_key(queue, task.priority)).key(format!("{RESULT_PREFIX}{}", task.id));
        match call.arg(letter).arg(message).run::<u8>(&self.link).await? {
            0 => Err(unknown()),
            _ => Ok(()),
        }
    }
}
