//! Runs `faultline callgraph` on a folder and reads its JSON.

use std::collections::BTreeMap;
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
    /// Package version, `null` for first-party code.
    pub package: Option<String>,
    /// File, `null` for builtins.
    pub file: Option<String>,
    /// Kind of entry point.
    pub entry: Option<String>,
    /// First line.
    pub line: Option<u32>,
    /// First column, UTF-8 bytes.
    pub column: Option<u32>,
    /// Last line.
    pub end_line: Option<u32>,
    /// Column after the end.
    pub end_column: Option<u32>,
}

impl Function {
    /// True when this is a module body: in JavaScript its name is its file.
    pub fn is_module_name(&self) -> bool {
        let file = self.file.as_deref().unwrap_or_default();
        let stem = file.trim_end_matches(".py").trim_end_matches("/__init__").replace('/', ".");
        self.name == file || stem.ends_with(&self.name)
    }

    /// The file on disk; package files through the folders that [`packages`] found.
    pub fn absolute(&self, project: &Path, packages: &BTreeMap<String, Vec<PathBuf>>) -> Option<PathBuf> {
        let file = self.file.as_deref()?;
        let Some(package) = &self.package else { return Some(project.join(file)) };
        let roots = if package.starts_with("pkg:npm/") { packages.get(package) } else { packages.get("site-packages") };
        roots?.iter().map(|root| root.join(file)).find(|path| path.is_file())
    }
}

/// Folders of the installed packages below a project: npm packages by purl, `site-packages` as one.
pub fn packages(project: &Path) -> BTreeMap<String, Vec<PathBuf>> {
    let mut out: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for entry in walkdir::WalkDir::new(project).sort_by_file_name().into_iter().flatten() {
        let Some(folder) = entry.path().parent() else { continue };
        if entry.file_name() == "site-packages" {
            out.entry("site-packages".to_owned()).or_default().push(entry.path().to_owned());
        } else if let Some(purl) = npm_purl(entry.path()) {
            out.entry(purl).or_default().push(folder.to_owned());
        }
    }
    out
}

fn npm_purl(manifest: &Path) -> Option<String> {
    let inside = manifest.components().any(|c| c.as_os_str() == "node_modules");
    if manifest.file_name()? != "package.json" || !inside {
        return None;
    }
    let value: serde_json::Value = serde_json::from_slice(&std::fs::read(manifest).ok()?).ok()?;
    let name = value.get("name")?.as_str()?.replace('@', "%40");
    Some(format!("pkg:npm/{name}@{}", value.get("version")?.as_str()?))
}

/// An edge of the graph.
#[derive(Debug, Deserialize)]
pub struct Edge {
    /// Caller id.
    pub from: usize,
    /// Callee id.
    pub to: usize,
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
