//! The actor of one live interview. It feeds the [`Core`], makes each event durable, and only then carries it out.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use interview::{EndReason, Intent, Plan, consent_reply, intent};
use metrics::{counter, histogram};
use speech::{EngineError, Word};
use tokio::sync::{mpsc, watch};
use tokio::time::sleep_until;
use turn::{Ending, Profile, Segment, Segmenter, ending};

use crate::clock::Clock;
use crate::core::{Core, Timed};
use crate::ears::{Ears, Noticed, Tape};
use crate::engines::{Engines, EventLog, LogError};
use crate::event::{Event, Record, Source};
use crate::jobs::{Done, Jobs};
use crate::link::{FromClient, Link, ToClient};
use crate::lobby::Notice;
use crate::mouth::{Mouth, Order, Spoken};
use crate::recording::Recording;
use crate::view::{View, theirs};

/// The raw recording's name in an interview's folder.
pub const RECORDING_FILE: &str = "recording.pcm";
/// What was said when the connection broke off is recognised within so long, or lost.
const HEAR_OUT_WITHIN: Duration = Duration::from_secs(4);
/// How often the recording is written to disk.
const FLUSH_EVERY: Duration = Duration::from_millis(500);

/// Everything that a session needs.
pub struct Session {
    /// The interview's id, its key in the log.
    pub id: String,
    /// What is asked.
    pub plan: Arc<Plan>,
    /// How patient to be.
    pub profile: Profile,
    /// The engines, shared with other sessions.
    pub engines: Engines,
    /// Where events are kept.
    pub log: Arc<dyn EventLog>,
    /// The interview's folder; must exist.
    pub folder: PathBuf,
    /// Changes when the interview has to be let go.
    pub notice: watch::Receiver<Notice>,
}

/// Why a session stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The client is gone; the interview can be resumed.
    Disconnected,
    /// Another connection took it over.
    TakenOver,
    /// The candidate seems to be gone; it can be resumed.
    Paused,
    /// It is over.
    Ended(EndReason),
}

impl Session {
    /// Holds the interview with the client at the other end of `link`, from where it was.
    ///
    /// # Errors
    /// When the log or the recording cannot be read or written: the client is told, the interview can be resumed.
    pub async fn run(self, link: Link) -> Result<Outcome, LogError> {
        let outgoing = link.outgoing.clone();
        let result = self.hold(link).await;
        if let Err(error) = &result {
            tracing::error!(%error, "a session broke off");
            let message = "The interview could not be saved and was stopped. What was saved is kept; try again later.";
            let _ = outgoing.send(ToClient::Error { code: "engine_unavailable", message: message.into() }).await;
        }
        result
    }

    async fn hold(self, link: Link) -> Result<Outcome, LogError> {
        let records = self.log.load(&self.id).await?;
        match ended(&records) {
            Some(reason) => {
                self.end_again(&records).map_err(broken)?;
                let _ = link.outgoing.send(ToClient::Ended(reason)).await;
                Ok(Outcome::Ended(reason))
            }
            None => Live::start(self, records, link).await?.run().await,
        }
    }

    /// The interview was over when something broke off; what may be missing is the end of the recording.
    fn end_again(&self, records: &[Record]) -> std::io::Result<()> {
        let path = self.folder.join(RECORDING_FILE);
        match records.last().filter(|_| path.exists()) {
            Some(last) => Recording::open(&path)?.finish(last.at_ms),
            None => Ok(()),
        }
    }
}

fn ended(records: &[Record]) -> Option<EndReason> {
    records.iter().rev().find_map(|record| match record.event {
        Event::Ended { reason } => Some(reason),
        _ => None,
    })
}

/// A session at work.
struct Live {
    id: String,
    log: Arc<dyn EventLog>,
    core: Core,
    view: View,
    clock: Clock,
    seq: u64,
    recording: Arc<Recording>,
    keeping: Arc<AtomicBool>,
    jobs: Jobs,
    profile: Profile,
    resumed: bool,
    /// End of the candidate's last turn, until our answer begins, in milliseconds.
    answering_since_ms: Option<u64>,
    outcome: Option<Outcome>,
    incoming: mpsc::Receiver<FromClient>,
    outgoing: mpsc::Sender<ToClient>,
    sound: mpsc::Sender<Vec<f32>>,
    orders: mpsc::Sender<Order>,
    noticed: mpsc::Receiver<Noticed>,
    spoken: mpsc::Receiver<Spoken>,
    done: mpsc::Receiver<Done>,
    notice: watch::Receiver<Notice>,
}

