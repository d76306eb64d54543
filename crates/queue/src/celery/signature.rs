//! Signatures: tasks to be submitted once another is done.

use serde_json::{Map, Value};

use super::{Links, unix_ms};
use crate::Task;

/// A task that follows, with what hangs on it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Follower {
    pub(crate) task: Task,
    pub(crate) links: Links,
}

/// Why a signature cannot be followed.
pub(crate) type FollowerError = String;

/// Who submits: the task that was done.
pub(crate) struct Parent<'a> {
    pub(crate) id: &'a str,
    pub(crate) root: Option<&'a str>,
    /// Where tasks go whose signature names no queue.
    pub(crate) default_queue: &'a str,
    pub(crate) now_unix_ms: u64,
}

/// The tasks that `signature` asks for, handed `given` before its own arguments; `place` tells signatures of the same
/// parent apart, so that a repeated run makes the same ids.
pub(crate) fn followers(
    signature: &Value,
    given: &[Value],
    parent: &Parent<'_>,
    place: usize,
) -> Result<Vec<Follower>, FollowerError> {
    let kind = signature.get("subtask_type").and_then(Value::as_str);
    let tasks = |name: &str| signature.get("kwargs").and_then(|k| k.get(name)).and_then(Value::as_array).cloned();
    match kind {
        None => Ok(vec![plain(signature, given, parent, place)?]),
        Some("chain") => {
            let mut steps = tasks("tasks").unwrap_or_default();
            if steps.is_empty() {
                return Ok(Vec::new());
            }
            let mut first = followers(&steps.remove(0), given, parent, place)?;
            // Celery keeps a chain's rest backwards, the next step last
            steps.reverse();
            for follower in &mut first {
                follower.links.embed.insert("chain".into(), steps.clone().into());
            }
            Ok(first)
        }
        Some("group") => {
            let group = option(signature, "task_id").unwrap_or_else(|| derived(parent.id, place));
            let mut all = Vec::new();
            for (index, step) in tasks("tasks").unwrap_or_default().iter().enumerate() {
                for mut follower in followers(step, given, parent, place * 1000 + index)? {
                    follower.links.group.get_or_insert_with(|| group.clone());
                    follower.links.group_index.get_or_insert(index as i64);
                    all.push(follower);
                }
            }
            Ok(all)
        }
        Some(other) => Err(format!("a {other} that follows a task can only be started by a Python worker")),
    }
}

fn plain(signature: &Value, given: &[Value], parent: &Parent<'_>, place: usize) -> Result<Follower, FollowerError> {
    let name = signature.get("task").and_then(Value::as_str).ok_or("a signature without a task's name")?;
    let own = signature.get("args").and_then(Value::as_array).cloned().unwrap_or_default();
    let immutable = signature.get("immutable").and_then(Value::as_bool).unwrap_or(false);
    let args = if immutable { own } else { given.iter().cloned().chain(own).collect() };
    let kwargs = signature.get("kwargs").and_then(Value::as_object).cloned().unwrap_or_default();
    let text = |name| option(signature, name);
    let number = |name: &str| options(signature)?.get(name)?.as_f64();
    let after = |seconds: Option<f64>| seconds.map(|s| parent.now_unix_ms + (s.max(0.0) * 1000.0) as u64);
    let task = Task {
        id: text("task_id").unwrap_or_else(|| derived(parent.id, place)),
        name: name.to_owned(),
        queue: text("queue").or_else(|| text("routing_key")).unwrap_or_else(|| parent.default_queue.to_owned()),
        args,
        kwargs,
        priority: number("priority").map_or(0, |p| p.clamp(0.0, 9.0) as u8),
        not_before_unix_ms: after(number("countdown")).or_else(|| unix_ms(&text("eta")?)),
        expires_unix_ms: after(number("expires")).or_else(|| unix_ms(&text("expires")?)),
        soft_limit_ms: number("soft_time_limit").map(|s| (s * 1000.0) as u64),
        hard_limit_ms: number("time_limit").map(|s| (s * 1000.0) as u64),
        ignore_result: options(signature).and_then(|o| o.get("ignore_result")?.as_bool()).unwrap_or(false),
        ..Task::default()
    };
    let mut embed = Map::new();
    for (from, to) in [("link", "callbacks"), ("link_error", "errbacks"), ("chain", "chain"), ("chord", "chord")] {
        if let Some(value) = options(signature).and_then(|o| o.get(from)).filter(|value| !value.is_null()) {
            let list = from.starts_with("link") && !value.is_array();
            embed.insert(to.into(), if list { vec![value.clone()].into() } else { value.clone() });
        }
    }
    let links = Links {
        group: text("group_id"),
        group_index: number("group_index").map(|index| index as i64),
        root: text("root_id").or_else(|| parent.root.map(str::to_owned)),
        parent: Some(parent.id.to_owned()),
        embed,
    };
    Ok(Follower { task, links })
}

