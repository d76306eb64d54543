//! Signs of life; and the care for what those held who give none any more.

use std::collections::HashSet;
use std::sync::Weak;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::consumer::{RedisConsumer, UNACKED, UNACKED_INDEX};
use super::queue::ask;
use super::scripts::Call;
use crate::celery::{Envelope, list_key, matches_binding};
use crate::{QueueError, now_unix_ms};

/// The names of all workers of ours that are or were.
const WORKERS: &str = "interviewer:workers";
/// How often what is held too long is looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(10);
/// So many are put back at a time.
const AT_A_TIME: usize = 100;

fn alive(worker: &str) -> String {
    format!("interviewer:alive:{worker}")
}

/// Says that we live, for as long as a lease.
pub(crate) async fn show_life(consumer: &RedisConsumer) -> Result<(), QueueError> {
    let (name, lease) = (&consumer.roster.name, consumer.queue.settings.lease.as_millis().max(1) as u64);
    let mut pipe = redis::pipe();
    pipe.pset_ex(alive(name), "1", lease).ignore().sadd(WORKERS, name).ignore();
    let pipe = &pipe;
    consumer.link().run(|mut c| async move { pipe.query_async::<()>(&mut c).await }).await
}

/// Until the consumer is dropped.
pub(crate) async fn run(consumer: Weak<RedisConsumer>) {
    let (mut unknown, mut connection) = (HashSet::new(), 0);
    let (mut may_judge, mut next_sweep) = (Instant::now(), Instant::now());
    loop {
        let Some(us) = consumer.upgrade() else { return };
        let lease = us.queue.settings.lease;
        // after the server was away nobody's lease is worth anything until all had time to renew it
        let number = us.link().number().await;
        if number != connection {
            (connection, may_judge) = (number, Instant::now() + lease);
        }
        let mut result = show_life(&us).await;
        if result.is_ok() && Instant::now() >= may_judge {
            result = give_up_unknown(&us, &mut unknown).await;
            if result.is_ok() {
                result = bury_the_dead(&us).await;
            }
            if result.is_ok() && Instant::now() >= next_sweep {
                next_sweep = Instant::now() + SWEEP_EVERY;
                result = sweep(&us).await;
            }
        }
        if let Err(error) = result {
            tracing::warn!(%error, "a worker's sign of life failed");
        }
        drop(us);
        tokio::time::sleep(lease / 3).await;
    }
}

/// What we hold by the server's account but know nothing of (since an answer of the server's was lost) goes back; it
/// is given one beat's time, for it may just be on its way.
async fn give_up_unknown(us: &RedisConsumer, unknown: &mut HashSet<String>) -> Result<(), QueueError> {
    let held: HashSet<String> = ask(us.link(), redis::cmd("SMEMBERS").arg(us.held())).await?;
    let now: HashSet<String> = {
        let tags = us.tags();
        held.into_iter().filter(|tag| !tags.contains(tag)).collect()
    };
    for tag in now.intersection(unknown) {
        tracing::warn!(tag, "a task that was taken but never arrived goes back into its queue");
        restore(us, tag, &us.held()).await?;
    }
    *unknown = now;
    Ok(())
}

/// Puts back what dead workers of ours held.
async fn bury_the_dead(us: &RedisConsumer) -> Result<(), QueueError> {
    let workers: Vec<String> = ask(us.link(), redis::cmd("SMEMBERS").arg(WORKERS)).await?;
    for worker in workers.iter().filter(|worker| **worker != us.roster.name) {
        let lives: bool = ask(us.link(), redis::cmd("EXISTS").arg(alive(worker))).await?;
        if !lives {
            let put_back = restore_all(us, worker).await?;
            forget(us, worker).await?;
            tracing::warn!(worker, put_back, "a worker is gone; what it held goes back into its queues");
        }
    }
    Ok(())
}

async fn restore_all(us: &RedisConsumer, worker: &str) -> Result<usize, QueueError> {
    let held = RedisConsumer::held_by(worker);
    let tags: Vec<String> = ask(us.link(), redis::cmd("SMEMBERS").arg(&held)).await?;
    let mut put_back = 0;
    for tag in &tags {
        put_back += usize::from(restore(us, tag, &held).await?);
    }
    Ok(put_back)
}

