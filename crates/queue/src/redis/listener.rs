//! Listening to a channel over a connection that may break.

use std::time::Duration;

use tokio::sync::mpsc;

use super::Link;
use super::hub::Told;
use crate::QueueError;

/// Somebody who listens to a channel, until dropped.
pub(crate) struct Listener {
    link: Link,
    channel: String,
    number: u64,
    told: mpsc::UnboundedReceiver<Told>,
}

impl Link {
    /// Listens to a channel; what is published from now on is told.
    pub(crate) async fn listen(&self, channel: &str) -> Result<Listener, QueueError> {
        let (_, number, told) = self.hub().add(channel);
        // made before the server is asked, so that it is taken back even if we are not waited for
        let listener = Listener { link: self.clone(), channel: channel.to_owned(), number, told };
        self.run(|mut connection| async move { connection.subscribe(channel).await }).await?;
        Ok(listener)
    }
}

impl Listener {
    /// What is told next; `None` when nothing was within `time`.
    pub(crate) async fn next(&mut self, time: Duration) -> Option<Told> {
        tokio::time::timeout(time, self.told.recv()).await.ok().flatten()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let last = self.link.hub().remove(&self.channel, self.number);
        let (Ok(runtime), true) = (tokio::runtime::Handle::try_current(), last) else { return };
        let (link, channel) = (self.link.clone(), std::mem::take(&mut self.channel));
        runtime.spawn(async move {
            // somebody may have begun to listen meanwhile; a subscription too many does no harm
            if let (Some(mut connection), false) = (link.at_hand().await, link.hub().has(&channel)) {
                let _ = connection.unsubscribe(channel).await;
            }
        });
    }
}
