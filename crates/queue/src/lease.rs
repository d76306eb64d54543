//! Who holds what, for a time.

use std::time::Duration;

use async_trait::async_trait;

use crate::QueueError;

/// Leases: which gateway holds which interview, say. A holder that dies loses its leases when their time is over.
#[async_trait]
pub trait Leases: Send + Sync {
    /// Takes or renews the lease of `name` for `holder`; the one who holds it afterwards.
    ///
    /// # Errors
    /// `Lost` when the server cannot be reached.
    async fn claim(&self, name: &str, holder: &str, time: Duration) -> Result<String, QueueError>;

    /// Takes it from whoever holds it; the one who held it.
    ///
    /// # Errors
    /// `Lost` when the server cannot be reached.
    async fn take_over(&self, name: &str, holder: &str, time: Duration) -> Result<Option<String>, QueueError>;

    /// Gives it up, if `holder` holds it.
    ///
    /// # Errors
    /// `Lost` when the server cannot be reached.
    async fn release(&self, name: &str, holder: &str) -> Result<(), QueueError>;

    /// Who holds it.
    ///
    /// # Errors
    /// `Lost` when the server cannot be reached.
    async fn holder(&self, name: &str) -> Result<Option<String>, QueueError>;
}
