//! What pages that are one file are made of.

mod base64;
mod html;
mod mu_law;

use sha2::{Digest, Sha256};

pub use base64::encode as base64;
pub use html::{escape, fill};
pub use mu_law::mu_law;

/// The content security policy of a page that may load nothing, and use no style and no script but these.
pub fn policy(style: &str, script: &str) -> String {
    let hash = |text: &str| base64(&Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(style),
        hash(script)
    )
}
