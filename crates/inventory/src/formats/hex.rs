//! Hex: `mix.lock` and `mix.exs`, `rebar.lock`, Gleam's `gleam.toml` and `manifest.toml`.

use faultline_package::{Origin, Scope};

use super::lines::{parts, quoted, within};
use crate::Tree;
use crate::listing::{Fault, Listed, Need, Package, REGENERATE, hash};
use crate::text::Lines;
use crate::toml_doc;

/// `mix.lock`: an Elixir map from names to tuples.
pub(super) fn mix_lock(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let Some((offset, inside)) = within(text, '{', '}').filter(|_| text.trim_start().starts_with("%{")) else {
        return Err((1, "is not an Elixir map: run `mix deps.get`".to_owned()));
    };
    let lines = Lines::new(text);
    let mut out = Listed::default();
    for (at, part) in parts(inside) {
        let line = lines.of(offset + at + (part.len() - part.trim_start().len()));
        match mix_entry(part, line) {
            Some(package) => out.packages.push(package),
            None => out.fault(line, "an entry is not what mix writes; run `mix deps.get`"),
        }
    }
    Ok(out)
}

fn mix_entry(part: &str, line: u32) -> Option<Package> {
    let (key, value) = part.split_once(':')?;
    let name = quoted(key).unwrap_or(key.trim());
    let (_, tuple) = within(value, '{', '}')?;
    let items: Vec<&str> = parts(tuple).into_iter().map(|(_, part)| part.trim()).collect();
    let item = |index: usize| items.get(index).copied();
    match item(0)? {
        ":hex" => {
            let real = item(1)?.trim_start_matches(':').trim_matches('"');
            let sum = item(7).and_then(quoted).and_then(hash);
            let needs = item(5).and_then(|list| within(list, '[', ']')).map(|(_, list)| list.to_owned());
            let needs = parts(needs.as_deref().unwrap_or_default()).into_iter().filter_map(|(_, need)| mix_need(need));
            let needs = needs.collect();
            let alias = (real != name).then(|| name.to_owned());
            let key = name.to_owned();
            Some(Package {
                key,
                alias,
                integrity: sum.into_iter().collect(),
                needs,
                ..Package::new(real, quoted(item(2)?), line)
            })
        }
        ":git" => {
            let address = format!("{}#{}", quoted(item(1)?)?, item(2).and_then(quoted).unwrap_or_default());
            Some(Package { origin: Origin::Git, resolved: Some(address), ..Package::new(name, None, line) })
        }
        ":path" => Some(Package { origin: Origin::Path, ..Package::new(name, None, line) }),
        _ => None,
    }
}

/// `{:name, "~> 1.0", [optional: true, …]}`.
fn mix_need(text: &str) -> Option<Need> {
    let (_, tuple) = within(text, '{', '}')?;
    let name = tuple.trim_start().strip_prefix(':')?.split(',').next()?.trim();
    let optional = tuple.contains("optional: true");
    let scope = optional.then_some(Scope::Optional);
    let requirement = quoted(tuple).filter(|r| !r.contains('/')).unwrap_or_default().to_owned();
    Some(Need { optional, scope, requirement, ..Need::of(name) })
}

/// `mix.exs`: the tuples of its `deps` function that are written out.
pub(super) fn mix_exs(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let mut out = Listed::default();
    let after = |key: &str| text.split_once(key).map(|(_, rest)| rest.lines().next().unwrap_or_default().to_owned());
    out.name = after("app: :").map(|rest| rest.split(',').next().unwrap_or(&rest).trim().to_owned());
    out.version = after("version: ").and_then(|rest| quoted(&rest).map(str::to_owned));
    let start = ["defp deps", "def deps"].iter().find_map(|key| text.find(key));
    let Some((start, (offset, list))) = start.and_then(|start| Some((start, within(&text[start..], '[', ']')?))) else {
        return Ok(out);
    };
    let lines = Lines::new(text);
    out.direct = Some(Vec::new());
    for (at, part) in parts(list) {
        let Some(need) = mix_need(part) else { continue };
        let line = lines.of(start + offset + at + (part.len() - part.trim_start().len()));
        let scope = match part.split_once("only:").map(|(_, rest)| rest) {
            Some(only) if only.contains(":prod") => Scope::Runtime,
            Some(only) if only.contains(":dev") => Scope::Dev,
            Some(_) => Scope::Test,
            None if part.contains("runtime: false") => Scope::Build,
            None => need.scope.unwrap_or(Scope::Runtime),
        };
        let away = if part.contains("path:") {
            Origin::Path
        } else if part.contains("git") {
            Origin::Git
        } else {
            Origin::Registry
        };
        out.declare(Package { scope, origin: away, ..Package::new(&need.key, None, line) }, &need.requirement);
    }
    Ok(out)
}

