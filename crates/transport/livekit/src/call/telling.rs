//! What the session tells, as a client of LiveKit's understands it.

use std::time::Instant;

use interview::Phase;
use serde_json::json;
use session::{Activity, Speaker, SpeechMark, ToClient};

use super::{Call, Goodbye};
use crate::proto::{Data, ParticipantUpdate, Response, SpeakerInfo, SpeakersChanged, UserPacket};
use crate::transcript::Caption;

/// The place in the line, for those who wait in it.
const WAITING: &str = "interviewer.waiting";
/// What the agent does, for front ends.
const AGENT_STATE: &str = "lk.agent.state";
/// Troubles that are told to programs and people, as JSON `{code, message}`.
const ERRORS: &str = "interviewer.error";

impl Call {
    pub(super) fn tell(&mut self, message: ToClient, now: Instant) {
        match message {
            ToClient::Audio(frame) => self.voice.say(frame),
            ToClient::Speech { mark: SpeechMark::Stop, .. } => self.voice.hush(),
            ToClient::Speech { .. } => {}
            ToClient::Waiting { position } => self.show(&[(WAITING, &position.to_string())]),
            ToClient::Ready { resumed } => {
                self.show(&[(WAITING, ""), ("interviewer.resumed", if resumed { "true" } else { "false" })]);
            }
            ToClient::State { phase, activity } => self.show_phase(phase, activity),
            ToClient::Caption { speaker, segment, text, is_final } => {
                let of = match speaker {
                    Speaker::Interviewer => self.of_agent(),
                    Speaker::Candidate => self.of_candidate(),
                };
                let unix_ms = self.unix_ms(now);
                let packets = self.transcript.show(Caption { speaker, segment, text, is_final }, &of, unix_ms);
                self.send_all(packets);
            }
            ToClient::Progress { question, probe, text } => self.show(&[
                ("interviewer.question", &question.to_string()),
                ("interviewer.probe", if probe { "true" } else { "false" }),
                ("interviewer.question_text", &text),
            ]),
            ToClient::Hearing(voice) => {
                let (sid, level) = (self.candidate.sid.clone(), self.ear.level());
                self.show_speaker(sid, voice, level);
            }
            ToClient::Error { code, message } => self.tell_error(code, &message, now),
            ToClient::Ended(reason) => {
                self.show(&[("interviewer.ended", reason.name())]);
                self.life.interview_ended();
            }
        }
    }

    fn show_phase(&mut self, phase: Phase, activity: Activity) {
        self.show(&[("interviewer.phase", phase.name()), (AGENT_STATE, activity.name())]);
        let sid = self.agent.sid.clone();
        let level = self.voice.level();
        self.show_speaker(sid, activity == Activity::Speaking, level);
    }

    /// The agent's state, as front ends show it.
    pub(super) fn show_state(&mut self, state: &str) {
        self.show(&[(AGENT_STATE, state)]);
    }

    /// Shows attributes of the agent's, all in one message, if any of them has changed.
    fn show(&mut self, attributes: &[(&str, &str)]) {
        let changed = attributes.iter().filter(|(name, value)| self.agent.set(name, value)).count();
        if changed > 0 {
            self.signal(Response::Update(ParticipantUpdate { participants: vec![self.agent.info()] }));
        }
    }

    fn show_speaker(&mut self, sid: String, active: bool, level: f32) {
        let level = if active { level } else { 0.0 };
        self.signal(Response::SpeakersChanged(SpeakersChanged { speakers: vec![SpeakerInfo { sid, level, active }] }));
    }

    fn tell_error(&mut self, code: &'static str, message: &str, now: Instant) {
        match code {
            "taken_over" => self.life.plan_goodbye(Goodbye::TakenOver, now),
            "restarting" => self.life.plan_goodbye(Goodbye::Restarting, now),
            "interview_ended" => self.life.plan_goodbye(Goodbye::Ended, now),
            _ => {
                let payload = json!({"code": code, "message": message}).to_string().into_bytes();
                let (topic, participant_identity) = (Some(ERRORS.to_owned()), self.agent.identity());
                self.send_data(Data::User(UserPacket { payload, topic, participant_identity }));
            }
        }
    }
}