/// What woke the actor.
enum Woken {
    Client(Option<FromClient>),
    Noticed(Noticed),
    Spoken(Spoken),
    Done(Done),
    Deadline,
    Flush,
    Notice,
}

impl Live {
    async fn start(session: Session, records: Vec<Record>, link: Link) -> Result<Self, LogError> {
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
        let (recording, tape) = (Arc::new(recording), Tape::default());
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
            activity: session.engines.activity.clone(),
            segmenter: Segmenter::new(session.profile.pause_ms),
            noticed: noticed_sender,
        };
        let (voice, outgoing) = (session.engines.voice.clone(), link.outgoing.clone());
        let mouth = Mouth { clock, recording: recording.clone(), voice, outgoing, spoken: spoken_sender };
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
            resumed,
            answering_since_ms: None,
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

    async fn run(mut self) -> Result<Outcome, LogError> {
        let unix_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64);
        let connected = Event::Connected { resumed: self.resumed, unix_ms, profile: self.profile };
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
        let due = async {
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Ok(()) = self.notice.changed() => Woken::Notice,
            Some(noticed) = self.noticed.recv() => Woken::Noticed(noticed),
            Some(spoken) = self.spoken.recv() => Woken::Spoken(spoken),
            Some(done) = self.done.recv() => Woken::Done(done),
            message = self.incoming.recv() => Woken::Client(message),
            () = due => Woken::Deadline,
            _ = flush.tick() => Woken::Flush,
        }
    }

    async fn on_woken(&mut self, woken: Woken) -> Result<(), LogError> {
        match woken {
            Woken::Client(Some(message)) => self.on_client(message).await,
            Woken::Client(None) => self.leave(Outcome::Disconnected),
            Woken::Notice => self.on_notice().await,
            Woken::Noticed(noticed) => self.on_noticed(noticed).await,
            Woken::Spoken(spoken) => self.on_spoken(spoken).await,
            Woken::Done(done) => self.on_done(done).await,
            Woken::Deadline => self.let_time_pass().await,
            Woken::Flush => self.recording.flush(self.clock.now_ms()).map_err(broken),
        }
    }

    async fn on_notice(&mut self) -> Result<(), LogError> {
        let notice = *self.notice.borrow_and_update();
        let Some((code, message)) = notice.error() else { return Ok(()) };
        let outcome = if notice == Notice::TakenOver { Outcome::TakenOver } else { Outcome::Disconnected };
        self.tell(ToClient::Error { code, message: message.into() }).await;
        self.leave(outcome)
    }

    fn leave(&mut self, outcome: Outcome) -> Result<(), LogError> {
        self.outcome = Some(outcome);
        Ok(())
    }

    async fn on_client(&mut self, message: FromClient) -> Result<(), LogError> {
        let event = match message {
            FromClient::Audio(samples) => {
                // ears that are behind lose sound; an actor that waits for them loses everything
                let _ = self.sound.try_send(samples);
                return Ok(());
            }
            FromClient::Consent(granted) => Event::ConsentClicked { granted },
            FromClient::Action(action) => Event::ActionAsked { action },
            FromClient::Text(text) if self.core.kept_from_ms().is_some() => Event::Typed { text, reply: None },
            FromClient::Text(text) => Event::Typed { text: String::new(), reply: Some(consent_reply(&text)) },
            FromClient::Typing => Event::TypingNoticed,
            FromClient::Leave => Event::LeaveAsked,
        };
        self.happen(event).await
    }

    async fn on_noticed(&mut self, noticed: Noticed) -> Result<(), LogError> {
        match noticed {
            Noticed::Segment(Segment::Started(from_ms)) => self.happen(Event::VoiceStarted { from_ms }).await,
            Noticed::Segment(Segment::Paused(since_ms)) => self.happen(Event::VoicePaused { since_ms }).await,
            Noticed::Failed(error) => self.on_engine_error(error).await,
            Noticed::NoAudio => {
                let message = "No sound arrives; your microphone may be muted. You can also type.".into();
                self.tell(ToClient::Error { code: "no_audio", message }).await;
                Ok(())
            }
        }
    }

    async fn on_spoken(&mut self, spoken: Spoken) -> Result<(), LogError> {
        match spoken {
            Spoken::Started { line } => {
                if let Some(since_ms) = self.answering_since_ms.take() {
                    let delay_ms = self.clock.now_ms().saturating_sub(since_ms);
                    histogram!("interviewer_voice_to_voice_seconds").record(delay_ms as f64 / 1000.0);
                }
                self.happen(Event::LineStarted { line }).await
            }
            Spoken::Ended { line } => self.happen(Event::LineEnded { line }).await,
            Spoken::Stopped { line, heard_ms, of_ms } => {
                self.happen(Event::LineStopped { line, heard_ms, of_ms }).await
            }
            Spoken::Failed { error } => self.on_engine_error(error).await,
        }
    }

    async fn on_done(&mut self, done: Done) -> Result<(), LogError> {
        match done {
            Done::Judged { pause, result: Ok(probability) } => self.happen(Event::Judged { pause, probability }).await,
            Done::Judged { result: Err(error), .. } => self.on_engine_error(error).await,
            Done::Glimpsed { text } => {
                self.glimpse(&text).await;
                Ok(())
            }
            Done::Recognised { stretch, .. } if !self.jobs.finish(stretch) => Ok(()),
            Done::Recognised { stretch, from_ms, result: Ok(recognition) } => {
                histogram!("interviewer_recognition_seconds").record(f64::from(recognition.compute_ms) / 1000.0);
                let event = self.recognised(stretch, from_ms, recognition);
                self.happen(event).await?;
                self.show_turn_so_far().await;
                Ok(())
            }
            Done::Recognised { stretch, result: Err(error), .. } => {
                self.on_engine_error(error).await?;
                let (text, words) = (String::new(), Vec::new());
                self.happen(Event::Recognised { stretch, count: 0, ending: Ending::Open, reply: None, text, words })
                    .await
            }
        }
    }

    /// Whether what is said from `from_ms` on was said with consent.
    fn may_keep(&self, from_ms: u64) -> bool {
        self.core.kept_from_ms().is_some_and(|kept_from_ms| from_ms >= kept_from_ms.saturating_sub(1))
    }

    /// Of what was said before consent only the meaning is taken in.
    fn recognised(&self, stretch: u32, from_ms: u64, recognition: speech::Recognition) -> Event {
        let (count, ending) = (recognition.text.split_whitespace().count() as u32, how_it_ends(&recognition.text));
        if !self.may_keep(from_ms) {
            let reply = Some(consent_reply(&recognition.text));
            return Event::Recognised { stretch, count, ending, reply, text: String::new(), words: Vec::new() };
        }
        let later = |word: Word| Word { start_ms: word.start_ms + from_ms, end_ms: word.end_ms + from_ms, ..word };
        let words = recognition.words.into_iter().map(later).collect();
        Event::Recognised { stretch, count, ending, reply: None, text: recognition.text, words }
    }

    async fn on_engine_error(&mut self, error: EngineError) -> Result<(), LogError> {
        tracing::warn!(%error, interview = %self.id, "an engine failed");
        counter!("interviewer_engine_errors_total", "engine" => error.engine).increment(1);
        let message = "A part of the interviewer is not working at the moment. Captions and buttons still work.".into();
        self.tell(ToClient::Error { code: "engine_unavailable", message }).await;
        self.happen(Event::EngineFailed { message: error.to_string() }).await
    }

    async fn glimpse(&mut self, text: &str) {
        if self.core.kept_from_ms().is_some() && !text.is_empty() {
            let text = format!("{} {text}", self.core.settled_so_far());
            self.tell(theirs(self.core.next_turn(), text.trim().to_owned(), false)).await;
        }
    }

    async fn show_turn_so_far(&mut self) {
        let text = self.core.turn_so_far();
        if self.core.kept_from_ms().is_some() && !text.is_empty() {
            self.tell(theirs(self.core.next_turn(), text, false)).await;
        }
    }

    /// Feeds the core with something that happened now.
    async fn happen(&mut self, event: Event) -> Result<(), LogError> {
        let now_ms = self.clock.now_ms();
        let connects = matches!(event, Event::Connected { .. });
        // what fell due while nobody was connected is not done
        let mut batch = if connects { Vec::new() } else { self.core.advance(now_ms) };
        batch.push((now_ms, event));
        let happened = batch.len() - 1;
        let decided = self.core.hear(&batch[happened].1, now_ms);
        batch.extend(decided);
        self.settle(batch).await
    }

    async fn let_time_pass(&mut self) -> Result<(), LogError> {
        let decided = self.core.advance(self.clock.now_ms());
        self.settle(decided).await
    }

    /// Makes events durable, then carries them out and tells the client.
    async fn settle(&mut self, batch: Vec<Timed>) -> Result<(), LogError> {
        let mut records = Vec::new();
        for (at_ms, event) in batch.iter().filter(|(_, event)| event.is_kept()) {
            records.push(Record { seq: self.seq, at_ms: *at_ms, event: event.clone() });
            self.seq += 1;
        }
        if !records.is_empty() {
            self.log.append(&self.id, &records).await?;
        }
        for (_, event) in &batch {
            self.carry_out(event).await;
            for message in self.view.show(event, self.core.phase()) {
                self.tell(message).await;
            }
        }
        Ok(())
    }

    async fn carry_out(&mut self, event: &Event) {
        match event {
            Event::Speak { line, text, .. } => self.order(Order::Speak { line: *line, text: text.clone() }).await,
            Event::Hush { line } => self.order(Order::Hush { line: *line }).await,
            Event::Recognise { stretch, from_ms, to_ms, .. } => self.jobs.recognise(*stretch, *from_ms, *to_ms),
            Event::Judge { pause, from_ms, to_ms } => self.jobs.judge(*pause, *from_ms, *to_ms),
            Event::Glimpse { from_ms, to_ms } if self.may_keep(*from_ms) => self.jobs.glimpse(*from_ms, *to_ms),
            Event::Forget { stretch } => self.jobs.forget(*stretch),
            Event::Consent { .. } => self.keeping.store(self.core.kept_from_ms().is_some(), Ordering::Relaxed),
            Event::TurnOver { to_ms, source, .. } => {
                counter!("interviewer_turns_total").increment(1);
                self.jobs.drop_glimpse();
                self.answering_since_ms = (*source == Source::Spoken).then_some(*to_ms);
            }
            Event::Paused => self.outcome = Some(Outcome::Paused),
            Event::Ended { reason } => self.outcome = Some(Outcome::Ended(*reason)),
            _ => {}
        }
    }

    async fn order(&mut self, order: Order) {
        let _ = self.orders.send(order).await;
    }

    async fn tell(&mut self, message: ToClient) {
        let _ = self.outgoing.send(message).await;
    }

    async fn stop(mut self) -> Result<Outcome, LogError> {
        let outcome = self.outcome.unwrap_or(Outcome::Disconnected);
        if !matches!(outcome, Outcome::Ended(_)) {
            self.hear_out().await?;
            self.happen(Event::Disconnected).await?;
        }
        let outcome = self.outcome.unwrap_or(outcome); // whoever hangs up on our goodbye has ended it
        self.jobs.drop_all();
        self.recording.finish(self.clock.now_ms()).map_err(broken)?;
        Ok(outcome)
    }

    /// The connection broke off in mid-answer: what was said up to then is recognised and kept.
    async fn hear_out(&mut self) -> Result<(), LogError> {
        if self.core.candidate_is_talking() {
            self.happen(Event::VoicePaused { since_ms: self.clock.now_ms() }).await?;
        }
        let until = tokio::time::Instant::now() + HEAR_OUT_WITHIN;
        while self.jobs.are_running() {
            match tokio::time::timeout_at(until, self.done.recv()).await {
                Ok(Some(done)) => self.on_done(done).await?,
                Ok(None) | Err(_) => break,
            }
        }
        Ok(())
    }
}

/// A request to us stands for itself. "Let me think" is left to the turn-taker's patience, since an answer may follow.
fn how_it_ends(text: &str) -> Ending {
    match intent(text) {
        Some(Intent::Repeat | Intent::Rephrase | Intent::Skip | Intent::NoExample) => Ending::Request,
        Some(Intent::Moment | Intent::Nothing) | None => ending(text),
    }
}

fn broken(error: std::io::Error) -> LogError {
    LogError(format!("the recording could not be written: {error}"))
}