async fn forget(us: &RedisConsumer, worker: &str) -> Result<(), QueueError> {
    let mut pipe = redis::pipe();
    pipe.srem(WORKERS, worker).ignore().del(alive(worker)).ignore();
    let pipe = &pipe;
    us.link().run(|mut c| async move { pipe.query_async::<()>(&mut c).await }).await
}

/// What has been held longer than the visibility timeout goes back, whoever holds it, as kombu's workers do it; what we
/// hold ourselves is touched long before.
async fn sweep(us: &RedisConsumer) -> Result<(), QueueError> {
    let (now, visibility) = (now_unix_ms() as f64 / 1000.0, us.queue.settings.visibility.as_secs_f64());
    let ours: Vec<String> = us.tags().iter().cloned().collect();
    if !ours.is_empty() {
        let mut touch = redis::cmd("ZADD");
        touch.arg(UNACKED_INDEX).arg("XX");
        for tag in &ours {
            touch.arg(now).arg(tag);
        }
        ask::<()>(us.link(), &touch).await?;
    }
    let mut old = redis::cmd("ZRANGEBYSCORE");
    old.arg(UNACKED_INDEX).arg("-inf").arg(now - visibility).arg("LIMIT").arg(0).arg(AT_A_TIME);
    let old: Vec<String> = ask(us.link(), &old).await?;
    for tag in old {
        restore(us, &tag, &us.held()).await?;
    }
    Ok(())
}

/// Puts one held message back, first in its queue; whether it was there.
async fn restore(us: &RedisConsumer, tag: &str, held: &str) -> Result<bool, QueueError> {
    let score: Option<f64> = ask(us.link(), redis::cmd("ZSCORE").arg(UNACKED_INDEX).arg(tag)).await?;
    let held_message: Option<Vec<u8>> = ask(us.link(), redis::cmd("HGET").arg(UNACKED).arg(tag)).await?;
    let (lists, message) = match held_message.as_deref().and_then(unpack) {
        Some((envelope, exchange, routing_key)) => {
            let lists = lists(us, &envelope, &exchange, &routing_key).await?;
            (lists, envelope.restored().to_bytes())
        }
        None => (Vec::new(), Vec::new()),
    };
    let script = &us.queue.scripts.restore;
    let mut call = Call::new(script).key(UNACKED_INDEX).key(UNACKED).key(held).arg(tag);
    call = call.arg(score.map(|score| score.to_string()).unwrap_or_default()).arg(message);
    for list in lists {
        call = call.key(list);
    }
    Ok(call.run::<u8>(us.link()).await? > 0)
}

/// The three parts of what kombu keeps: message, exchange, routing key.
fn unpack(held: &[u8]) -> Option<(Envelope, String, String)> {
    let Value::Array(parts) = serde_json::from_slice(held).ok()? else { return None };
    let text = |place: usize| Some(parts.get(place)?.as_str()?.to_owned());
    let envelope = Envelope::parse(parts.first()?.to_string().as_bytes()).ok()?;
    Some((envelope, text(1)?, text(2)?))
}

/// The lists that a message goes into.
async fn lists(us: &RedisConsumer, envelope: &Envelope, exchange: &str, key: &str) -> Result<Vec<String>, QueueError> {
    let priority = envelope.property("priority").and_then(Value::as_u64).map_or(0, |p| p.min(9) as u8);
    if exchange.is_empty() {
        return Ok(vec![list_key(key, priority)]);
    }
    let bindings: Vec<String> =
        ask(us.link(), redis::cmd("SMEMBERS").arg(format!("_kombu.binding.{exchange}"))).await?;
    Ok(bindings.iter().filter_map(|b| matches_binding(b, key)).map(|queue| list_key(queue, priority)).collect())
}

/// Gives up everything that we hold, and our name.
pub(crate) async fn leave(us: &RedisConsumer) -> Result<(), QueueError> {
    restore_all(us, &us.roster.name).await?;
    us.tags().clear();
    forget(us, &us.roster.name).await
}
