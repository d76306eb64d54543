//! What the client, the ears, the mouth and the engines tell, as events.

use interview::consent_reply;
use metrics::{counter, histogram};
use speech::{EngineError, EngineErrorKind};
use turn::Segment;

use super::live::Live;
use crate::ears::{Heard, Sound};
use crate::engines::LogError;
use crate::event::Event;
use crate::jobs::Done;
use crate::link::{FromClient, ToClient};
use crate::mouth::Spoken;
use crate::view::theirs;

impl Live {
    pub(super) async fn on_client(&mut self, message: FromClient) -> Result<(), LogError> {
        let event = match message {
            FromClient::Audio(samples) => return self.pass_on(Sound { samples, packet: None }),
            FromClient::Opus { packet, samples } => return self.pass_on(Sound { samples, packet: Some(packet) }),
            FromClient::Consent(granted) => Event::ConsentClicked { granted },
            FromClient::Action(action) => Event::ActionAsked { action },
            FromClient::Text(text) if self.core.kept_from_ms().is_some() => Event::Typed { text, reply: None },
            FromClient::Text(text) => Event::Typed { text: String::new(), reply: Some(consent_reply(&text)) },
            FromClient::Typing => Event::TypingNoticed,
            FromClient::Leave => Event::LeaveAsked,
        };
        self.happen(event).await
    }

    /// Ears that are behind lose sound; an actor that waits for them loses everything.
    fn pass_on(&self, sound: Sound) -> Result<(), LogError> {
        let _ = self.sound.try_send(sound);
        Ok(())
    }

    pub(super) async fn on_noticed(&mut self, heard: Heard) -> Result<(), LogError> {
        match heard {
            Heard::Noticed(Segment::Stirred(_)) if !self.core.is_pausing() => Ok(()),
            Heard::Noticed(Segment::Stirred(from_ms)) => self.happen(Event::VoiceStirred { from_ms }).await,
            Heard::Noticed(Segment::Started(from_ms)) => self.happen(Event::VoiceStarted { from_ms }).await,
            Heard::Noticed(Segment::Paused(since_ms)) => self.happen(Event::VoicePaused { since_ms }).await,
            Heard::Failed(error) => self.on_engine_error(error).await,
            Heard::Unreached => self.happen(Event::Unreached).await,
            Heard::Reached { lost_ms } => self.happen(Event::Reached { lost_ms }).await,
            Heard::NoAudio => {
                let message = "No sound arrives; your microphone may be muted. You can also type.".into();
                self.tell(ToClient::Error { code: "no_audio", message }).await;
                Ok(())
            }
        }
    }

    pub(super) async fn on_spoken(&mut self, spoken: Spoken) -> Result<(), LogError> {
        if let Spoken::Started { line } | Spoken::Ended { line } | Spoken::Stopped { line, .. } = &spoken {
            self.patience.heard(*line);
        }
        self.on_answer().await;
        match spoken {
            Spoken::Started { line } => self.happen(Event::LineStarted { line }).await,
            Spoken::Ended { line } => self.happen(Event::LineEnded { line }).await,
            Spoken::Stopped { line, heard_ms, of_ms, resume_ms } => {
                self.happen(Event::LineStopped { line, heard_ms, of_ms, resume_ms }).await
            }
            Spoken::Failed { error } => self.on_engine_error(error).await,
        }
    }

    pub(super) async fn on_done(&mut self, done: Done) -> Result<(), LogError> {
        match done {
            Done::Judged { pause, result: Ok(probability) } => self.happen(Event::Judged { pause, probability }).await,
            Done::Judged { result: Err(error), .. } => self.on_engine_error(error).await,
            Done::Overheard { look, .. } if !self.jobs.is_latest_look(look) => Ok(()),
            Done::Overheard { result: Ok(probability), .. } => self.happen(Event::Claimed { probability }).await,
            // its words and how long it goes on tell as well
            Done::Overheard { result: Err(error), .. } if error.kind == EngineErrorKind::Busy => Ok(()),
            Done::Overheard { result: Err(error), .. } => self.on_engine_error(error).await,
            Done::Glimpsed { from_ms, text } => {
                self.jobs.note_heard(from_ms, &text);
                self.glimpse(&text).await;
                Ok(())
            }
            Done::Recognised { stretch, .. } if !self.jobs.finish(stretch) => Ok(()),
            Done::Recognised { stretch, from_ms, result: Ok(recognition) } => {
                histogram!("interviewer_recognition_seconds").record(f64::from(recognition.compute_ms) / 1000.0);
                self.jobs.note_heard(from_ms, &recognition.text);
                let event = self.recognised(stretch, from_ms, recognition);
                self.happen(event).await?;
                self.show_turn_so_far().await;
                self.on_answer().await;
                Ok(())
            }
            Done::Recognised { stretch, result: Err(error), .. } => {
                self.on_engine_error(error).await?;
                self.happen(Event::Unheard { stretch }).await?;
                self.on_answer().await;
                Ok(())
            }
        }
    }

    /// Whether what is said from `from_ms` on was said with consent.
    pub(super) fn may_keep(&self, from_ms: u64) -> bool {
        self.core.kept_from_ms().is_some_and(|kept_from_ms| from_ms >= kept_from_ms.saturating_sub(1))
    }

    /// Of what was said before consent only the meaning is taken in.
    pub(super) fn recognised(&self, stretch: u32, from_ms: u64, recognition: speech::Recognition) -> Event {
        let told = crate::words::recognised(stretch, from_ms, recognition);
        if self.may_keep(from_ms) { told } else { crate::words::without_words(told) }
    }

    pub(super) async fn on_engine_error(&mut self, error: EngineError) -> Result<(), LogError> {
        tracing::warn!(%error, interview = %self.id, "an engine failed");
        counter!("interviewer_engine_errors_total", "engine" => error.engine).increment(1);
        let message = "A part of the interviewer is not working at the moment. Captions and buttons still work.".into();
        self.tell(ToClient::Error { code: "engine_unavailable", message }).await;
        self.happen(Event::EngineFailed { message: error.to_string() }).await
    }

    pub(super) async fn glimpse(&mut self, text: &str) {
        if self.core.kept_from_ms().is_some() && !text.is_empty() {
            let text = format!("{} {text}", self.core.settled_so_far());
            self.tell(theirs(self.core.next_turn(), text.trim().to_owned(), false)).await;
        }
    }

    pub(super) async fn show_turn_so_far(&mut self) {
        let text = self.core.turn_so_far();
        if self.core.kept_from_ms().is_some() && !text.is_empty() {
            self.tell(theirs(self.core.next_turn(), text, false)).await;
        }
    }
}
