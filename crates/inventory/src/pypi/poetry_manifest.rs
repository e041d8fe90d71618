//! The `tool.poetry` tables of a `pyproject.toml`.

use faultline_package::{Location, Scope};

use super::lock::normal;
use super::manifest::Declared;
use super::pyproject::{Reader, set_source};
use super::scope;
use super::source::Source;
use super::toml_doc::{self as toml, Table, Value};

/// Reads `[tool.poetry]`.
pub(super) fn read(reader: &mut Reader, poetry: &Table) {
    let python = &mut reader.manifest.python;
    python.name = python.name.take().or_else(|| toml::text(poetry, "name").map(str::to_owned));
    python.version = python.version.take().or_else(|| toml::text(poetry, "version").map(str::to_owned));
    let has_project = reader.manifest.is_project;
    let names = ["name", "dependencies", "group", "dev-dependencies"];
    reader.manifest.is_project |= names.iter().any(|key| poetry.contains_key(*key));
    dependencies(reader, toml::table(poetry, &["dependencies"]), Scope::Runtime, has_project);
    dependencies(reader, toml::table(poetry, &["dev-dependencies"]), Scope::Dev, false);
    for (group, table) in toml::table(poetry, &["group"]).into_iter().flatten() {
        let listed = toml::as_table(table).and_then(|table| toml::table(table, &["dependencies"]));
        dependencies(reader, listed, scope::of_group(group.get_ref()), false);
    }
    let scripts = reader.declarations(toml::table(poetry, &["scripts"]), "");
    reader.manifest.python.scripts.extend(scripts);
    for (group, table) in toml::table(poetry, &["plugins"]).into_iter().flatten() {
        let found = reader.declarations(toml::as_table(table), &format!("{}/", group.get_ref()));
        reader.manifest.python.entry_points.extend(found);
    }
}

/// One table of dependencies. With a `[project]` table it only adds to what is declared there.
fn dependencies(reader: &mut Reader, table: Option<&Table>, scope: Scope, enriches: bool) {
    for (name, value) in table.into_iter().flatten() {
        let name = normal(name.get_ref());
        if name == "python" {
            continue;
        }
        for entry in std::iter::once(value).chain(toml::items(value)).filter(|v| toml::items(v).is_empty()) {
            let known = enriches && enrich(reader, &name, entry);
            if !known {
                let declared = declared(reader, &name, entry, scope);
                reader.manifest.declared.push(declared);
            }
        }
    }
}

/// Gives the source to a dependency that `[project]` declares; false when it declares none of that name.
fn enrich(reader: &mut Reader, name: &str, entry: &Value) -> bool {
    let file = reader.file;
    let mut found = false;
    for declared in reader.manifest.declared.iter_mut().filter(|declared| declared.name == name) {
        if let Some(table) = toml::as_table(entry) {
            set_source(declared, table, file);
        }
        found = true;
    }
    found
}

fn declared(reader: &Reader, name: &str, entry: &Value, scope: Scope) -> Declared {
    let table = toml::as_table(entry);
    let requirement = toml::as_text(entry).or(table.and_then(|t| toml::text(t, "version"))).unwrap_or_default();
    let optional = table.is_some_and(|t| toml::is_set(t, "optional"));
    let mut declared = Declared {
        name: name.to_owned(),
        requirement: requirement.to_owned(),
        extras: table.map_or_else(Vec::new, |t| toml::texts(t, "extras")).into_iter().map(normal).collect(),
        marker: table.and_then(marker),
        scope: if optional { scope.max(Scope::Optional) } else { scope },
        source: Source::registry(None),
        location: Location { file: reader.file.to_owned(), line: reader.doc.line(entry) },
    };
    if let Some(table) = table {
        set_source(&mut declared, table, reader.file);
    }
    declared
}

/// `markers`, and the older `python` and `platform` conditions in the words of markers.
fn marker(table: &Table) -> Option<String> {
    let python = toml::text(table, "python").map(|python| format!("python_version: {python}"));
    let platform = toml::text(table, "platform").map(|platform| format!("sys_platform == '{platform}'"));
    toml::text(table, "markers").map(str::to_owned).or(platform).or(python)
}
