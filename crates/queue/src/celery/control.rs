//! Remote control by Celery's pidbox: commands that reach all workers, and their replies.

use serde_json::{Map, Value, json};

use super::{Envelope, SEPARATOR};

/// A command.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    pub(crate) method: String,
    pub(crate) arguments: Map<String, Value>,
    pub(crate) ticket: Value,
    /// Exchange and routing key of where the answer goes.
    pub(crate) reply_to: Option<(String, String)>,
}

/// The command in a message, if it is meant for `hostname`.
pub(crate) fn command(message: &[u8], hostname: &str) -> Option<Command> {
    let body = Envelope::parse(message).ok()?.plain_body()?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let meant = match (body.get("destination"), text("pattern"), text("matcher")) {
        (Some(Value::Array(names)), _, _) => names.iter().any(|name| name == hostname),
        (Some(Value::String(name)), _, _) => name == hostname,
        (_, Some(pattern), Some("glob")) => glob(pattern, hostname),
        (_, Some(_), Some(_)) => false,
        _ => true,
    };
    let method = text("method")?.to_owned();
    let arguments = body.get("arguments").and_then(Value::as_object).cloned().unwrap_or_default();
    let reply_to = body
        .get("reply_to")
        .and_then(|to| Some((to.get("exchange")?.as_str()?.to_owned(), to.get("routing_key")?.as_str()?.to_owned())));
    let ticket = body.get("ticket").cloned().unwrap_or_default();
    meant.then_some(Command { method, arguments, ticket, reply_to })
}

/// The message that answers a command.
pub(crate) fn reply(hostname: &str, answer: &Value, command: &Command, clock: u64) -> Option<Vec<u8>> {
    let (exchange, routing_key) = command.reply_to.as_ref()?;
    let headers = json!({"ticket": command.ticket, "clock": clock});
    Some(Envelope::plain(&json!({hostname: answer}), headers, exchange, routing_key).to_bytes())
}

/// The queue of a binding (a member of kombu's binding set), if it is for `routing_key`.
pub(crate) fn matches_binding<'a>(binding: &'a str, routing_key: &str) -> Option<&'a str> {
    let mut parts = binding.split(SEPARATOR);
    let (key, _pattern, queue) = (parts.next()?, parts.next()?, parts.next()?);
    (key == routing_key).then_some(queue)
}

/// Shell patterns: `*` any text, `?` any character.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    // matches[i]: the pattern so far fits the first i characters
    let mut matches = vec![false; text.len() + 1];
    matches[0] = true;
    for p in pattern {
        let before = matches.clone();
        matches[0] = p == '*' && before[0];
        for (i, c) in text.iter().enumerate() {
            matches[i + 1] = if p == '*' { before[i + 1] || matches[i] } else { before[i] && (p == '?' || p == *c) };
        }
    }
    matches.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &Value) -> Vec<u8> {
        Envelope::plain(body, json!({}), "celery.pidbox", "").to_bytes()
    }

    #[test]
    fn commands_reach_whom_they_are_meant_for() {
        let all = json!({"method": "ping", "arguments": {}, "destination": null, "pattern": null, "matcher": null});
        assert!(command(&message(&all), "a@b").is_some());
        for (destination, pattern, meant) in [
            (json!(["a@b"]), None, true),
            (json!(["x@b"]), None, false),
            (json!(null), Some("a@*"), true),
            (json!(null), Some("?b@*"), false),
        ] {
            let body = json!({"method": "ping", "destination": destination, "pattern": pattern, "matcher": "glob"});
            assert_eq!(command(&message(&body), "a@b").is_some(), meant, "{body}");
        }
        assert!(command(b"rubbish", "a@b").is_none());
    }

    #[test]
    fn bindings_name_their_queue() {
        assert_eq!(matches_binding("k\x06\x16\x06\x16k.reply", "k"), Some("k.reply"));
        assert_eq!(matches_binding("k\x06\x16\x06\x16k.reply", "x"), None);
        assert_eq!(matches_binding("rubbish", "x"), None);
    }
}
