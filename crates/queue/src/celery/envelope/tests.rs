//! What is written is read again, and nothing that comes in panics.

use proptest::prelude::*;

use super::*;

fn task() -> Task {
    Task {
        args: vec![json!(1)],
        priority: 5,
        not_before_unix_ms: Some(1_795_546_720_540),
        expires_unix_ms: Some(1_795_546_730_000),
        hard_limit_ms: Some(10_000),
        soft_limit_ms: Some(5_500),
        idempotency_key: Some("k".into()),
        retries: 2,
        ..Task::new("t.add", "stt", Map::from_iter([("x".into(), json!("é"))]))
    }
}

#[test]
fn what_is_written_is_read_again() {
    let links = Links { group: Some("g".into()), group_index: Some(3), ..Links::default() };
    let envelope = Envelope::parse(&Envelope::of(&task(), &links, "me").to_bytes()).unwrap();
    let (read, read_links) = envelope.read("stt").unwrap();
    assert_eq!(read, Task { id: read.id.clone(), ..task() });
    assert_eq!((read_links.group, read_links.group_index), (links.group, links.group_index));
    assert_eq!(read_links.root, Some(read.id));
}

#[test]
fn a_retry_and_a_restored_message_stay_the_task() {
    let envelope = Envelope::of(&task(), &Links::default(), "me");
    let again = envelope.again(3, None);
    assert_ne!(again.tag(), envelope.tag());
    let (read, _) = again.read("stt").unwrap();
    assert_eq!((read.retries, read.not_before_unix_ms), (3, None));
    assert!(!again.redelivered() && envelope.restored().redelivered());
    assert_eq!(envelope.restored().tag(), envelope.tag());
}

proptest! {
    #[test]
    fn nothing_that_comes_in_panics(
        eta in "\\PC{0,30}", id in any::<i64>(), priority in any::<f64>(), body in "[A-Za-z0-9+/=]{0,40}",
        compression in prop::option::of("[a-z/-]{0,20}"), limit in any::<f64>(),
    ) {
        let message = json!({
            "body": body, "content-type": "application/json",
            "headers": {"task": "t", "id": id, "eta": eta, "compression": compression, "timelimit": [limit]},
            "properties": {"priority": priority, "body_encoding": "base64"},
        });
        if let Ok(envelope) = Envelope::parse(message.to_string().as_bytes()) {
            let _ = envelope.read("q");
            let _ = Envelope::parse(&envelope.restored().again(1, None).to_bytes());
        }
    }

    #[test]
    fn bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Envelope::parse(&bytes);
    }
}
