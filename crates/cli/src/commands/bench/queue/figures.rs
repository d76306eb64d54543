//! What was measured, as JSON, as text and as a table. Pure.

use serde_json::{Value, json};

use crate::commands::bench::page::Table;

/// What one worker costs.
pub(super) struct Cost {
    /// Milliseconds of each recognition.
    pub(super) times_ms: Vec<f64>,
    /// Processor time while there is nothing to do, percent of a core.
    pub(super) idle_pct: f64,
    /// Small tasks a second.
    pub(super) tasks_per_s: f64,
}

/// All of it.
pub(super) struct Figures {
    pub(super) in_process_ms: Vec<f64>,
    pub(super) ours: Cost,
    /// One process with a pool of threads.
    pub(super) celery: Option<Cost>,
    /// Celery with a process for each core.
    pub(super) prefork_tasks_per_s: Option<f64>,
    pub(super) versions: String,
    pub(super) concurrency: u16,
    pub(super) rounds: u32,
    pub(super) seconds: u16,
    pub(super) tasks: u32,
    /// The same for Celery's workers.
    pub(super) peer_tasks: u32,
}

impl Figures {
    /// What each round took more than in the process, milliseconds: median and 99th percentile.
    fn overhead_ms(&self, cost: &Cost) -> [f64; 2] {
        let more = cost.times_ms.iter().zip(&self.in_process_ms).map(|(there, here)| there - here);
        quantiles(more.collect())
    }

    pub(super) fn json(&self) -> Value {
        let of = |cost: &Cost| {
            let ([p50, p99], [whole_p50, whole_p99]) = (self.overhead_ms(cost), quantiles(cost.times_ms.clone()));
            json!({
                "overhead_ms": {"p50": p50, "p99": p99}, "recognition_ms": {"p50": whole_p50, "p99": whole_p99},
                "tasks_per_s": cost.tasks_per_s, "idle_cpu_pct": cost.idle_pct,
            })
        };
        let [p50, p99] = quantiles(self.in_process_ms.clone());
        let mut json = of(&self.ours);
        json["in_process_ms"] = json!({"p50": p50, "p99": p99});
        json["utterance_s"] = self.seconds.into();
        json["rounds"] = self.rounds.into();
        json["tasks"] = self.tasks.into();
        json["concurrency"] = self.concurrency.into();
        json["versions"] = self.versions.as_str().into();
        if let Some(celery) = &self.celery {
            let (ours, theirs) = (self.overhead_ms(&self.ours), self.overhead_ms(celery));
            json["celery"] = of(celery);
            json["celery"]["tasks"] = self.peer_tasks.into();
            json["celery"]["prefork_tasks_per_s"] = self.prefork_tasks_per_s.into();
            json["ratio_to_peer"] = json!({
                "overhead_p50": ours[0] / theirs[0], "overhead_p99": ours[1] / theirs[1],
                "task_time": celery.tasks_per_s.max(self.prefork_tasks_per_s.unwrap_or(0.0)) / self.ours.tasks_per_s,
                "idle_cpu": self.ours.idle_pct / celery.idle_pct,
            });
        }
        json
    }

    pub(super) fn text(&self) -> String {
        let of = |name: &str, cost: &Cost| {
            let [p50, p99] = self.overhead_ms(cost);
            let Cost { tasks_per_s, idle_pct, .. } = cost;
            format!(
                "{name:8} {p50:.2} ms (p99 {p99:.2} ms) more than in the process for {} s of sound, \
                 {tasks_per_s:.0} small tasks a second, {idle_pct:.2} % of a core when idle",
                self.seconds
            )
        };
        let mut lines = vec![of("ours", &self.ours)];
        lines.extend(self.celery.iter().map(|celery| of("Celery's", celery)));
        lines
            .extend(self.prefork_tasks_per_s.map(|rate| format!("Celery's with a process a core: {rate:.0} a second")));
        lines.push(self.versions.clone());
        lines.join("\n")
    }

    pub(super) fn table(&self) -> Table {
        let Self { rounds, seconds, tasks, peer_tasks, concurrency, versions, .. } = self;
        let conditions = format!(
            "{rounds} recognitions of {seconds} s of sound by a recogniser that does nothing, by turns; {tasks} small \
             tasks that lie ready ({peer_tasks} for Celery's), results kept; one worker process with {concurrency} places (ours) or threads \
             (Celery's), Celery's default of a process for each core beside it; {versions}, everything on one machine."
        );
        let mut table = Table::against("Celery's worker", conditions);
        let (ours, theirs) = (self.overhead_ms(&self.ours), self.celery.as_ref().map(|c| self.overhead_ms(c)));
        table.compare("more than in the process, median", ours[0], theirs.map(|t| t[0]), "ms");
        table.compare("more than in the process, 99th percentile", ours[1], theirs.map(|t| t[1]), "ms");
        let time_us = |rate: f64| 1e6 / rate;
        let rate = self.ours.tasks_per_s;
        table.compare("time a small task", time_us(rate), self.celery.as_ref().map(|c| time_us(c.tasks_per_s)), "µs");
        let prefork = self.prefork_tasks_per_s.map(time_us);
        table.compare("the same beside a process for each core", time_us(rate), prefork, "µs");
        table.compare("idle, of a core", self.ours.idle_pct, self.celery.as_ref().map(|c| c.idle_pct), "%");
        table
    }
}

/// Median and 99th percentile, each one of the values.
fn quantiles(mut values: Vec<f64>) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let rank = (share * values.len() as f64).ceil() as usize;
        values.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    };
    [at(0.5), at(0.99)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overhead_is_taken_round_by_round() {
        let cost = |times_ms: Vec<f64>| Cost { times_ms, idle_pct: 0.1, tasks_per_s: 4000.0 };
        let figures = Figures {
            in_process_ms: vec![1.0, 10.0, 1.0],
            ours: cost(vec![2.0, 11.5, 4.0]),
            celery: Some(cost(vec![5.0, 14.0, 9.0])),
            prefork_tasks_per_s: Some(2000.0),
            versions: "Redis 7".into(),
            concurrency: 16,
            rounds: 3,
            seconds: 10,
            tasks: 1000,
            peer_tasks: 1000,
        };
        let json = figures.json();
        assert_eq!(json["overhead_ms"], json!({"p50": 1.5, "p99": 3.0}));
        assert_eq!(json["celery"]["overhead_ms"], json!({"p50": 4.0, "p99": 8.0}));
        assert_eq!(json["ratio_to_peer"]["overhead_p50"], 0.375);
        assert_eq!(json["ratio_to_peer"]["task_time"], 1.0, "the better of Celery's two counts");
        assert_eq!(figures.table().rows.len(), 5);
    }

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let values = (1..=200).map(f64::from).rev().collect();
        assert_eq!(quantiles(values), [100.0, 198.0]);
    }
}
