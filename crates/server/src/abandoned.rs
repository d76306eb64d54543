//! Interviews whose gateway died: live by the store's account, and held by nobody.

use std::collections::HashSet;
use std::time::Duration;

use store::{Store, StoreError};

use crate::{App, Registry};

/// How often they are looked for. Longer than a gateway takes to renew its leases when the registry was away.
const LOOK_EVERY: Duration = Duration::from_secs(5);

impl App {
    /// Notes as interrupted what a dead gateway left live; says how many. For a gateway that starts.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn interrupt_abandoned(&self) -> Result<usize, StoreError> {
        let (store, registry) = (&*self.parts.store, &self.parts.registry);
        interrupt(store, registry, unheld(store, registry).await?).await
    }

    /// Looks for them for as long as it is polled: what another gateway held when it died is interrupted, too.
    pub async fn watch_abandoned(&self) {
        let mut before = HashSet::new();
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if let Err(error) = look(&*self.parts.store, &self.parts.registry, &mut before).await {
                tracing::warn!(%error, "abandoned interviews could not be looked for");
            }
        }
    }
}

/// Interrupts what nobody held `before` and nobody holds now. One look is not enough: a registry that was away has
/// lost leases that are about to be renewed.
async fn look(store: &dyn Store, registry: &Registry, before: &mut HashSet<String>) -> Result<usize, StoreError> {
    let now = unheld(store, registry).await?;
    let twice = now.iter().filter(|id| before.contains(*id)).cloned().collect();
    *before = now.into_iter().collect();
    interrupt(store, registry, twice).await
}

async fn unheld(store: &dyn Store, registry: &Registry) -> Result<Vec<String>, StoreError> {
    let mut unheld = Vec::new();
    for id in store.live().await? {
        if registry.is_free(&id).await {
            unheld.push(id);
        }
    }
    Ok(unheld)
}

async fn interrupt(store: &dyn Store, registry: &Registry, ids: Vec<String>) -> Result<usize, StoreError> {
    let mut interrupted = 0;
    for id in ids {
        // held meanwhile, so that nobody takes it up between the look and the note
        let Some(free) = registry.take_free(&id).await else { continue };
        let noted = store.interrupt(&id).await;
        free.release().await;
        interrupted += usize::from(noted?);
    }
    Ok(interrupted)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use interview::Plan;
    use queue::memory::MemoryLeases;
    use session::Lobby;
    use store::{Interview, Sqlite, Status};

    use super::*;

    async fn live(folder: &std::path::Path, ids: [&str; 2]) -> Sqlite {
        let yaml = "id: t\ntitle: T\nrole: R\nopening: O.\nclosing: C.\nquestions:\n  - {id: a, competency: C, text: T?, rephrase: R?}";
        let store = Sqlite::open(&folder.join("interviews.db")).await.unwrap();
        for id in ids {
            let plan = Plan::from_yaml(yaml).unwrap();
            store.create(&Interview { id: id.into(), plan, status: Status::Live, created_unix_ms: 1 }).await.unwrap();
        }
        store
    }

    async fn status(store: &Sqlite, id: &str) -> Status {
        store.interview(id).await.unwrap().unwrap().status
    }

    #[tokio::test]
    async fn only_what_nobody_holds_is_interrupted() {
        let folder = tempfile::tempdir().unwrap();
        let (store, leases) = (live(folder.path(), ["held", "left"]).await, Arc::new(MemoryLeases::default()));
        let (other, starting) = (Registry::new(leases.clone()), Registry::new(leases));
        let held = other.hold("held", &Lobby::new(1)).await;
        let ids = unheld(&store, &starting).await.unwrap();
        assert_eq!(interrupt(&store, &starting, ids).await.unwrap(), 1);
        assert_eq!(status(&store, "held").await, Status::Live);
        assert_eq!(status(&store, "left").await, Status::Interrupted);
        assert!(starting.is_free("left").await, "it can be taken up at once");
        assert_eq!(interrupt(&store, &starting, vec!["held".into()]).await.unwrap(), 0, "held since the look");
        drop(held);
    }

    #[tokio::test]
    async fn one_look_is_not_enough() {
        let folder = tempfile::tempdir().unwrap();
        let (store, leases) = (live(folder.path(), ["a", "b"]).await, Arc::new(MemoryLeases::default()));
        let (other, ours) = (Registry::new(leases.clone()), Registry::new(leases));
        let mut before = HashSet::new();
        assert_eq!(look(&store, &ours, &mut before).await.unwrap(), 0);
        let _renewed = other.hold("a", &Lobby::new(1)).await;
        assert_eq!(look(&store, &ours, &mut before).await.unwrap(), 1);
        assert_eq!((status(&store, "a").await, status(&store, "b").await), (Status::Live, Status::Interrupted));
    }
}
