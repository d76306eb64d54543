//! What every cache and every registry of leases must do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use queue::memory::{MemoryCache, MemoryLeases};
use queue::redis::{RedisCache, RedisLeases};
use queue::{Cache, Leases, QueueError, kept_or_made};

use crate::server::RedisServer;
use crate::support::LONG;

/// Of at most 1000 bytes.
async fn cache_conforms(cache: Arc<dyn Cache>) {
    assert_eq!(cache.get("a").await.unwrap(), None);
    cache.put("a", b"1\x00\xff", LONG).await.unwrap();
    assert_eq!(cache.get("a").await.unwrap().unwrap(), b"1\x00\xff");
    cache.remove("a").await.unwrap();
    assert_eq!(cache.get("a").await.unwrap(), None);
    cache.put("brief", b"1", Duration::from_millis(30)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(80)).await;
    assert_eq!(cache.get("brief").await.unwrap(), None, "its time is over");
    what_was_used_longest_ago_goes_first(&*cache).await;
    one_of_many_makes_it(cache).await;
}

async fn what_was_used_longest_ago_goes_first(cache: &dyn Cache) {
    for key in ["x", "y", "z"] {
        cache.put(key, &[0; 300], LONG).await.unwrap();
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    assert!(cache.get("x").await.unwrap().is_some());
    cache.put("w", &[0; 300], LONG).await.unwrap();
    assert_eq!(cache.get("y").await.unwrap(), None);
    assert!(cache.get("x").await.unwrap().is_some() && cache.get("z").await.unwrap().is_some());
    cache.put("huge", &[0; 2000], LONG).await.unwrap();
    assert_eq!(cache.get("huge").await.unwrap(), None, "what is larger than all is not kept");
    assert!(cache.get("w").await.unwrap().is_some(), "and drives nothing out");
    cache.put("w", &[0; 100], LONG).await.unwrap();
    cache.put("v", &[0; 290], LONG).await.unwrap();
    assert!(cache.get("x").await.unwrap().is_some(), "what is put anew counts once");
}

async fn one_of_many_makes_it(cache: Arc<dyn Cache>) {
    let made = Arc::new(AtomicU32::new(0));
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (cache, made) = (cache.clone(), made.clone());
        asking.spawn(async move {
            kept_or_made(&*cache, "made", LONG, LONG, || async {
                made.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(50)).await;
                Ok::<_, QueueError>(b"it".to_vec())
            })
            .await
        });
    }
    while let Some(answer) = asking.join_next().await {
        assert_eq!(answer.unwrap().unwrap(), b"it");
    }
    assert_eq!(made.load(Ordering::SeqCst), 1);
    // one who dies over it leaves it to others
    assert!(cache.begin("left", Duration::from_millis(100)).await.unwrap());
    let make = || async { Ok::<_, QueueError>(b"after all".to_vec()) };
    assert_eq!(kept_or_made(&*cache, "left", LONG, LONG, make).await.unwrap(), b"after all");
}

async fn leases_conform(leases: &dyn Leases) {
    assert_eq!(leases.holder("i").await.unwrap(), None);
    assert_eq!(leases.claim("i", "a", LONG).await.unwrap(), "a");
    assert_eq!(leases.claim("i", "b", LONG).await.unwrap(), "a", "it is held");
    assert_eq!(leases.claim("i", "a", LONG).await.unwrap(), "a", "it is renewed");
    leases.release("i", "b").await.unwrap();
    assert_eq!(leases.holder("i").await.unwrap().as_deref(), Some("a"), "only its holder gives it up");
    assert_eq!(leases.take_over("i", "b", LONG).await.unwrap().as_deref(), Some("a"));
    assert_eq!(leases.holder("i").await.unwrap().as_deref(), Some("b"));
    leases.release("i", "b").await.unwrap();
    assert_eq!(leases.claim("i", "c", Duration::from_millis(40)).await.unwrap(), "c");
    tokio::time::sleep(Duration::from_millis(90)).await;
    assert_eq!(leases.claim("i", "d", LONG).await.unwrap(), "d", "who dies loses it");
}

#[tokio::test]
async fn in_the_process() {
    cache_conforms(Arc::new(MemoryCache::new(1000))).await;
    leases_conform(&MemoryLeases::default()).await;
}

#[tokio::test]
async fn on_redis() {
    let server = RedisServer::start();
    cache_conforms(Arc::new(RedisCache::open(&server.settings(), "test", 1000).await.unwrap())).await;
    leases_conform(&RedisLeases::open(&server.settings(), "test").await.unwrap()).await;
}
