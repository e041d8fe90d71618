//! `NuGet` as XML: project files, `packages.config`, central package management.

use std::collections::HashMap;

use faultline_package::Scope;

use crate::Tree;
use crate::listing::{Fault, Listed, Package};
use crate::maven::xml::{Xml, children, text as child_text, with_document};
use crate::text::{file_name, folder};

type Node<'a, 'i> = roxmltree::Node<'a, 'i>;

/// An attribute, or the child element of that name.
fn value(node: Node, name: &str) -> Option<String> {
    let found = node.attribute(name).map(str::to_owned).or_else(|| child_text(node, name));
    found.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// `packages.config`: everything that is installed, by hand or not.
pub(super) fn packages_config(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    with_document(text, |xml| {
        let mut out = Listed { direct: Some(Vec::new()), ..Listed::default() };
        for node in children(xml.root()).filter(|n| n.tag_name().name() == "package") {
            let line = xml.line(node);
            let (Some(name), Some(version)) = (value(node, "id"), value(node, "version")) else {
                out.fault(line, "a package has no id or no version; correct it");
                continue;
            };
            let is_dev = value(node, "developmentDependency").is_some_and(|v| v.eq_ignore_ascii_case("true"));
            let scope = if is_dev { Scope::Dev } else { Scope::Runtime };
            out.declare(Package { scope, ..Package::new(&name, Some(&version), line) }, &version);
        }
        Ok(out)
    })
}

/// `Name` and version by the items of a project file, and its properties.
struct Items {
    /// Kind of item, name, version, line, whether it is for the build only.
    items: Vec<(String, String, Option<String>, u32, bool)>,
    properties: HashMap<String, String>,
}

fn items(xml: &Xml) -> Result<Items, Fault> {
    let mut out = Items { items: Vec::new(), properties: HashMap::new() };
    if xml.root().tag_name().name() != "Project" {
        return Err((
            xml.line(xml.root()),
            "is not a project file: its outermost element is not `Project`; correct it".to_owned(),
        ));
    }
    for group in children(xml.root()) {
        match group.tag_name().name() {
            "PropertyGroup" => out.properties.extend(
                children(group)
                    .map(|p| (p.tag_name().name().to_owned(), p.text().unwrap_or_default().trim().to_owned())),
            ),
            "ItemGroup" => out.items.extend(children(group).filter_map(|node| item(xml, node))),
            _ => {}
        }
    }
    for (_, _, version, ..) in &mut out.items {
        *version = version.take().and_then(|text| lowest(&filled(&text, &out.properties)));
    }
    Ok(out)
}

fn item(xml: &Xml, node: Node) -> Option<(String, String, Option<String>, u32, bool)> {
    let kind = node.tag_name().name();
    let known = ["PackageReference", "PackageVersion", "GlobalPackageReference"];
    let name = value(node, "Include").or_else(|| value(node, "Update")).filter(|_| known.contains(&kind))?;
    let version = value(node, "VersionOverride").or_else(|| value(node, "Version"));
    let private = value(node, "PrivateAssets").is_some_and(|v| v.eq_ignore_ascii_case("all"));
    Some((kind.to_owned(), name, version, xml.line(node), private || kind == "GlobalPackageReference"))
}

/// Replaces `$(Name)` by the properties of the same file.
fn filled(text: &str, properties: &HashMap<String, String>) -> String {
    let mut out = text.to_owned();
    for _ in 0..8 {
        let Some((start, end)) = out.find("$(").and_then(|s| Some((s, s + out[s..].find(')')?))) else { break };
        let Some(value) = properties.get(&out[start + 2..end]) else { break };
        out.replace_range(start..=end, value);
    }
    out
}

/// The version that `NuGet` takes without a lockfile: the lowest that the requirement allows.
fn lowest(text: &str) -> Option<String> {
    let text = text.trim();
    let bound = text.strip_prefix('[').map_or(text, |rest| rest.split([',', ']']).next().unwrap_or(rest)).trim();
    let plain = bound.starts_with(|c: char| c.is_ascii_digit()) && !bound.contains(['*', '$', '(', ',']);
    plain.then(|| bound.to_owned())
}

/// A project file. Versions may stand in the `Directory.Packages.props` of a folder above.
pub(super) fn project(tree: &Tree, path: &str, text: &str) -> Result<Listed, Fault> {
    with_document(text, |xml| {
        let found = items(xml)?;
        let central = central(tree, path);
        let stem = file_name(path).rsplit_once('.').map_or("", |(stem, _)| stem);
        let name = ["PackageId", "AssemblyName"].iter().find_map(|key| found.properties.get(*key));
        let mut out = Listed {
            name: Some(name.filter(|n| !n.contains("$(")).map_or_else(|| stem.to_owned(), String::clone)),
            version: found.properties.get("Version").filter(|v| !v.contains("$(")).cloned(),
            direct: Some(Vec::new()),
            ..Listed::default()
        };
        for (_, name, version, line, build) in found.items.iter().filter(|item| item.0 == "PackageReference") {
            let version = version.clone().or_else(|| central.get(&name.to_lowercase()).cloned());
            let scope = if *build { Scope::Build } else { Scope::Runtime };
            let package = Package { scope, ..Package::new(name, version.as_deref(), *line) };
            out.declare(package, version.as_deref().unwrap_or_default());
        }
        Ok(out)
    })
}

/// Versions that the nearest central file states.
fn central(tree: &Tree, path: &str) -> HashMap<String, String> {
    let mut above = folder(path);
    loop {
        let file = crate::go::at(above, "Directory.Packages.props");
        if let Some(text) = tree.has(&file).then(|| tree.text(&file).ok()).flatten() {
            let versions = |xml: &Xml| {
                let all = items(xml)?.items.into_iter();
                Ok(all.filter_map(|(_, name, version, ..)| Some((name.to_lowercase(), version?))).collect())
            };
            return with_document(&text, versions).unwrap_or_default();
        }
        if above.is_empty() {
            return HashMap::new();
        }
        above = folder(above);
    }
}

/// A file of shared settings; it counts as a project only where no project file lies below it.
pub(super) fn props(tree: &Tree, path: &str, text: &str) -> Result<Listed, Fault> {
    let home = folder(path);
    let is_below = |p: &&String| home.is_empty() || p.starts_with(&format!("{home}/"));
    let alone = !tree.paths.iter().filter(is_below).any(|p| is_project(p));
    with_document(text, |xml| {
        let mut out = Listed::default();
        for (_, name, version, line, build) in items(xml)?.items.into_iter().filter(|_| alone) {
            let scope = if build { Scope::Build } else { Scope::Runtime };
            if let Some(version) = version {
                out.declare(Package { scope, ..Package::new(&name, Some(&version), line) }, &version);
            }
        }
        Ok(out)
    })
}

/// True for the project files of .NET.
pub(super) fn is_project(path: &str) -> bool {
    let extension = file_name(path).rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(extension, "csproj" | "fsproj" | "vbproj")
}
