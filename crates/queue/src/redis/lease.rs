//! Leases on Redis: one registry for all processes.

use std::time::Duration;

use async_trait::async_trait;

use super::scripts::{Call, Scripts};
use super::{Link, RedisSettings};
use crate::{Leases, QueueError};

/// Leases under `interviewer:lease:NAME:…`.
pub struct RedisLeases {
    link: Link,
    scripts: Scripts,
    prefix: String,
}

impl RedisLeases {
    /// The leases of `name`.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn open(settings: &RedisSettings, name: &str) -> Result<Self, QueueError> {
        let link = Link::open(&settings.url, settings.patience).await?;
        Ok(Self { link, scripts: Scripts::new(), prefix: format!("interviewer:lease:{name}:") })
    }

    async fn take(
        &self,
        name: &str,
        holder: &str,
        time: Duration,
        over: bool,
    ) -> Result<(Option<String>, String), QueueError> {
        let call = Call::new(&self.scripts.lease_claim).key(format!("{}{name}", self.prefix));
        call.arg(holder).number(time.as_millis().max(1)).number(u8::from(over)).run(&self.link).await
    }
}

#[async_trait]
impl Leases for RedisLeases {
    async fn claim(&self, name: &str, holder: &str, time: Duration) -> Result<String, QueueError> {
        Ok(self.take(name, holder, time, false).await?.1)
    }

    async fn take_over(&self, name: &str, holder: &str, time: Duration) -> Result<Option<String>, QueueError> {
        Ok(self.take(name, holder, time, true).await?.0)
    }

    async fn release(&self, name: &str, holder: &str) -> Result<(), QueueError> {
        let call = Call::new(&self.scripts.lease_release).key(format!("{}{name}", self.prefix)).arg(holder);
        call.run::<i64>(&self.link).await.map(drop)
    }

    async fn holder(&self, name: &str) -> Result<Option<String>, QueueError> {
        let key = format!("{}{name}", self.prefix);
        self.link
            .run(|mut c| {
                let key = key.clone();
                async move { redis::cmd("GET").arg(key).query_async(&mut c).await }
            })
            .await
    }
}
