//! Which gateway holds which interview, for all gateways to see: one at a time, whoever the candidate connects to.
//!
//! A hold is a lease that is renewed. Who wants an interview that another gateway holds says so beside it; the holder
//! sees that when it next renews, lets its connection go as for a second tab, and gives the lease up. A gateway that died
//! loses its leases with time. Should the registry itself be away, the event log still takes one writer only.

use std::sync::Arc;
use std::time::Duration;

use queue::Leases;
use queue::memory::MemoryLeases;
use session::Lobby;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// A gateway that died has lost its interviews after this time.
const LEASE: Duration = Duration::from_secs(6);
/// How often a lease is renewed, and looked whether somebody wants it.
const RENEW_EVERY: Duration = Duration::from_secs(1);
/// How often one who waits for a lease looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The registry, as one gateway sees it.
pub struct Registry {
    leases: Arc<dyn Leases>,
    gateway: String,
}

impl Registry {
    /// The registry in `leases`, for this gateway, under a name that no other has.
    pub fn new(leases: Arc<dyn Leases>) -> Self {
        let unique = &Uuid::new_v4().simple().to_string()[..6];
        Self { leases, gateway: format!("gateway-{}-{unique}@{}", std::process::id(), queue::worker::host()) }
    }

    /// A registry for a gateway that is the only one.
    pub fn alone() -> Self {
        Self::new(Arc::new(MemoryLeases::default()))
    }

    /// The gateway that holds `interview`, if one does and the registry can be reached.
    pub(crate) async fn gateway_of(&self, interview: &str) -> Option<String> {
        let holder = self.leases.holder(interview).await.ok().flatten()?;
        Some(holder.rsplit_once('/').map_or(holder.clone(), |(gateway, _)| gateway.to_owned()))
    }

    /// Whether nobody holds `interview`, as far as is known: a registry that cannot be reached knows of no free one.
    pub(crate) async fn is_free(&self, interview: &str) -> bool {
        matches!(self.leases.holder(interview).await, Ok(None))
    }

    /// Takes `interview` for a moment, if nobody holds it.
    pub(crate) async fn take_free(&self, interview: &str) -> Option<Lease> {
        let lease = self.lease(interview);
        let holder = self.leases.claim(interview, &lease.holder, LEASE).await.ok()?;
        (holder == lease.holder).then_some(lease)
    }

    /// A lease to be claimed. Each has a name of its own, so that a hold that ends late does not give up its
    /// successor's.
    fn lease(&self, interview: &str) -> Lease {
        Lease {
            leases: self.leases.clone(),
            interview: interview.to_owned(),
            holder: format!("{}/{}", self.gateway, Uuid::new_v4().simple()),
        }
    }

    /// Waits until this gateway holds `interview`; `lobby` is told when another one wants it. Given back when dropped.
    pub(crate) async fn hold(&self, interview: &str, lobby: &Lobby) -> Held {
        let lease = self.lease(interview);
        lease.wait().await;
        let renewing = tokio::spawn(lease.clone().renew(lobby.clone()));
        Held { lease, renewing }
    }
}

/// The right of this gateway to hold an interview.
pub(crate) struct Held {
    lease: Lease,
    renewing: JoinHandle<()>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.renewing.abort();
        let lease = self.lease.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(lease.release());
        }
    }
}

/// A lease of an interview, under a name of its own.
#[derive(Clone)]
pub(crate) struct Lease {
    leases: Arc<dyn Leases>,
    interview: String,
    holder: String,
}

impl Lease {
    /// Gives it up.
    pub(crate) async fn release(self) {
        // one that cannot be given up ends with its time
        let _ = self.leases.release(&self.interview, &self.holder).await;
    }

    /// Where somebody says that they want the interview.
    fn wanted(&self) -> String {
        format!("{}:wanted", self.interview)
    }

    async fn wait(&self) {
        loop {
            match self.leases.claim(&self.interview, &self.holder, LEASE).await {
                Ok(holder) if holder == self.holder => break,
                Ok(_) => drop(self.leases.claim(&self.wanted(), &self.holder, LEASE).await),
                Err(error) => {
                    tracing::warn!(%error, interview = self.interview, "held without a lease; the log takes one writer");
                    break;
                }
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let _ = self.leases.release(&self.wanted(), &self.holder).await;
    }

    /// Renews until another wants the interview or has it.
    async fn renew(self, lobby: Lobby) {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            let claimed = self.leases.claim(&self.interview, &self.holder, LEASE).await;
            let lost = claimed.is_ok_and(|holder| holder != self.holder);
            let wanted = self.leases.holder(&self.wanted()).await.is_ok_and(|wanting| wanting.is_some());
            if lost || wanted {
                lobby.call_off(&self.interview);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> (Registry, Registry) {
        let leases = Arc::new(MemoryLeases::default());
        (Registry::new(leases.clone()), Registry::new(leases))
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_gateway_waits_until_the_first_has_let_go() {
        let (ours, theirs) = two();
        let (lobby, their_lobby) = (Lobby::new(1), Lobby::new(1));
        let mut connection = lobby.hold("i").await;
        let held = ours.hold("i", &lobby).await;
        assert_eq!(theirs.gateway_of("i").await.as_ref(), Some(&ours.gateway));
        let taking = tokio::spawn(async move {
            let held = theirs.hold("i", &their_lobby).await;
            (held, theirs)
        });
        connection.notice.changed().await.unwrap();
        assert_eq!(connection.notice.borrow().error().unwrap().0, "taken_over");
        assert!(!taking.is_finished(), "what was said last is still being kept");
        drop(held);
        let (_held, theirs) = taking.await.unwrap();
        assert_eq!(ours.gateway_of("i").await.as_ref(), Some(&theirs.gateway));
    }

    #[tokio::test(start_paused = true)]
    async fn what_ends_is_free_at_once_and_what_died_with_time() {
        let (ours, theirs) = two();
        let lobby = Lobby::new(1);
        drop(ours.hold("i", &lobby).await);
        let held = theirs.hold("i", &lobby).await;
        held.renewing.abort();
        std::mem::forget(held); // as one who dies
        assert!(ours.gateway_of("i").await.is_some());
        let _held = ours.hold("i", &lobby).await;
        assert_eq!(theirs.gateway_of("i").await.as_ref(), Some(&ours.gateway));
    }
}