fn options(signature: &Value) -> Option<&Map<String, Value>> {
    signature.get("options")?.as_object()
}

fn option(signature: &Value, name: &str) -> Option<String> {
    Some(options(signature)?.get(name)?.as_str()?.to_owned())
}

/// An id that the same parent gives the same follower each time.
fn derived(parent: &str, place: usize) -> String {
    use sha2::Digest;
    let hash = sha2::Sha256::digest(format!("{parent}/{place}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// All bindings of a queue that Celery itself would make: the queue under its own name.
pub(crate) fn prefixed(queue: &str) -> String {
    [queue, "", queue].join(super::SEPARATOR)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parent() -> Parent<'static> {
        Parent { id: "p", root: Some("r"), default_queue: "celery", now_unix_ms: 1000 }
    }

    #[test]
    fn a_callback_gets_the_result_first_unless_it_is_immutable() {
        let mut signature = json!({"task": "t", "args": [2], "kwargs": {"k": 1}, "immutable": false, "subtask_type": null,
            "options": {"queue": "py", "priority": 5, "countdown": 2, "link_error": {"task": "e"}}});
        let all = followers(&signature, &[json!("r")], &parent(), 0).unwrap();
        let Follower { task, links } = &all[0];
        assert_eq!(task.args, [json!("r"), json!(2)]);
        assert_eq!((task.queue.as_str(), task.priority, task.not_before_unix_ms), ("py", 5, Some(3000)));
        assert_eq!((links.parent.as_deref(), links.root.as_deref()), (Some("p"), Some("r")));
        assert_eq!(links.embed["errbacks"], json!([{"task": "e"}]));
        assert_eq!(all, followers(&signature, &[json!("r")], &parent(), 0).unwrap(), "the same ids again");
        signature["immutable"] = true.into();
        assert_eq!(followers(&signature, &[json!("r")], &parent(), 0).unwrap()[0].task.args, [json!(2)]);
    }

    #[test]
    fn chains_and_groups_are_started_and_chords_are_not() {
        let step = |name: &str| json!({"task": name, "args": [], "kwargs": {}, "options": {}, "subtask_type": null});
        let chain = json!({"task": "celery.chain", "subtask_type": "chain", "kwargs": {"tasks": [step("a"), step("b"), step("c")]}});
        let started = followers(&chain, &[], &parent(), 0).unwrap();
        assert_eq!((started.len(), started[0].task.name.as_str()), (1, "a"));
        assert_eq!(started[0].links.embed["chain"], json!([step("c"), step("b")]));
        let group =
            json!({"task": "celery.group", "subtask_type": "group", "kwargs": {"tasks": [step("a"), step("b")]}});
        let started = followers(&group, &[], &parent(), 0).unwrap();
        assert_eq!(started.len(), 2);
        assert!(started[0].links.group == started[1].links.group && started[0].task.id != started[1].task.id);
        assert!(followers(&json!({"subtask_type": "chord"}), &[], &parent(), 0).is_err());
        assert!(followers(&json!(3), &[], &parent(), 0).is_err());
    }
}
