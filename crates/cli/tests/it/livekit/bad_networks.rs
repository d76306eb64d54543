//! Networks that break, change and block, with the true session behind: what was begun is gone on with.

use std::cell::Cell;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Held, hold_and, python};
use crate::network::{FRONT, Network, free_port};
use crate::program::Server;

/// A server that clients find at the front of a network.
struct Behind {
    python: PathBuf,
    network: Network,
    server: Server,
}

impl Behind {
    /// `None` where there is no client to try it with.
    fn start() -> Option<Self> {
        let python = python()?;
        let (udp, tcp) = (free_port(), free_port());
        let server = Server::start_with(&[
            ("INTERVIEWER_LIVEKIT__UDP_PORT", &udp.to_string()),
            ("INTERVIEWER_LIVEKIT__TCP_PORT", &tcp.to_string()),
            ("INTERVIEWER_LIVEKIT__PUBLIC_ADDRESSES", FRONT),
        ]);
        let network = Network::new();
        network.udp(udp);
        network.tcp(tcp);
        let http = server.address.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        network.tcp(http.unwrap());
        Some(Self { python, network, server })
    }

    /// An interview in whose course `happens` is called when the candidate has begun to answer a question, with its number.
    fn hold(&self, happens: impl Fn(&Network, &str)) -> Held {
        let told = |told: &Value| {
            if let Some(question) = told["says"].as_str() {
                happens(&self.network, question);
            }
        };
        let held = hold_and(&self.python, &self.server, "single", json!([]), Some(FRONT), told);
        assert_eq!(held.last("disconnected"), "ROOM_DELETED", "{:#?}", held.told);
        assert_eq!(self.server.status(&held.id), "completed");
        let greetings = self.entries(&held).iter().filter(|entry| has(entry, "Hello, and welcome")).count();
        assert_eq!(greetings, 1, "no second greeting");
        held
    }

    fn entries(&self, held: &Held) -> Vec<Value> {
        let transcript = self.server.file(&held.id, "transcript.json").json();
        transcript["entries"].as_array().unwrap().clone()
    }

    /// How often a session was begun.
    fn sessions(&self, held: &Held) -> usize {
        let events = String::from_utf8(self.server.file(&held.id, "events.jsonl").body).unwrap();
        events.matches("\"connected\"").count()
    }
}

fn has(entry: &Value, words: &str) -> bool {
    entry["text"].as_str().is_some_and(|text| text.to_lowercase().contains(&words.to_lowercase()))
}

#[test]
fn an_outage_of_ten_seconds_pauses_the_interview_which_goes_on_in_mid_question() {
    let Some(behind) = Behind::start() else { return };
    let cut = Cell::new(false);
    let held = behind.hold(|network, question| {
        if question == "1" && !cut.replace(true) {
            std::thread::sleep(Duration::from_millis(4500)); // "... sends letters to customers, and it ..."
            network.cut_for(Duration::from_secs(10));
        }
    });
    assert_eq!(behind.sessions(&held), 2);
    let entries = behind.entries(&held);
    let of_kind = |kind: &str| entries.iter().filter(|entry| entry["kind"] == kind).count();
    assert_eq!((of_kind("welcome"), of_kind("repeat")), (1, 1), "it goes on where it was: {entries:#?}");
    for words in ["letters to customers", "clock"] {
        assert!(entries.iter().any(|entry| has(entry, words)), "{words}: {entries:#?}");
    }
}

#[test]
fn a_client_with_another_address_goes_on_and_not_a_word_is_lost() {
    let Some(behind) = Behind::start() else { return };
    let held = behind.hold(|network, question| match question {
        // the router gives it another port in mid-word
        "1" => {
            std::thread::sleep(Duration::from_millis(2500));
            network.renumber();
        }
        // it goes to another network in mid-word, where it has other sockets
        "2" => {
            std::thread::sleep(Duration::from_millis(3200));
            network.move_clients();
        }
        _ => {}
    });
    let entries = behind.entries(&held);
    let whole = ["small service", "letters to customers", "two years"];
    assert!(entries.iter().any(|entry| whole.iter().all(|words| has(entry, words))), "{entries:#?}");
    assert!(held.all("reconnected").count() >= 1, "{:#?}", held.told);
    for words in ["hardest fault", "clock"] {
        assert!(entries.iter().any(|entry| has(entry, words)), "{words}: {entries:#?}");
    }
}

#[test]
fn a_client_that_no_datagram_leaves_is_interviewed_over_tcp() {
    let Some(behind) = Behind::start() else { return };
    behind.network.block_udp();
    let held = behind.hold(|_, _| ());
    assert_eq!((behind.network.datagrams(), behind.sessions(&held)), (0, 1));
    let entries = behind.entries(&held);
    for words in ["letters to customers", "two years", "clock"] {
        assert!(entries.iter().any(|entry| has(entry, words)), "{words}: {entries:#?}");
    }
    super::heard_again(&held, &held.words("interviewer"));
}

#[test]
fn a_client_whose_datagrams_are_blocked_in_mid_question_falls_to_tcp() {
    let Some(behind) = Behind::start() else { return };
    let held = behind.hold(|network, question| {
        if question == "1" {
            assert!(network.datagrams() > 0);
            std::thread::sleep(Duration::from_millis(2500));
            network.block_udp();
        }
    });
    let entries = behind.entries(&held);
    for words in ["letters", "clock"] {
        assert!(entries.iter().any(|entry| has(entry, words)), "{words}: {entries:#?}");
    }
}
