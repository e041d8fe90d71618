//! Asks the installed package clients for their defaults, from an empty folder.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::config::ClientEnvironment;
use super::npmrc::{self, Settings};
use crate::process::{Output, run};

const PATIENCE: Duration = Duration::from_secs(30);

/// npm's settings as npm sees them: its default, its own file and the system's.
pub(super) fn npm_settings(environment: &ClientEnvironment) -> Option<Settings> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let output = ask(environment, &[program, "config", "list", "--json"])?;
    let listed: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&output.stdout).ok()?;
    let mut settings = Settings::new();
    let global = listed.get("globalconfig").and_then(|v| v.as_str());
    if let Some(text) = global.and_then(|file| std::fs::read_to_string(file).ok()) {
        settings = npmrc::parse(&text, environment);
    }
    for (key, value) in &listed {
        if let Some(value) = value.as_str().filter(|_| key == "registry" || key.ends_with(":registry")) {
            settings.insert(key.clone(), value.to_owned());
        }
    }
    Some(settings)
}

/// The proxies that the installed go uses.
pub(super) fn go_default(environment: &ClientEnvironment) -> Option<String> {
    let output = ask(environment, &["go", "env", "GOPROXY"])?;
    let value = output.stdout.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// The index that pip uses when nothing is configured, read from pip's own files.
pub(super) fn pip_default(environment: &ClientEnvironment) -> Option<String> {
    let installed = pip_folders(environment).into_iter().find_map(|pip| {
        let text = std::fs::read_to_string(pip.join("_internal/models/index.py")).ok()?;
        index_of(&text)
    });
    installed.or_else(|| bundled_pip(environment))
}

/// Folders of pip, as `pip --version` tells.
fn pip_folders(environment: &ClientEnvironment) -> Vec<PathBuf> {
    let ways: [&[&str]; 4] = [
        &["python3", "-I", "-m", "pip", "--version"],
        &["pip3", "--version"],
        &["pip", "--version"],
        &["python", "-I", "-m", "pip", "--version"],
    ];
    let folder = |way: &&[&str]| {
        let output = ask(environment, way)?;
        let (_, rest) = output.stdout.split_once(" from ")?;
        let (folder, _) = rest.rsplit_once(" (python")?;
        Some(PathBuf::from(folder)).filter(|f| f.is_absolute())
    };
    ways.iter().find_map(folder).into_iter().collect()
}

/// Python carries pip as an archive for new environments.
fn bundled_pip(environment: &ClientEnvironment) -> Option<String> {
    let code = "import ensurepip, os; print(os.path.join(os.path.dirname(ensurepip.__file__), '_bundled'))";
    let output = ask(environment, &["python3", "-I", "-c", code])?;
    let folder = Path::new(output.stdout.trim());
    let wheels = std::fs::read_dir(folder).ok()?.filter_map(|e| Some(e.ok()?.path()));
    let wheel = wheels.filter(|p| p.to_string_lossy().contains("pip-")).min()?;
    let bytes = std::fs::read(wheel).ok()?;
    let wanted = |path: &str| path == "pip/_internal/models/index.py";
    let limits = crate::Limits::default();
    let files = crate::unpack("pip.whl", &bytes, crate::ArchiveKind::Wheel, &limits, &wanted).ok()?;
    index_of(std::str::from_utf8(files.get("pip/_internal/models/index.py")?).ok()?)
}

/// pip names its index `PyPI = PackageIndex("address", …)`; the simple API is below.
fn index_of(source: &str) -> Option<String> {
    let line = source.lines().find(|l| l.trim_start().starts_with("PyPI = PackageIndex("))?;
    let from = source.find(line)?;
    let address = source[from..].split(['"', '\'']).nth(1)?;
    address.starts_with("http").then(|| format!("{}/simple/", address.trim_end_matches('/')))
}

/// Runs a client in an empty folder, which is a project of its own so that none above it counts.
fn ask(environment: &ClientEnvironment, line: &[&str]) -> Option<Output> {
    if !environment.ask_clients {
        return None;
    }
    let (program, arguments) = line.split_first()?;
    let folder = tempfile::tempdir().ok()?;
    std::fs::write(folder.path().join("package.json"), "{}\n").ok()?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder.path()).env_clear().envs(&environment.vars).env("PWD", folder.path());
    let foreign =
        ["INIT_CWD", "npm_config_local_prefix", "PYTHONPATH", "PYTHONSTARTUP", "NODE_OPTIONS", "GOFLAGS", "GOWORK"];
    for name in foreign {
        command.env_remove(name);
    }
    run(&mut command, program, PATIENCE).ok().filter(|o| o.success)
}

#[cfg(test)]
mod tests {
    use super::index_of;

    #[test]
    fn pips_own_words_are_understood() {
        let source = "class PackageIndex:\n    pass\n\nPyPI = PackageIndex(\"https://index.example/\", file_storage_domain=\"files.example\")\n";
        assert_eq!(index_of(source).as_deref(), Some("https://index.example/simple/"));
        let source = "PyPI = PackageIndex(\n    'https://index.example',\n)\n";
        assert_eq!(index_of(source).as_deref(), Some("https://index.example/simple/"));
        assert_eq!(index_of("nothing"), None);
    }
}
