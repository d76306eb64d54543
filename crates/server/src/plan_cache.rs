//! Interviews' plans, kept for all gateways. A plan never changes once its interview is made, so that whoever takes an
//! interview over, or is asked about it, asks the store only how far it is.

use std::sync::Arc;
use std::time::Duration;

use interview::Plan;
use queue::memory::MemoryCache;
use queue::{Cache, kept_or_made};
use serde::{Deserialize, Serialize};
use store::{Interview, Store, StoreError};

/// A plan is kept for this long; most interviews are over by then.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// Who fetches a plan for all and has not done so by then has died.
const FETCHED_WITHIN: Duration = Duration::from_secs(2);
/// Bound of the plans that one gateway alone keeps, bytes.
const ALONE_BYTES: u64 = 8 << 20;

/// The cache of plans, by interview.
pub struct PlanCache(Arc<dyn Cache>);

/// What of an interview never changes.
#[derive(Serialize, Deserialize)]
struct Unchanging {
    plan: Plan,
    created_unix_ms: i64,
}

impl PlanCache {
    /// Plans in `cache`.
    pub fn new(cache: Arc<dyn Cache>) -> Self {
        Self(cache)
    }

    /// Plans of a gateway that is the only one.
    pub fn alone() -> Self {
        Self::new(Arc::new(MemoryCache::new(ALONE_BYTES)))
    }

    /// The interview `id`: how far it is by the `store`, the rest from the cache if it is there.
    pub(crate) async fn interview(&self, store: &dyn Store, id: &str) -> Result<Option<Interview>, StoreError> {
        let Some(status) = store.status(id).await? else { return Ok(None) };
        let kept = kept_or_made(&*self.0, id, KEPT, FETCHED_WITHIN, || fetched(store, id)).await?;
        match serde_json::from_slice(&kept) {
            Ok(Unchanging { plan, created_unix_ms }) => {
                Ok(Some(Interview { id: id.to_owned(), plan, status, created_unix_ms }))
            }
            Err(error) => {
                tracing::warn!(%error, interview = id, "what was kept of its plan is none; the store is asked");
                store.interview(id).await
            }
        }
    }
}

async fn fetched(store: &dyn Store, id: &str) -> Result<Vec<u8>, StoreError> {
    let unknown = || StoreError::Unknown(id.to_owned());
    let Interview { plan, created_unix_ms, .. } = store.interview(id).await?.ok_or_else(unknown)?;
    serde_json::to_vec(&Unchanging { plan, created_unix_ms }).map_err(|e| StoreError::Corrupt {
        id: id.to_owned(),
        what: "plan",
        reason: e.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use store::{Sqlite, Status};

    use super::*;

    fn plan() -> Plan {
        let yaml = "id: t\ntitle: T\nrole: R\nopening: O.\nclosing: C.\nquestions:\n  - {id: a, competency: C, text: T?, rephrase: R?}";
        Plan::from_yaml(yaml).unwrap()
    }

    #[tokio::test]
    async fn the_plan_comes_from_the_cache_and_how_far_it_is_from_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&folder.path().join("interviews.db")).await.unwrap();
        let made = Interview { id: "a".into(), plan: plan(), status: Status::Created, created_unix_ms: 7 };
        store.create(&made).await.unwrap();
        let cache = Arc::new(MemoryCache::new(1 << 20));
        let plans = PlanCache::new(cache.clone());
        assert_eq!(plans.interview(&store, "nobody").await.unwrap(), None);
        assert_eq!(plans.interview(&store, "a").await.unwrap(), Some(made.clone()));

        let kept = String::from_utf8(cache.get("a").await.unwrap().unwrap()).unwrap();
        cache.put("a", kept.replace("T?", "From the cache?").as_bytes(), KEPT).await.unwrap();
        store.set_status("a", Status::Live).await.unwrap();
        let now = plans.interview(&store, "a").await.unwrap().unwrap();
        assert_eq!((now.plan.questions[0].text.as_str(), now.status), ("From the cache?", Status::Live));

        cache.put("a", b"rubbish", KEPT).await.unwrap();
        let now = plans.interview(&store, "a").await.unwrap().unwrap();
        assert_eq!(now.plan, made.plan, "the store knows it still");
    }
}
