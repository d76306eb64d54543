//! What follows a task: its callbacks, the next step of its chain, and its chord once all parts are there.

use serde_json::{Value, json};

use super::queue::{RedisQueue, ask};
use super::scripts::Call;
use crate::celery::{GROUP_PREFIX, Links, Parent, RESULT_PREFIX, exception, followers, from_meta, meta};
use crate::{Failure, FailureKind, Outcome, QueueError, Task, now_unix_ms};

/// Whoever claims to follow up a chord and dies leaves it to others after this time.
const CLAIM_S: u64 = 10;
/// That a chord was followed up is remembered for this long.
const DONE_S: u64 = 300;

/// Submits what follows `task`, of which `outcome` became. Run twice, it submits nothing twice.
pub(crate) async fn follow(
    queue: &RedisQueue,
    task: &Task,
    links: &Links,
    outcome: &Outcome,
) -> Result<(), QueueError> {
    let parent = parent(queue, &task.id, links.root.as_deref());
    match outcome {
        Outcome::Done(value) => {
            for (place, signature) in list(links.embed.get("callbacks")).iter().enumerate() {
                submit(queue, signature, std::slice::from_ref(value), &parent, place, &[]).await?;
            }
            if let Some((next, rest)) = list(links.embed.get("chain")).split_last() {
                submit(queue, next, std::slice::from_ref(value), &parent, 900, rest).await?;
            }
        }
        Outcome::Failed(failure) => {
            call_errbacks(queue, &list(links.embed.get("errbacks")), &parent).await?;
            fail_chain(queue, &list(links.embed.get("chain")), failure).await?;
        }
        Outcome::Revoked(_) => {}
    }
    if let (Some(chord), Some(group)) = (chord(&links.embed), &links.group) {
        part(queue, &task.id, group, links.group_index, chord, outcome).await?;
    }
    Ok(())
}

fn parent<'a>(queue: &'a RedisQueue, id: &'a str, root: Option<&'a str>) -> Parent<'a> {
    Parent { id, root, default_queue: &queue.settings.default_queue, now_unix_ms: now_unix_ms() }
}

fn list(value: Option<&Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(values)) => values.clone(),
        Some(Value::Object(map)) => vec![Value::Object(map.clone())],
        _ => Vec::new(),
    }
}

fn chord(embed: &serde_json::Map<String, Value>) -> Option<&Value> {
    embed.get("chord").filter(|chord| chord.is_object())
}

async fn submit(
    queue: &RedisQueue,
    signature: &Value,
    given: &[Value],
    parent: &Parent<'_>,
    place: usize,
    rest: &[Value],
) -> Result<(), QueueError> {
    let all = match followers(signature, given, parent, place) {
        Ok(all) => all,
        Err(reason) => {
            tracing::error!(task = parent.id, reason, "what follows this task cannot be started");
            return Ok(());
        }
    };
    for mut follower in all {
        if !rest.is_empty() {
            // a chain kept backwards: what the follower brought itself comes before the rest
            let mut chain = rest.to_vec();
            chain.extend(list(follower.links.embed.get("chain")));
            follower.links.embed.insert("chain".into(), chain.into());
        }
        follower.task.sent_unix_ms = Some(now_unix_ms());
        queue.send(&follower.task, &follower.links).await?;
    }
    Ok(())
}

async fn call_errbacks(queue: &RedisQueue, errbacks: &[Value], parent: &Parent<'_>) -> Result<(), QueueError> {
    for (place, signature) in errbacks.iter().enumerate() {
        submit(queue, signature, &[parent.id.into()], parent, 500 + place, &[]).await?;
    }
    Ok(())
}

/// The steps that will never be: whoever waits for one of them is told why.
async fn fail_chain(queue: &RedisQueue, chain: &[Value], failure: &Failure) -> Result<(), QueueError> {
    for step in chain.iter().rev() {
        let option = |name: &str| step.get("options").and_then(|options| options.get(name));
        let Some(id) = option("task_id").and_then(Value::as_str) else { continue };
        let outcome = Outcome::Failed(failure.clone());
        store(queue, id, &outcome).await?;
        let group = option("group_id").and_then(Value::as_str);
        if let (Some(chord), Some(group)) = (option("chord").filter(|chord| chord.is_object()), group) {
            let index = option("group_index").and_then(Value::as_i64);
            Box::pin(part(queue, id, group, index, chord, &outcome)).await?;
        }
    }
    Ok(())
}

async fn store(queue: &RedisQueue, id: &str, outcome: &Outcome) -> Result<(), QueueError> {
    let record = meta(id, &Links::default(), outcome, now_unix_ms()).to_string();
    // the script of a finished task, without a delivery to acknowledge
    let call = Call::new(&queue.scripts.finish).key("unacked_index").key("unacked").key("interviewer:held:");
    let call = call.key(format!("{RESULT_PREFIX}{id}")).key("").arg("").arg(&record);
    call.number(queue.settings.results_for.as_secs().max(1)).arg("").run::<u8>(&queue.link).await.map(drop)
}

