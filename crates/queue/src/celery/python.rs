//! Values as Python shows them; Celery's tools show a task's arguments so.

use std::fmt::Write;

use serde_json::Value;

/// No text of a value is longer, in characters.
const MOST_CHARACTERS: usize = 1024;

/// `value` as Python's `repr` writes it, cut off where it gets long.
pub(crate) fn repr(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    if text.chars().count() > MOST_CHARACTERS {
        text = text.chars().take(MOST_CHARACTERS - 3).chain("...".chars()).collect();
    }
    text
}

fn write(value: &Value, out: &mut String) {
    if out.len() > 4 * MOST_CHARACTERS {
        return;
    }
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => drop(write!(out, "{number}")),
        Value::String(text) => quote(text, out),
        Value::Array(values) => {
            out.push('[');
            for (place, value) in values.iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                write(value, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (place, (key, value)) in map.iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                quote(key, out);
                out.push_str(": ");
                write(value, out);
            }
            out.push('}');
        }
    }
}

fn quote(text: &str, out: &mut String) {
    let mark = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(mark);
    for c in text.chars().take(MOST_CHARACTERS) {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == mark => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => drop(write!(out, "\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push(mark);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_read_as_in_python() {
        let value = json!([1, 2.5, null, true, "it's", "a\n'\"", {"k": [false]}]);
        assert_eq!(repr(&value), r#"[1, 2.5, None, True, "it's", 'a\n\'"', {'k': [False]}]"#);
        assert_eq!(repr(&json!("x".repeat(5000))).chars().count(), 1024);
    }
}
