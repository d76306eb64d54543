//! Which packets are for which call.

use std::collections::HashMap;

use str0m::ice::StunMessage;
use tokio::sync::mpsc;

use super::{Back, Gateway, Packet};
use crate::way::{Carrier, Far, is_sound};

/// Addresses and names of one call: more than a client that moves about needs.
const MAX_ADDRESSES: usize = 64;
const MAX_NAMES: usize = 64;

#[derive(Default)]
pub(super) struct Routes {
    number: u64,
    calls: HashMap<u64, Entry>,
    names: HashMap<String, u64>,
    sources: HashMap<Far, u64>,
    /// The calls' voices, by the number of their stream (SSRC).
    voices: HashMap<u32, u64>,
    participants: HashMap<String, u64>,
}

pub(super) struct Entry {
    pub(super) packets: mpsc::Sender<Packet>,
    back: mpsc::Sender<Back>,
    owner: (String, String),
    names: Vec<String>,
    sources: Vec<Far>,
    voice: Option<u32>,
    participant: String,
}

/// A call's place at the ports; given back when dropped.
pub(crate) struct Place {
    pub(super) gateway: Gateway,
    pub(super) number: u64,
    pub(crate) packets: mpsc::Receiver<Packet>,
    pub(crate) back: mpsc::Receiver<Back>,
}

impl Entry {
    pub(super) fn new(
        packets: mpsc::Sender<Packet>,
        back: mpsc::Sender<Back>,
        participant: &str,
        owner: (&str, &str),
    ) -> Self {
        let (owner, participant) = ((owner.0.to_owned(), owner.1.to_owned()), participant.to_owned());
        Self { packets, back, owner, names: Vec::new(), sources: Vec::new(), voice: None, participant }
    }
}

impl Routes {
    /// Takes a call in; its number.
    pub(super) fn enter(&mut self, entry: Entry) -> u64 {
        self.number += 1;
        self.participants.insert(entry.participant.clone(), self.number);
        self.calls.insert(self.number, entry);
        self.number
    }

    /// Where the call of `participant` takes a client that is back, if it is `owner`'s.
    pub(super) fn way_back(&self, participant: &str, owner: (&str, &str)) -> Option<mpsc::Sender<Back>> {
        let entry = self.participants.get(participant).and_then(|number| self.calls.get(number))?;
        let is_owner = (entry.owner.0.as_str(), entry.owner.1.as_str()) == owner;
        is_owner.then(|| entry.back.clone())
    }

    /// The call that a packet is for. A client's question by name also says where it is now; until it asks from a new
    /// address (its router gave it another one in mid-word, say), its voice is known by its number.
    pub(super) fn find(&mut self, source: Far, bytes: &[u8]) -> Option<&Entry> {
        let known = self.sources.get(&source).copied();
        let asked = named(bytes).and_then(|name| self.names.get(&name)).copied();
        if let Some(number) = asked.filter(|_| asked != known) {
            self.learn(source, number);
        }
        let voice = voice(bytes);
        let number = match (asked.or(known), voice) {
            (Some(number), Some(voice)) => self.note_voice(number, voice),
            (Some(number), None) => number,
            (None, voice) => self.voices.get(&voice.filter(|_| source.carrier == Carrier::Udp)?).copied()?,
        };
        self.calls.get(&number)
    }

    fn note_voice(&mut self, number: u64, voice: u32) -> u64 {
        if let Some(entry) = self.calls.get_mut(&number).filter(|entry| entry.voice != Some(voice)) {
            let before = entry.voice.replace(voice);
            if let Some(before) = before.filter(|before| self.voices.get(before) == Some(&number)) {
                self.voices.remove(&before);
            }
            self.voices.insert(voice, number);
        }
        number
    }

    fn learn(&mut self, source: Far, number: u64) {
        let Some(entry) = self.calls.get_mut(&number) else { return };
        if entry.sources.len() >= MAX_ADDRESSES {
            let oldest = entry.sources.remove(0);
            self.sources.remove(&oldest);
        }
        entry.sources.push(source);
        if let Some(other) = self.sources.insert(source, number).and_then(|other| self.calls.get_mut(&other)) {
            other.sources.retain(|known| *known != source);
        }
    }

    /// Lets a call go; where its client was.
    fn leave(&mut self, number: u64) -> Vec<Far> {
        let Some(entry) = self.calls.remove(&number) else { return Vec::new() };
        for name in &entry.names {
            self.names.remove(name);
        }
        for source in &entry.sources {
            self.sources.remove(source);
        }
        if let Some(voice) = entry.voice.filter(|voice| self.voices.get(voice) == Some(&number)) {
            self.voices.remove(&voice);
        }
        self.participants.remove(&entry.participant);
        entry.sources
    }
}

/// The name that a client's question (a STUN binding request) asks for.
pub(super) fn named(bytes: &[u8]) -> Option<String> {
    if bytes.first().is_none_or(|first| *first > 1) {
        return None;
    }
    let message = StunMessage::parse(bytes).ok()?;
    message.split_username().map(|(ours, _)| ours.to_owned())
}

/// The number of the stream that a packet of sound is of (RFC 3550), if it is one and no report.
fn voice(bytes: &[u8]) -> Option<u32> {
    let is_report = |kind: &u8| (64..96).contains(&(kind & 0x7f)); // RFC 5761
    let is_sound = is_sound(bytes) && bytes.get(1).is_some_and(|kind| !is_report(kind));
    let number = bytes.get(8..12).filter(|_| is_sound)?;
    number.try_into().ok().map(u32::from_be_bytes)
}

impl Place {
    /// From now on questions for `name` are this call's.
    pub(crate) fn go_by(&self, name: String) {
        let mut routes = self.gateway.lock();
        let Some(entry) = routes.calls.get_mut(&self.number) else { return };
        if entry.names.contains(&name) {
            return;
        }
        entry.names.push(name.clone());
        let oldest = (entry.names.len() > MAX_NAMES).then(|| entry.names.remove(0));
        if let Some(oldest) = oldest {
            routes.names.remove(&oldest);
        }
        routes.names.insert(name, self.number);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let sources = self.gateway.lock().leave(self.number);
        self.gateway.let_go(&sources);
    }
}
