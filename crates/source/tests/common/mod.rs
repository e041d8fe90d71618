//! What the tests of registries share.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::time::Duration;

use faultline_package::{Ecosystem, Integrity, Purl};
use faultline_source::{
    ClientEnvironment, Fetched, Http, Limits, Registries, RegistryConfig, Result, Timeouts, digest,
};

pub fn quick() -> Timeouts {
    Timeouts { connect: Duration::from_secs(2), idle: Duration::from_millis(300), total: Duration::from_secs(3) }
}

pub fn limits() -> Limits {
    Limits { max_metadata_bytes: 1 << 20, max_archive_bytes: 1 << 20, ..Limits::default() }
}

pub fn registries(config: RegistryConfig, environment: ClientEnvironment) -> Registries {
    Registries::new(config, environment, Http::new(&quick(), false), limits())
}

pub fn fetch(
    registries: &Registries,
    ecosystem: Ecosystem,
    name: &str,
    version: &str,
    promised: &[Integrity],
) -> Result<Fetched> {
    registries.fetch(&Purl::new(ecosystem, name, Some(version)), promised, &|_: &str| true)
}

pub fn hash(algorithm: &str, bytes: &[u8]) -> Integrity {
    Integrity { algorithm: algorithm.into(), hex: digest(algorithm, bytes).unwrap(), file: None }
}

pub fn vars(pairs: &[(&str, &str)]) -> ClientEnvironment {
    let vars = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    ClientEnvironment { vars, ..ClientEnvironment::default() }
}
