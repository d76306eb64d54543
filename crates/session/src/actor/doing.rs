//! Events made durable, decisions carried out.

use std::sync::atomic::Ordering;
use std::time::Duration;

use metrics::counter;

use super::live::Live;
use super::{Outcome, broken};
use crate::core::Timed;
use crate::engines::LogError;
use crate::event::{Event, Record};
use crate::link::ToClient;
use crate::measure;
use crate::mouth::Order;

/// What was said when the connection broke off is recognised within so long, or lost.
const HEAR_OUT_WITHIN: Duration = Duration::from_secs(4);

impl Live {
    /// Feeds the core with something that happened now.
    pub(super) async fn happen(&mut self, event: Event) -> Result<(), LogError> {
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

    pub(super) async fn let_time_pass(&mut self) -> Result<(), LogError> {
        let decided = self.core.advance(self.clock.now_ms());
        self.settle(decided).await
    }

    /// Makes events durable, then carries them out and tells the client.
    pub(super) async fn settle(&mut self, batch: Vec<Timed>) -> Result<(), LogError> {
        let mut records = Vec::new();
        for (at_ms, event) in batch.iter().filter(|(_, event)| event.is_kept()) {
            records.push(Record { seq: self.seq, at_ms: *at_ms, event: event.clone() });
            self.seq += 1;
        }
        if !records.is_empty() {
            self.log.append(&self.id, &records).await?;
            self.meter.note(&records);
        }
        for (_, event) in &batch {
            self.carry_out(event).await;
            for message in self.view.show(event, self.core.phase()) {
                self.tell(message).await;
            }
        }
        Ok(())
    }

    pub(super) async fn carry_out(&mut self, event: &Event) {
        match event {
            Event::Speak { line, text, rest, .. } => {
                self.patience.ordered(*line);
                self.order(Order::Speak { line: *line, text: text.clone(), rest: rest.clone() }).await;
            }
            Event::Duck { line } => self.order(Order::Duck { line: *line, soft: true }).await,
            Event::Unduck { line } => self.order(Order::Duck { line: *line, soft: false }).await,
            Event::Hush { line } => self.order(Order::Hush { line: *line }).await,
            Event::Recognise { stretch, from_ms, to_ms, .. } => self.jobs.recognise(*stretch, *from_ms, *to_ms),
            Event::Judge { pause, from_ms, to_ms } => self.jobs.judge(*pause, *from_ms, *to_ms),
            Event::Overhear { from_ms, to_ms } => self.jobs.overhear(*from_ms, *to_ms),
            Event::Glimpse { from_ms, to_ms } if self.may_keep(*from_ms) => self.jobs.glimpse(*from_ms, *to_ms),
            Event::Forget { stretch } => self.jobs.forget(*stretch),
            Event::Consent { .. } => self.keeping.store(self.core.kept_from_ms().is_some(), Ordering::Relaxed),
            Event::TurnOver { .. } => {
                counter!("interviewer_turns_total").increment(1);
                self.jobs.drop_glimpse();
            }
            Event::Paused => self.outcome = Some(Outcome::Paused),
            Event::Ended { reason } => self.outcome = Some(Outcome::Ended(*reason)),
            _ => {}
        }
    }

    pub(super) async fn order(&mut self, order: Order) {
        let _ = self.orders.send(order).await;
    }

    pub(super) async fn tell(&mut self, message: ToClient) {
        let _ = self.outgoing.send(message).await;
    }

    pub(super) async fn stop(mut self) -> Result<Outcome, LogError> {
        let outcome = self.outcome.unwrap_or(Outcome::Disconnected);
        if !matches!(outcome, Outcome::Ended(_)) {
            self.hear_out().await?;
            self.happen(Event::Disconnected).await?;
        }
        let outcome = self.outcome.unwrap_or(outcome); // whoever hangs up on our goodbye has ended it
        self.jobs.drop_all();
        self.recording.finish(self.clock.now_ms()).map_err(broken)?;
        measure::publish(&self.meter.hear(self.recording.take_levels()));
        measure::publish(&self.meter.finish());
        Ok(outcome)
    }

    /// Writes the recording, and measures what it tells.
    pub(super) fn flush(&mut self) -> Result<(), LogError> {
        self.recording.flush(self.clock.now_ms()).map_err(broken)?;
        measure::publish(&self.meter.hear(self.recording.take_levels()));
        Ok(())
    }

    /// The connection broke off in mid-answer: what was said up to then is recognised and kept.
    pub(super) async fn hear_out(&mut self) -> Result<(), LogError> {
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
