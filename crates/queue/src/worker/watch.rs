//! How much waits, for the metrics.

use std::sync::Arc;
use std::time::Duration;

use metrics::gauge;

use crate::TaskQueue;

/// How often queues are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Keeps the gauges of `queues` true for as long as it is polled.
pub async fn watch(queue: Arc<dyn TaskQueue>, queues: Vec<String>) {
    let mut interval = tokio::time::interval(LOOK_EVERY);
    loop {
        interval.tick().await;
        for name in &queues {
            if let Ok(backlog) = queue.backlog(name).await {
                gauge!("interviewer_queue_length", "queue" => name.clone()).set(backlog.length as f64);
                let oldest_s = backlog.oldest_ms.unwrap_or(0) as f64 / 1000.0;
                gauge!("interviewer_queue_oldest_seconds", "queue" => name.clone()).set(oldest_s);
            }
        }
    }
}