/// Counts one part of a chord; whoever counts the last starts what follows.
async fn part(
    queue: &RedisQueue,
    id: &str,
    group: &str,
    index: Option<i64>,
    chord: &Value,
    outcome: &Outcome,
) -> Result<(), QueueError> {
    let (state, result) = match outcome {
        Outcome::Done(value) => ("SUCCESS", value.clone()),
        Outcome::Failed(failure) => ("FAILURE", exception(failure)),
        Outcome::Revoked(reason) => {
            ("REVOKED", exception(&chord_failure(reason, "celery.exceptions.TaskRevokedError")))
        }
    };
    let key = |suffix: &str| format!("{GROUP_PREFIX}{group}{suffix}");
    let index = index.map_or("+inf".to_owned(), |index| index.to_string());
    let call =
        Call::new(&queue.scripts.chord_part).key(key(".j")).key(key(".t")).key(key(".s")).key(key(".d")).key(key(".c"));
    let call = call.arg(format!("{id}:{index}")).arg(json!([1, id, state, result]).to_string()).arg(&index);
    let call = call.number(queue.settings.results_for.as_secs().max(1)).number(CLAIM_S).arg(id);
    let (claimed, _parts, _size): (u8, i64, i64) = call.run(&queue.link).await?;
    if claimed == 0 {
        return Ok(());
    }
    complete(queue, id, group, chord).await?;
    let call =
        Call::new(&queue.scripts.chord_end).key(key(".c")).key(key(".j")).key(key(".t")).key(key(".s")).key(key(".d"));
    call.arg(id).number(DONE_S).run::<u8>(&queue.link).await.map(drop)
}

async fn complete(queue: &RedisQueue, id: &str, group: &str, chord: &Value) -> Result<(), QueueError> {
    let mut range = redis::cmd("ZRANGE");
    range.arg(format!("{GROUP_PREFIX}{group}.j")).arg(0).arg(-1);
    let parts: Vec<Vec<u8>> = ask(&queue.link, &range).await?;
    let parts: Vec<Value> = parts.iter().filter_map(|part| serde_json::from_slice(part).ok()).collect();
    let body = chord.get("options").and_then(|options| options.get("task_id")).and_then(Value::as_str);
    let parent = parent(queue, id, None);
    match results(queue, group, &parts).await? {
        Ok(results) => submit(queue, chord, &[results], &parent, 700, &[]).await,
        Err(failure) => {
            let Some(body) = body else { return Ok(()) };
            let option = |name: &str| list(chord.get("options").and_then(|options| options.get(name)));
            call_errbacks(queue, &option("link_error"), &Parent { id: body, ..parent }).await?;
            store(queue, body, &Outcome::Failed(failure.clone())).await?;
            fail_chain(queue, &option("chain"), &failure).await
        }
    }
}

/// The results of a chord's parts in their order, or why there are none.
async fn results(queue: &RedisQueue, group: &str, parts: &[Value]) -> Result<Result<Value, Failure>, QueueError> {
    for part in parts {
        if part.get(2).and_then(Value::as_str) != Some("SUCCESS") {
            let (id, what) = (part.get(1).and_then(Value::as_str).unwrap_or_default(), part.get(3));
            let class = what.and_then(|what| what.get("exc_type")).and_then(Value::as_str).unwrap_or("Exception");
            let message = what.and_then(|what| what.get("exc_message")?.get(0)).cloned().unwrap_or_default();
            let reason = format!("Dependency {id} raised {class}({})", crate::celery::repr(&message));
            return Ok(Err(chord_failure(&reason, "celery.exceptions.ChordError")));
        }
    }
    let flat: Value = parts.iter().filter_map(|part| part.get(3).cloned()).collect();
    let mut get = redis::cmd("GET");
    get.arg(format!("{GROUP_PREFIX}{group}"));
    let shape: Option<Vec<u8>> = ask(&queue.link, &get).await?;
    // of groups within groups Celery keeps the shape; without it the parts stand as they were counted
    let shape: Option<Value> = shape.and_then(|shape| serde_json::from_slice(&shape).ok());
    match shape.as_ref().and_then(|shape| shape.get("result")?.get(1)) {
        Some(Value::Array(children)) => {
            let mut nested = Vec::new();
            for child in children {
                nested.push(Box::pin(shaped(queue, child, parts)).await?);
            }
            Ok(Ok(nested.into()))
        }
        _ => Ok(Ok(flat)),
    }
}

/// The result, or the list of results, of `[[id, parent], children]`.
async fn shaped(queue: &RedisQueue, tuple: &Value, parts: &[Value]) -> Result<Value, QueueError> {
    if let Some(Value::Array(children)) = tuple.get(1) {
        let mut nested = Vec::new();
        for child in children {
            nested.push(Box::pin(shaped(queue, child, parts)).await?);
        }
        return Ok(nested.into());
    }
    let id = tuple.get(0).and_then(|pair| pair.get(0)).and_then(Value::as_str).unwrap_or_default();
    if let Some(part) = parts.iter().find(|part| part.get(1).and_then(Value::as_str) == Some(id)) {
        return Ok(part.get(3).cloned().unwrap_or_default());
    }
    let mut get = redis::cmd("GET");
    get.arg(format!("{RESULT_PREFIX}{id}"));
    let record: Option<Vec<u8>> = ask(&queue.link, &get).await?;
    let outcome = record.and_then(|record| from_meta(&serde_json::from_slice(&record).ok()?));
    Ok(if let Some(Outcome::Done(value)) = outcome { value } else { Value::Null })
}

fn chord_failure(message: &str, class: &str) -> Failure {
    Failure { kind: FailureKind::Internal, message: message.to_owned(), class: Some(class.to_owned()) }
}
