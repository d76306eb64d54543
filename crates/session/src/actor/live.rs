//! A session at work: its parts, and what wakes it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use speech::Lexicon;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use turn::Profile;

use super::patience::Patience;
use super::{Outcome, RECORDING_FILE, Session, broken};
use crate::clock::Clock;
use crate::core::Core;
use crate::ears::{Ears, Heard, Sound, Tape};
use crate::engines::{EventLog, LogError};
use crate::event::{Event, Record};
use crate::hearing::Hearing;
use crate::jobs::{Done, Jobs};
use crate::link::{FromClient, Link, ToClient};
use crate::lobby::Notice;
use crate::measure::Meter;
use crate::mouth::{Mouth, Order, Spoken};
use crate::opus_tape::OpusTape;
use crate::recording::Recording;
use crate::reference::Reference;
use crate::view::View;

/// How often the recording is written to disk.
const FLUSH_EVERY: Duration = Duration::from_millis(500);

/// A session at work.
pub(super) struct Live {
    pub(super) id: String,
    pub(super) log: Arc<dyn EventLog>,
    pub(super) core: Core,
    pub(super) view: View,
    pub(super) clock: Clock,
    pub(super) seq: u64,
    pub(super) recording: Arc<Recording>,
    pub(super) keeping: Arc<AtomicBool>,
    pub(super) jobs: Jobs,
    pub(super) profile: Profile,
    pub(super) accommodation: f32,
    pub(super) resumed: bool,
    pub(super) meter: Meter,
    pub(super) patience: Patience,
    pub(super) outcome: Option<Outcome>,
    pub(super) incoming: mpsc::Receiver<FromClient>,
    pub(super) outgoing: mpsc::Sender<ToClient>,
    pub(super) sound: mpsc::Sender<Sound>,
    pub(super) orders: mpsc::Sender<Order>,
    pub(super) noticed: mpsc::Receiver<Heard>,
    pub(super) spoken: mpsc::Receiver<Spoken>,
    pub(super) done: mpsc::Receiver<Done>,
    pub(super) notice: watch::Receiver<Notice>,
}

/// What woke the actor.
enum Woken {
    Client(Option<FromClient>),
    Heard(Heard),
    Spoken(Spoken),
    Done(Done),
    Deadline,
    Slow,
    Flush,
    Notice,
}

impl Live {
    pub(super) async fn start(session: Session, records: Vec<Record>, link: Link) -> Result<Self, LogError> {
        let core = Core::restore(session.plan.clone(), &records);
        let recording = Recording::open(&session.folder.join(RECORDING_FILE)).map_err(broken)?;
        let logged_ms = records.last().map_or(0, |record| record.at_ms);
        let clock = Clock::starting_at(logged_ms.max(recording.length_ms()));
        let mut view = View::default();
        let captions = view.show_again(&records);
        let resumed = !records.is_empty();
        for message in std::iter::once(ToClient::Ready { resumed }).chain(captions) {
            let _ = link.outgoing.send(message).await;
        }
        let (recording, tape, reference) = (Arc::new(recording), Tape::default(), Reference::default());
        let keeping = Arc::new(AtomicBool::new(core.kept_from_ms().is_some()));
        let (done_sender, done) = mpsc::channel(64);
        let jobs = Jobs::new(session.engines.clone(), tape.clone(), session.plan.recognition_prompt(), done_sender);
        let (noticed_sender, noticed) = mpsc::channel(64);
        let (spoken_sender, spoken) = mpsc::channel(64);
        let (sound, heard) = mpsc::channel(256);
        let (orders, ordered) = mpsc::channel(16);
        let ears = Ears {
            clock,
            recording: recording.clone(),
            tape,
            keeping: keeping.clone(),
            packets: session.keep_opus.then(|| OpusTape::new(&session.folder)),
            reference: reference.clone(),
            hearing: Hearing::new(session.profile.pause_ms),
            activity: session.engines.activity.clone(),
            noticed: noticed_sender,
        };
        let (voice, outgoing) = (session.engines.voice.clone(), link.outgoing.clone());
        let lexicon = Arc::new(Lexicon::new(session.plan.lexicon.clone()));
        let mouth =
            Mouth { clock, recording: recording.clone(), reference, voice, lexicon, outgoing, spoken: spoken_sender };
        tokio::spawn(ears.run(heard));
        tokio::spawn(mouth.run(ordered));
        Ok(Self {
            id: session.id,
            log: session.log,
            core,
            view,
            clock,
            seq: records.last().map_or(0, |record| record.seq + 1),
            recording,
            keeping,
            jobs,
            profile: session.profile,
            accommodation: session.accommodation,
            resumed,
            meter: Meter::new(session.plan),
            patience: Patience::default(),
            outcome: None,
            incoming: link.incoming,
            outgoing: link.outgoing,
            sound,
            orders,
            noticed,
            spoken,
            done,
            notice: session.notice,
        })
    }

    pub(super) async fn run(mut self) -> Result<Outcome, LogError> {
        let unix_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64);
        let (resumed, profile, accommodation) = (self.resumed, self.profile, self.accommodation);
        let connected = Event::Connected { resumed, unix_ms, profile, accommodation };
        self.happen(connected).await?;
        let mut flush = tokio::time::interval(FLUSH_EVERY);
        while self.outcome.is_none() {
            let woken = self.wait(&mut flush).await;
            self.on_woken(woken).await?;
        }
        self.stop().await
    }

    async fn wait(&mut self, flush: &mut tokio::time::Interval) -> Woken {
        let deadline = self.core.deadline_ms().map(|due_ms| self.clock.instant(due_ms));
        let (due, slow) = (sleep_till(deadline), sleep_till(self.slow_at()));
        tokio::select! {
            Ok(()) = self.notice.changed() => Woken::Notice,
            Some(noticed) = self.noticed.recv() => Woken::Heard(noticed),
            Some(spoken) = self.spoken.recv() => Woken::Spoken(spoken),
            Some(done) = self.done.recv() => Woken::Done(done),
            message = self.incoming.recv() => Woken::Client(message),
            () = due => Woken::Deadline,
            () = slow => Woken::Slow,
            _ = flush.tick() => Woken::Flush,
        }
    }

    async fn on_woken(&mut self, woken: Woken) -> Result<(), LogError> {
        match woken {
            Woken::Client(Some(message)) => self.on_client(message).await,
            Woken::Client(None) => self.leave(Outcome::Disconnected),
            Woken::Notice => self.on_notice().await,
            Woken::Heard(noticed) => self.on_noticed(noticed).await,
            Woken::Spoken(spoken) => self.on_spoken(spoken).await,
            Woken::Done(done) => self.on_done(done).await,
            Woken::Deadline => self.let_time_pass().await,
            Woken::Slow => self.on_slow().await,
            Woken::Flush => self.flush(),
        }
    }

    pub(super) async fn on_notice(&mut self) -> Result<(), LogError> {
        let notice = *self.notice.borrow_and_update();
        let Some((code, message)) = notice.error() else { return Ok(()) };
        let outcome = if notice == Notice::TakenOver { Outcome::TakenOver } else { Outcome::Disconnected };
        self.tell(ToClient::Error { code, message: message.into() }).await;
        self.leave(outcome)
    }

    pub(super) fn leave(&mut self, outcome: Outcome) -> Result<(), LogError> {
        self.outcome = Some(outcome);
        Ok(())
    }
}

/// For good, if there is no time.
async fn sleep_till(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
