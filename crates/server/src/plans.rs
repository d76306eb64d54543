//! The plans on offer: those in the binary, and those in a folder of the operator's.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use interview::Plan;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../assets/plans"]
struct Shipped;

/// Plans by id.
#[derive(Clone, Debug, Default)]
pub struct Plans(BTreeMap<String, Plan>);

impl Plans {
    /// The plans in the binary.
    ///
    /// # Errors
    /// When one of them is not valid, which a test rules out.
    pub fn shipped() -> Result<Self> {
        let mut plans = Self::default();
        for name in Shipped::iter() {
            let file = Shipped::get(&name).with_context(|| format!("{name} is missing"))?;
            plans.add(&name, &String::from_utf8_lossy(&file.data))?;
        }
        Ok(plans)
    }

    /// Adds the `.yaml` files of `folder`; one with the id of another takes its place. No folder, no plans.
    ///
    /// # Errors
    /// When a file cannot be read or is not a plan; it is named.
    pub fn with_folder(mut self, folder: &Path) -> Result<Self> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Ok(self) };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            if path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
                let name = path.display().to_string();
                let yaml = std::fs::read_to_string(&path).with_context(|| format!("{name} cannot be read"))?;
                self.add(&name, &yaml)?;
            }
        }
        Ok(self)
    }

    fn add(&mut self, name: &str, yaml: &str) -> Result<()> {
        let plan = Plan::from_yaml(yaml).with_context(|| name.to_owned())?;
        self.0.insert(plan.id.clone(), plan);
        Ok(())
    }

    /// The plan called `id`.
    pub fn get(&self, id: &str) -> Option<&Plan> {
        self.0.get(id)
    }

    /// All plans, by id.
    pub fn all(&self) -> impl Iterator<Item = &Plan> {
        self.0.values()
    }
}