/// `rebar.lock`: Erlang terms `{<<"name">>, {pkg, <<"real">>, <<"version">>}, depth}`.
pub(super) fn rebar_lock(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let Some((offset, list)) = within(text, '[', ']') else {
        return Err((1, "holds no list: run `rebar3 lock`".to_owned()));
    };
    let lines = Lines::new(text);
    let mut out = Listed { direct: Some(Vec::new()), ..Listed::default() };
    for (at, part) in parts(list) {
        let line = lines.of(offset + at + (part.len() - part.trim_start().len()));
        let found = within(part, '{', '}').and_then(|(_, tuple)| rebar_entry(tuple, line));
        match found {
            Some((package, depth)) => {
                if depth == "0" {
                    out.direct.get_or_insert_default().push(Need { line, ..Need::of(&package.key) });
                }
                out.packages.push(package);
            }
            None => out.fault(line, "an entry is not what rebar3 writes; run `rebar3 lock`"),
        }
    }
    Ok(out)
}

fn rebar_entry(tuple: &str, line: u32) -> Option<(Package, String)> {
    let items: Vec<&str> = parts(tuple).into_iter().map(|(_, part)| part.trim()).collect();
    let [name, source, depth] = items.as_slice() else { return None };
    let name = quoted(name)?;
    let (_, source) = within(source, '{', '}')?;
    let inner: Vec<&str> = parts(source).into_iter().map(|(_, part)| part.trim()).collect();
    let package = if *inner.first()? == "pkg" {
        let real = quoted(inner.get(1)?)?;
        let alias = (real != name).then(|| name.to_owned());
        Package { key: name.to_owned(), alias, ..Package::new(real, quoted(inner.get(2)?), line) }
    } else {
        let revision = inner.get(2).and_then(|r| quoted(r)).unwrap_or_default();
        let address = format!("{}#{revision}", quoted(inner.get(1)?)?);
        Package { origin: Origin::Git, resolved: Some(address), ..Package::new(name, None, line) }
    };
    Some((package, (*depth).to_owned()))
}

fn toml_fault(faults: &[(u32, String)]) -> Option<Fault> {
    faults.first().map(|(line, why)| (*line, format!("is not valid TOML: {why}; {REGENERATE}")))
}

/// `gleam.toml`.
pub(super) fn gleam(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let doc = toml_doc::parse(text);
    if let Some(fault) = toml_fault(&doc.faults) {
        return Err(fault);
    }
    let mut out = Listed {
        name: toml_doc::text(&doc.root, "name").map(str::to_owned),
        version: toml_doc::text(&doc.root, "version").map(str::to_owned),
        direct: Some(Vec::new()),
        ..Listed::default()
    };
    let tables = [("dependencies", Scope::Runtime), ("dev-dependencies", Scope::Dev), ("dev_dependencies", Scope::Dev)];
    for (table, scope) in tables {
        for (name, value) in toml_doc::table(&doc.root, &[table]).into_iter().flatten() {
            let line = doc.lines.of(name.span().start);
            let requirement = toml_doc::as_text(value).unwrap_or_default();
            let origin = if toml_doc::as_table(value).is_some() { Origin::Path } else { Origin::Registry };
            out.declare(Package { scope, origin, ..Package::new(name.get_ref(), None, line) }, requirement);
        }
    }
    Ok(out)
}

/// Gleam's `manifest.toml`.
pub(super) fn gleam_lock(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let doc = toml_doc::parse(text);
    if let Some(fault) = toml_fault(&doc.faults) {
        return Err(fault);
    }
    let mut out = Listed { foreign: !doc.root.contains_key("packages"), ..Listed::default() };
    for table in toml_doc::tables(&doc.root, "packages") {
        let Some(name) = toml_doc::text(table, "name") else { continue };
        let needs = toml_doc::texts(table, "requirements").into_iter().map(Need::of).collect();
        let origin = match toml_doc::text(table, "source") {
            Some("git") => Origin::Git,
            Some("local") => Origin::Path,
            _ => Origin::Registry,
        };
        let sum = toml_doc::text(table, "outer_checksum").and_then(hash);
        let package = Package::new(name, toml_doc::text(table, "version"), doc.line_of(table, "name"));
        out.packages.push(Package { needs, origin, integrity: sum.into_iter().collect(), ..package });
    }
    Ok(out)
}
