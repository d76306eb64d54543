//! The cache on Redis: shared by all processes.

use std::time::Duration;

use async_trait::async_trait;

use super::scripts::{Call, Scripts};
use super::{Link, RedisSettings};
use crate::{Cache, QueueError, now_unix_ms};

/// Values under `interviewer:cache:NAME:…`, all together within a bound.
pub struct RedisCache {
    link: Link,
    scripts: Scripts,
    prefix: String,
    bound_bytes: u64,
}

impl RedisCache {
    /// The cache `name`, of at most `bound_bytes`.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn open(settings: &RedisSettings, name: &str, bound_bytes: u64) -> Result<Self, QueueError> {
        let link = Link::open(&settings.url, settings.patience).await?;
        Ok(Self { link, scripts: Scripts::new(), prefix: format!("interviewer:cache:{name}"), bound_bytes })
    }

    fn value(&self, key: &str) -> String {
        format!("{}:value:{key}", self.prefix)
    }

    fn making(&self, key: &str) -> String {
        format!("{}:making:{key}", self.prefix)
    }

    /// A call with the keys that all share.
    fn call<'a>(&self, script: &'a redis::Script, key: &str) -> Call<'a> {
        let book = |what: &str| format!("{}:{what}", self.prefix);
        Call::new(script).key(self.value(key)).key(book("uses")).key(book("sizes")).key(book("total"))
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, QueueError> {
        self.call(&self.scripts.cache_get, key).number(now_unix_ms()).arg(key).run(&self.link).await
    }

    async fn put(&self, key: &str, bytes: &[u8], time: Duration) -> Result<(), QueueError> {
        if bytes.len() as u64 > self.bound_bytes {
            return Ok(());
        }
        let call = self.call(&self.scripts.cache_put, key).arg(bytes).number(time.as_millis().max(1));
        let call = call.number(now_unix_ms()).number(self.bound_bytes).arg(key).arg(self.value(""));
        call.run::<i64>(&self.link).await.map(drop)
    }

    async fn remove(&self, key: &str) -> Result<(), QueueError> {
        let value = self.value(key);
        self.link
            .run(|mut c| {
                let value = value.clone();
                async move { redis::cmd("DEL").arg(value).query_async::<()>(&mut c).await }
            })
            .await?;
        self.get(key).await.map(drop) // takes it out of the books
    }

    async fn begin(&self, key: &str, within: Duration) -> Result<bool, QueueError> {
        let making = self.making(key);
        let taken: Option<String> = self
            .link
            .run(|mut c| {
                let making = making.clone();
                async move {
                    let mut set = redis::cmd("SET");
                    set.arg(making).arg("1").arg("NX").arg("PX").arg(within.as_millis().max(1) as u64);
                    set.query_async(&mut c).await
                }
            })
            .await?;
        Ok(taken.is_some())
    }

    async fn end(&self, key: &str) -> Result<(), QueueError> {
        let making = self.making(key);
        self.link
            .run(|mut c| {
                let making = making.clone();
                async move { redis::pipe().del(&making).publish(&making, "").query_async::<()>(&mut c).await }
            })
            .await
    }

    async fn wait(&self, key: &str, time: Duration) {
        match self.link.listen(&self.making(key)).await {
            Ok(mut listener) => drop(listener.next(time).await),
            Err(_) => tokio::time::sleep(time).await,
        }
    }
}
