//! What the caller, the environment and the user's home say about registries.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Faultline's own configuration of registries; it wins over everything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegistryConfig {
    /// Address of the npm registry.
    pub npm: Option<String>,
    /// Addresses of npm registries by scope, e.g. `@acme`.
    pub npm_scopes: BTreeMap<String, String>,
    /// Address of the Python index (the simple API).
    pub pypi: Option<String>,
    /// Address of the Maven repository.
    pub maven: Option<String>,
    /// Folders in the layout of a Maven repository, asked before everything else.
    pub maven_local: Vec<PathBuf>,
    /// Go module proxies, in the form of `GOPROXY`.
    pub go: Option<String>,
    /// Address of a sparse Cargo index.
    pub cargo: Option<String>,
    /// `Authorization` header values by address prefix; sent to no other address.
    pub authorization: BTreeMap<String, String>,
}

/// The user's surroundings. Tests make their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientEnvironment {
    /// Environment variables.
    pub vars: BTreeMap<String, String>,
    /// The home directory.
    pub home: Option<PathBuf>,
    /// Folder that stands for `/` when system-wide files are read; `None` reads none.
    pub system: Option<PathBuf>,
    /// Whether installed clients may be run and asked.
    pub ask_clients: bool,
}

impl ClientEnvironment {
    /// The environment of this process.
    pub fn of_process() -> ClientEnvironment {
        ClientEnvironment {
            vars: std::env::vars_os()
                .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
                .collect(),
            home: std::env::home_dir().filter(|h| h.is_absolute()),
            system: Some(PathBuf::from("/")),
            ask_clients: true,
        }
    }

    /// A variable that is set and not empty.
    pub(crate) fn var(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }

    /// A setting of Go: from the environment, else from the file that `go env -w` writes.
    pub(crate) fn go_setting(&self, name: &str) -> Option<String> {
        if let Some(value) = self.var(name) {
            return Some(value.to_owned());
        }
        let named = self.var("GOENV").filter(|file| *file != "off").map(PathBuf::from);
        let config = self.var("XDG_CONFIG_HOME").map(PathBuf::from);
        let config = config.or_else(|| Some(self.home.as_ref()?.join(".config")));
        let file = named.or_else(|| Some(config?.join("go/env")))?;
        setting_in(&file, name)
    }
}

/// The value of a `NAME=value` line.
pub(super) fn setting_in(file: &std::path::Path, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let value = text.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='))?;
    let value = value.trim().trim_matches('"');
    (!value.is_empty()).then(|| value.to_owned())
}
