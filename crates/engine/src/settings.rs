//! How the engine is set up.

use faultline_source::{Limits, RegistryConfig, Timeouts};

/// Where the public OSV export is, unless the user says otherwise.
pub const OSV_EXPORT: &str = "https://osv-vulnerabilities.storage.googleapis.com";

/// Settings of an engine.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Forbids the network.
    pub offline: bool,
    /// Worker threads; `None` takes one per core.
    pub threads: Option<usize>,
    /// How long servers are waited for.
    pub timeouts: Timeouts,
    /// Bounds on everything that comes from outside.
    pub limits: Limits,
    /// Largest source file that is parsed, in bytes.
    pub max_source_bytes: u64,
    /// Base address of the OSV export.
    pub osv_url: String,
    /// Addresses of package registries that win over the user's client files.
    pub registries: RegistryConfig,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            offline: false,
            threads: None,
            timeouts: Timeouts::default(),
            limits: Limits::default(),
            max_source_bytes: 4 << 20,
            osv_url: OSV_EXPORT.to_owned(),
            registries: RegistryConfig::default(),
        }
    }
}
