//! Answers Celery's remote control.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::task::JoinHandle;

use super::consumer::RedisConsumer;
use super::hub::Told;
use super::queue::ask;
use crate::QueueError;
use crate::celery::{Command, command, matches_binding, reply};
use crate::worker::Place;

/// Listens to commands for as long as there is nothing else to do.
const FOREVER: Duration = Duration::from_secs(3600);
/// Replies that nobody fetches are dropped after this time, as kombu's are.
const REPLIES_FOR_MS: u64 = 10_000;

/// Begins to answer.
pub(crate) async fn start(consumer: &Arc<RedisConsumer>) -> Result<JoinHandle<()>, QueueError> {
    let channel = format!("/{}.celery.pidbox", consumer.link().database());
    let mut listener = consumer.link().listen(&channel).await?;
    let consumer = Arc::downgrade(consumer);
    Ok(tokio::spawn(async move {
        loop {
            let told = listener.next(FOREVER).await;
            let Some(consumer) = consumer.upgrade() else { return };
            if let Some(Told::Message(message)) = told
                && let Some(command) = command(&message, &consumer.roster.name)
                && let Some(answer) = answer(&consumer, &command).await
            {
                send(&consumer, &command, &answer).await;
            }
        }
    }))
}

/// What is done and answered; `None` when nothing is to be said.
async fn answer(consumer: &RedisConsumer, command: &Command) -> Option<Value> {
    let roster = &consumer.roster;
    let arguments = &command.arguments;
    Some(match command.method.as_str() {
        "ping" => json!({"ok": "pong"}),
        "hello" => match arguments.get("from_node").and_then(Value::as_str) {
            Some(node) if node == roster.name => return None,
            _ => {
                roster.revoke(&revoked(arguments.get("revoked")), false);
                json!({"revoked": roster.revoked(), "clock": consumer.events.tick()})
            }
        },
        "clock" => json!({"clock": consumer.events.tick()}),
        "registered" | "dump_tasks" => roster.tasks.clone().into(),
        "active" | "dump_active" => roster.infos(Place::Active).into(),
        "reserved" | "dump_reserved" => roster.infos(Place::Reserved).into(),
        "scheduled" | "dump_schedule" => roster.infos(Place::Scheduled).into(),
        "revoked" | "dump_revoked" => roster.revoked().into(),
        "query_task" => roster.found(&texts(arguments.get("ids"))),
        "active_queues" => roster.queues.iter().map(|queue| described(queue)).collect(),
        "stats" => roster.stats(consumer.events.tick()),
        "conf" | "dump_conf" => json!({"task_default_queue": consumer.queue.settings.default_queue,
            "result_expires": consumer.queue.settings.results_for.as_secs(), "worker_concurrency": roster.concurrency}),
        "report" => json!({"ok": format!("interviewer {}", env!("CARGO_PKG_VERSION"))}),
        "revoke" => revoke(consumer, arguments, flag(arguments, "terminate") || flag(arguments, "stop")),
        "terminate" => revoke(consumer, arguments, true),
        "enable_events" => events(consumer, true),
        "disable_events" => events(consumer, false),
        "heartbeat" => {
            consumer.events.heartbeat().await;
            return None;
        }
        "shutdown" => {
            tracing::warn!("told to shut down by remote control");
            roster.stop();
            return None;
        }
        other => json!({"error": format!("this worker does not know the command {other}")}),
    })
}

fn revoke(consumer: &RedisConsumer, arguments: &Map<String, Value>, stop: bool) -> Value {
    let ids = texts(arguments.get("task_id"));
    let stopped = consumer.roster.revoke(&ids, stop);
    let text = match (stop, stopped.is_empty()) {
        (true, true) => "terminate: tasks unknown".to_owned(),
        (true, false) => format!("terminate: {}", stopped.join(", ")),
        (false, _) => format!("tasks {} flagged as revoked", ids.join(", ")),
    };
    json!({"ok": text})
}

fn events(consumer: &RedisConsumer, tell: bool) -> Value {
    let word = if tell { "enabled" } else { "disabled" };
    let already = if consumer.events.tell_of_tasks(tell) { "" } else { "already " };
    json!({"ok": format!("task events {already}{word}")})
}

fn described(queue: &str) -> Value {
    json!({
        "name": queue, "routing_key": queue, "durable": true, "exclusive": false, "auto_delete": false, "no_ack": false,
        "exchange": {"name": queue, "type": "direct", "durable": true, "auto_delete": false, "delivery_mode": "persistent"},
    })
}

fn flag(arguments: &Map<String, Value>, name: &str) -> bool {
    arguments.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// One text or a list of them.
fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(values)) => values.iter().filter_map(|v| Some(v.as_str()?.to_owned())).collect(),
        _ => Vec::new(),
    }
}

/// Mingle tells of revoked tasks as a list, older workers as an object.
fn revoked(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Object(map)) => map.keys().cloned().collect(),
        other => texts(other),
    }
}

/// Puts the answer into the queues that are bound for it.
async fn send(consumer: &RedisConsumer, command: &Command, answer: &Value) {
    let (Some((exchange, routing_key)), link) = (&command.reply_to, consumer.link()) else { return };
    let Some(message) = reply(&consumer.roster.name, answer, command, consumer.events.tick()) else { return };
    let mut members = redis::cmd("SMEMBERS");
    members.arg(format!("_kombu.binding.{exchange}"));
    let bindings: Vec<String> = ask(link, &members).await.unwrap_or_default();
    for queue in bindings.iter().filter_map(|binding| matches_binding(binding, routing_key)) {
        let mut pipe = redis::pipe();
        pipe.lpush(queue, message.as_slice()).ignore().pexpire(queue, REPLIES_FOR_MS as i64).ignore();
        let pipe = &pipe;
        if let Err(error) = link.run(|mut c| async move { pipe.query_async::<()>(&mut c).await }).await {
            tracing::warn!(%error, "a reply to remote control could not be sent");
        }
    }
}
