//! Runs `faultline callgraph` on a folder and reads its JSON.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde::Deserialize;

/// `faultline.callgraph/1`, the parts that are compared.
#[derive(Debug, Deserialize)]
pub struct CallGraph {
    /// Functions, by id.
    pub functions: Vec<Function>,
    /// Edges.
    pub edges: Vec<Edge>,
}

/// A function of the graph.
#[derive(Debug, Deserialize)]
pub struct Function {
    /// The ecosystem's own name.
    pub name: String,
    /// File, `null` for builtins.
    pub file: Option<String>,
    /// First line.
    pub line: Option<u32>,
    /// First column, UTF-8 bytes.
    pub column: Option<u32>,
    /// Last line.
    pub end_line: Option<u32>,
    /// Column after the end.
    pub end_column: Option<u32>,
}

/// An edge of the graph.
#[derive(Debug, Deserialize)]
pub struct Edge {
    /// Caller id.
    pub from: usize,
    /// Callee id.
    pub to: usize,
    /// File of the call.
    pub file: Option<String>,
    /// First line of the call.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the end.
    pub end_column: u32,
    /// Kind.
    pub kind: String,
}

/// The release binary, from `FAULTLINE` or the target directory.
pub fn binary() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("FAULTLINE") {
        return Ok(path.into());
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/faultline");
    path.canonicalize().context("no release binary: run `cargo build --release` or set FAULTLINE")
}

/// The call graph of one folder.
pub fn callgraph(binary: &Path, dir: &Path, extra: &[&str]) -> anyhow::Result<CallGraph> {
    let output =
        Command::new(binary).arg("callgraph").arg(dir).args(["--format", "json", "--offline"]).args(extra).output()?;
    if !matches!(output.status.code(), Some(0 | 3)) {
        bail!("{}: {}", dir.display(), String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).with_context(|| format!("call graph of {}", dir.display()))
}
