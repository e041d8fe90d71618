//! `exports` and `imports` of a `package.json`: the target that the importer's conditions give, else every
//! target that any condition gives.

use serde_json::Value;

/// How the importing file loads modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loader {
    /// `import`.
    Import,
    /// `require`.
    Require,
    /// Not known: every condition counts.
    Any,
}

impl Loader {
    fn takes(self, condition: &str) -> bool {
        match condition {
            _ if self == Loader::Any => false,
            "node" | "node-addons" | "module-sync" | "default" => true,
            "import" => self == Loader::Import,
            "require" => self == Loader::Require,
            _ => false,
        }
    }
}

/// Targets of a subpath (`""` for the package itself), in order of appearance.
pub(super) fn resolve(json: &str, subpath: &str, loader: Loader) -> Vec<String> {
    let Ok(value) = serde_json::from_str::<Value>(json) else { return Vec::new() };
    let wanted = if subpath.is_empty() { ".".to_owned() } else { format!("./{subpath}") };
    let mut out = Vec::new();
    match &value {
        Value::Object(map) if map.keys().any(|key| key.starts_with('.')) => lookup(map, &wanted, loader, &mut out),
        other if wanted == "." => targets(other, "", loader, &mut out),
        _ => {}
    }
    out
}

/// Targets of a `#name`.
pub(super) fn resolve_imports(json: &str, specifier: &str, loader: Loader) -> Vec<String> {
    let Ok(Value::Object(map)) = serde_json::from_str::<Value>(json) else { return Vec::new() };
    let mut out = Vec::new();
    lookup(&map, specifier, loader, &mut out);
    out
}

fn lookup(map: &serde_json::Map<String, Value>, wanted: &str, loader: Loader, out: &mut Vec<String>) {
    if let Some(value) = map.get(wanted) {
        return targets(value, "", loader, out);
    }
    let best = map.iter().filter_map(|(key, value)| Some((key, value, matched(key, wanted)?)));
    if let Some((_, value, star)) = best.max_by_key(|(key, _, _)| (key.find('*').unwrap_or(key.len()), key.len())) {
        targets(value, star, loader, out);
    }
}

/// What `*` stands for, or the rest after a folder key.
fn matched<'a>(key: &str, wanted: &'a str) -> Option<&'a str> {
    if let Some((before, after)) = key.split_once('*') {
        return wanted.strip_prefix(before)?.strip_suffix(after);
    }
    if key.ends_with('/') { wanted.strip_prefix(key) } else { None }
}

fn targets(value: &Value, star: &str, loader: Loader, out: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let mut target = text.replace('*', star);
            if text.ends_with('/') {
                target.push_str(star);
            }
            if !out.contains(&target) {
                out.push(target);
            }
        }
        Value::Array(list) => list.iter().for_each(|item| targets(item, star, loader, out)),
        Value::Object(map) => {
            let before = out.len();
            for (_, item) in map.iter().filter(|(condition, _)| loader.takes(condition)) {
                targets(item, star, loader, out);
                if out.len() > before {
                    return;
                }
            }
            let code = map.iter().filter(|(condition, _)| !condition.starts_with("types") && *condition != "browser");
            code.for_each(|(_, item)| targets(item, star, Loader::Any, out));
        }
        _ => {}
    }
}
