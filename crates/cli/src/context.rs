//! What every command needs: settings, store, engine, progress.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use faultline_engine::{Engine, OSV_EXPORT, Progress, Settings, Silent};
use faultline_source::{RegistryConfig, Timeouts};
use faultline_store::Store;

use crate::args::Global;
use crate::output::{Output, shown};
use crate::progress::Bars;

/// Settings of one run.
pub struct Context<'a> {
    /// Options that every command has.
    pub global: &'a Global,
    /// Where the answer goes.
    pub output: Output,
    progress: Box<dyn Progress>,
}

impl<'a> Context<'a> {
    /// From the command line.
    pub fn new(global: &'a Global) -> Context<'a> {
        let bars = !global.quiet && std::io::stderr().is_terminal();
        let progress: Box<dyn Progress> = if bars { Box::new(Bars::default()) } else { Box::new(Silent) };
        Context { global, output: Output::new(global.output.as_deref()), progress }
    }

    /// Whom stages tell what they do.
    pub fn progress(&self) -> &dyn Progress {
        &*self.progress
    }

    /// Settings for the engine.
    pub fn settings(&self) -> Settings {
        let osv_url = std::env::var("FAULTLINE_OSV_URL").unwrap_or_else(|_| OSV_EXPORT.to_owned());
        Settings {
            offline: self.global.offline,
            threads: self.global.threads,
            timeouts: Timeouts { idle: Duration::from_secs(self.global.timeout), ..Timeouts::default() },
            osv_url: osv_url.trim_end_matches('/').to_owned(),
            registries: RegistryConfig {
                npm: std::env::var("FAULTLINE_NPM_REGISTRY").ok(),
                pypi: std::env::var("FAULTLINE_PYPI_INDEX").ok(),
                maven: std::env::var("FAULTLINE_MAVEN_REPOSITORY").ok(),
                maven_local: std::env::var_os("FAULTLINE_MAVEN_LOCAL")
                    .map(|paths| std::env::split_paths(&paths).collect())
                    .unwrap_or_default(),
                go: std::env::var("FAULTLINE_GO_PROXY").ok(),
                cargo: std::env::var("FAULTLINE_CARGO_INDEX").ok(),
                ..RegistryConfig::default()
            },
            ..Settings::default()
        }
    }

    /// An engine over the store.
    pub fn engine(&self) -> anyhow::Result<Engine> {
        let store = Store::open(&self.store_path()?)?;
        Ok(Engine::new(store, self.settings())?)
    }

    /// An engine whose store is forgotten at the end.
    pub fn scratch_engine(&self) -> anyhow::Result<Engine> {
        Ok(Engine::new(Store::in_memory()?, self.settings())?)
    }

    /// `--store`, else `FAULTLINE_STORE`, else a file in the user's data directory.
    pub fn store_path(&self) -> anyhow::Result<PathBuf> {
        let path = match &self.global.store {
            Some(path) => path.clone(),
            None => default_store()?,
        };
        if path.to_string_lossy().starts_with("postgres://") || path.to_string_lossy().starts_with("postgresql://") {
            bail!("this version has no shared store; give --store a file");
        }
        Ok(path)
    }

    /// A remark for a person, on stderr.
    pub fn note(&self, text: &str) {
        if !self.global.quiet {
            anstream::eprintln!("{}", shown(text));
        }
    }
}

fn default_store() -> anyhow::Result<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "faultline")
        .context("the user's data directory is not known; name a file with --store or FAULTLINE_STORE")?;
    Ok(folders.data_dir().join("store.db"))
}
