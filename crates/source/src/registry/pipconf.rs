//! pip's settings: the index in the environment and in the user's and the system's files.

use std::path::{Path, PathBuf};

use super::config::ClientEnvironment;

/// The indexes found in one place, the main one first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Indexes {
    pub(super) main: Option<String>,
    pub(super) extra: Vec<String>,
}

pub(super) fn from_variables(environment: &ClientEnvironment) -> Indexes {
    let named = ["PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"];
    let main = named.iter().find_map(|n| environment.var(n)).map(|v| without_name(v).to_owned());
    let named = ["PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL"];
    let extra = named.iter().filter_map(|n| environment.var(n));
    let extra = extra.flat_map(str::split_whitespace).map(|v| without_name(v).to_owned()).collect();
    Indexes { main, extra }
}

/// uv allows `name=address`.
fn without_name(value: &str) -> &str {
    match value.split_once('=') {
        Some((name, address)) if !name.contains([':', '/']) => address,
        _ => value,
    }
}

/// pip's files, those that win first.
pub(super) fn files(environment: &ClientEnvironment) -> Vec<PathBuf> {
    let mut files = Vec::new();
    match environment.var("PIP_CONFIG_FILE") {
        Some(file) if Path::new(file).is_absolute() => files.push(PathBuf::from(file)),
        _ => {}
    }
    if let Some(appdata) = environment.var("APPDATA") {
        files.push(Path::new(appdata).join("pip/pip.ini"));
    }
    let config = environment.var("XDG_CONFIG_HOME").map(PathBuf::from);
    if let Some(home) = &environment.home {
        let config = config.filter(|c| c.is_absolute()).unwrap_or_else(|| home.join(".config"));
        files.push(home.join("Library/Application Support/pip/pip.conf"));
        files.push(config.join("pip/pip.conf"));
        files.push(home.join(".pip/pip.conf"));
    }
    if let Some(system) = &environment.system {
        files.extend(["etc/pip.conf", "etc/xdg/pip/pip.conf"].map(|f| system.join(f)));
    }
    files
}

/// Reads `index-url` and `extra-index-url` of the sections that downloading uses.
pub(super) fn parse(text: &str) -> Indexes {
    let mut indexes = Indexes::default();
    let mut relevant = false;
    let mut extra_goes_on = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(section) = trimmed.strip_prefix('[') {
            relevant = matches!(section.trim_end_matches(']'), "global" | "install" | "download");
            extra_goes_on = false;
        } else if extra_goes_on && line.starts_with([' ', '\t']) {
            indexes.extra.push(trimmed.to_owned());
        } else if let Some((key, value)) = trimmed.split_once(['=', ':']).filter(|_| relevant) {
            let key = key.trim().replace('_', "-");
            extra_goes_on = key == "extra-index-url";
            match key.as_str() {
                "index-url" => indexes.main = Some(value.trim().to_owned()).filter(|v| !v.is_empty()),
                "extra-index-url" => indexes.extra.extend(value.split_whitespace().map(str::to_owned)),
                _ => {}
            }
        }
    }
    indexes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_and_continued_lines() {
        let text = "[global]\nindex-url = https://a.example/simple\nextra-index-url =\n    https://b.example/simple\n    https://c.example/simple\n[list]\nindex-url = https://no.example\n";
        let indexes = parse(text);
        assert_eq!(indexes.main.as_deref(), Some("https://a.example/simple"));
        assert_eq!(indexes.extra, ["https://b.example/simple", "https://c.example/simple"]);
    }

    #[test]
    fn uv_names_are_dropped() {
        assert_eq!(without_name("corp=https://a.example/simple"), "https://a.example/simple");
        assert_eq!(without_name("https://a.example/simple?x=y"), "https://a.example/simple?x=y");
    }
}
