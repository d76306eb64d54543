//! The files under `assets/` that ship.

use std::fs;
use std::path::{Path, PathBuf};

use interview::Plan;

/// The plans that ship; each has a candidate of the same name.
pub(crate) const PLANS: [&str; 3] = ["software-engineer", "customer-support", "remote-work"];

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of the repository, as text.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// A plan that ships.
pub(crate) fn plan(name: &str) -> Plan {
    Plan::from_yaml(&read(&format!("assets/plans/{name}.yaml"))).unwrap_or_else(|e| panic!("{name}: {e}"))
}
