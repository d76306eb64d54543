//! Messages taken off their lists and read; what is none becomes a dead letter.

use std::sync::Arc;

use metrics::counter;
use redis::{FromRedisValue, Value as Reply};
use serde_json::{Value, json};
use uuid::Uuid;

use super::consumer::RedisConsumer;
use super::queue::{DEAD, take_prefixes};
use crate::celery::{Envelope, RESULT_PREFIX, from_meta, meta, repr};
use crate::queue::Wire;
use crate::{Delivery, Failure, Outcome, QueueError, Task, now_unix_ms};

impl RedisConsumer {
    /// Takes at most `most` messages that wait, without waiting for any.
    pub(super) async fn take(&self, most: usize) -> Result<Vec<Delivery>, QueueError> {
        let mut call = self.release(&self.queue.scripts.take).number(most).number(self.queue.settings.message_bytes);
        let now = now_unix_ms();
        call = call.number(now as f64 / 1000.0);
        for prefix in take_prefixes() {
            call = call.arg(prefix);
        }
        call = call.arg(Uuid::new_v4().to_string()).number(now).number(self.queue.settings.dead_letters);
        for (list, queue) in &self.lists {
            call = call.key(list).arg(queue);
        }
        let taken: Vec<Vec<Reply>> = call.run(self.link()).await?;
        let mut deliveries = Vec::new();
        for message in taken {
            match parts(message)? {
                Taken::Rubbish { reason, queue } => buried(&queue, &reason),
                // one that cannot be read now is not known to us, and so goes back with the next beat
                Taken::Message(message) => match self.read(message).await {
                    Ok(delivery) => deliveries.extend(delivery),
                    Err(error) => tracing::warn!(%error, "a message could not be dealt with; it will come again"),
                },
            }
        }
        Ok(deliveries)
    }

    /// A message that is no task becomes a dead letter.
    async fn read(&self, message: Message) -> Result<Option<Delivery>, QueueError> {
        let Message { tag, raw, queue, revoked, result } = message;
        let envelope = match Envelope::parse(&raw) {
            Ok(envelope) => envelope,
            Err(error) => {
                return self.entomb(&tag, &raw, &queue, "", "", &error.to_string(), None).await.map(|()| None);
            }
        };
        match envelope.read(&queue) {
            Ok((task, links)) => {
                let tag = String::from_utf8_lossy(&tag).into_owned(); // a part of what was read as UTF-8
                self.tags().insert(tag.clone());
                let done = result.and_then(|r| from_meta(&serde_json::from_slice::<Value>(&r).ok()?));
                self.events.send("task-received", || received(&task, &links.root));
                let redelivered = envelope.redelivered();
                let wire = Some(Arc::new(Wire { envelope, links }));
                Ok(Some(Delivery { task, tag, redelivered, revoked, done, wire }))
            }
            Err(error) => {
                let (task, id) = envelope.names();
                let failure = Failure::new(crate::FailureKind::Input, error.to_string());
                let record =
                    (!id.is_empty()).then(|| meta(&id, &Default::default(), &Outcome::Failed(failure), now_unix_ms()));
                self.entomb(&tag, &raw, &queue, &task, &id, &error.to_string(), record).await.map(|()| None)
            }
        }
    }

    /// Makes a held message a dead letter.
    #[expect(clippy::too_many_arguments, reason = "a letter's fields")]
    pub(super) async fn entomb(
        &self,
        tag: &[u8],
        raw: &[u8],
        queue: &str,
        task: &str,
        id: &str,
        reason: &str,
        record: Option<Value>,
    ) -> Result<(), QueueError> {
        let letter = Uuid::new_v4().to_string();
        let ids = format!("{DEAD}{queue}");
        let call = self.release(&self.queue.scripts.bury).key(&ids).key(format!("{ids}:{letter}"));
        let call = call.key(format!("{RESULT_PREFIX}{id}")).arg(tag).arg(&letter).arg(reason).number(now_unix_ms());
        let call = call.arg(task).arg(id).arg(raw).number(self.queue.settings.dead_letters);
        let record = record.map(|record| record.to_string()).unwrap_or_default();
        call.arg(record).number(self.seconds_kept()).run::<u8>(self.link()).await?;
        self.tags().remove(&*String::from_utf8_lossy(tag));
        buried(queue, reason);
        Ok(())
    }
}

enum Taken {
    Rubbish { reason: String, queue: String },
    Message(Message),
}

struct Message {
    tag: Vec<u8>,
    raw: Vec<u8>,
    queue: String,
    revoked: bool,
    result: Option<Vec<u8>>,
}

fn parts(reply: Vec<Reply>) -> Result<Taken, QueueError> {
    fn part<T: FromRedisValue>(reply: &mut std::vec::IntoIter<Reply>) -> Result<T, QueueError> {
        let value = reply.next().unwrap_or(Reply::Nil);
        T::from_redis_value(value)
            .map_err(|e| QueueError::Malformed { place: "the answer of take.lua".into(), reason: e.to_string() })
    }
    let mut reply = reply.into_iter();
    let tag: Option<Vec<u8>> = part(&mut reply)?;
    let (raw, queue): (Vec<u8>, String) = (part(&mut reply)?, part(&mut reply)?);
    let Some(tag) = tag else {
        return Ok(Taken::Rubbish { reason: String::from_utf8_lossy(&raw).into_owned(), queue });
    };
    let (revoked, result): (u8, _) = (part(&mut reply)?, part(&mut reply)?);
    Ok(Taken::Message(Message { tag, raw, queue, revoked: revoked > 0, result }))
}

fn buried(queue: &str, reason: &str) {
    counter!("interviewer_dead_letters_total", "queue" => queue.to_owned()).increment(1);
    tracing::warn!(queue, reason, "a message became a dead letter");
}

fn received(task: &Task, root: &Option<String>) -> Value {
    let (args, kwargs) = (repr(&task.args.clone().into()), repr(&task.kwargs.clone().into()));
    let time = |ms: Option<u64>| ms.map(crate::celery::iso8601);
    json!({
        "uuid": task.id, "name": task.name, "args": args, "kwargs": kwargs, "retries": task.retries, "root_id": root,
        "eta": time(task.not_before_unix_ms), "expires": time(task.expires_unix_ms),
    })
}
