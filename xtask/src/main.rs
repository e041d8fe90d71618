//! `cargo xtask tidy` keeps the house as `ARCHITECTURE.md` draws it.

mod edges;
mod eval;
mod files;
mod sources;
mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};

/// One broken rule, as `place: what is wrong; remedy`.
pub(crate) type Fault = String;

fn main() -> ExitCode {
    match run() {
        Ok(faults) if faults.is_empty() => ExitCode::SUCCESS,
        Ok(faults) => {
            for fault in &faults {
                eprintln!("{fault}");
            }
            eprintln!("tidy: {} faults", faults.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

fn run() -> anyhow::Result<Vec<Fault>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("tidy") => tidy(&root()?),
        Some("eval") => eval::run(&args[1..]).map(|()| Vec::new()),
        _ => bail!("usage: cargo xtask tidy | eval"),
    }
}

/// The workspace's root: the parent of this crate.
fn root() -> anyhow::Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here.parent().context("xtask stands in the workspace")?.to_owned())
}

/// Every check, in a fixed order.
fn tidy(root: &Path) -> anyhow::Result<Vec<Fault>> {
    let crates = files::crates(root)?;
    let texts = files::texts(root)?;
    let architecture = std::fs::read_to_string(root.join("ARCHITECTURE.md")).context("ARCHITECTURE.md")?;
    let mut faults = edges::check(&architecture, &crates)?;
    faults.extend(sources::check(&crates));
    faults.extend(files::check_sizes(&texts));
    faults.extend(words::check(&texts));
    Ok(faults)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_house_is_tidy() {
        let faults = super::tidy(&super::root().unwrap()).unwrap();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
