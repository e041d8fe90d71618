//! Paket: `paket.lock` and `paket.dependencies`.

use faultline_package::{Origin, Scope};

use super::lines::{indent, name_and_brackets};
use crate::Tree;
use crate::listing::{Fault, Listed, Need, Package};
use crate::text::to_line;

/// `paket.lock`: sections by kind of source, packages and below them what they need.
pub(super) fn lock(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let mut out = Listed::default();
    let mut origin = Origin::Registry;
    let mut remote = String::new();
    for (index, raw) in text.lines().enumerate() {
        let line = to_line(index + 1);
        let trimmed = raw.trim();
        match indent(raw) {
            0 if !trimmed.is_empty() => {
                origin = match trimmed.split(' ').next() {
                    Some("GITHUB" | "GIT" | "GIST") => Origin::Git,
                    Some("HTTP") => Origin::Url,
                    _ => Origin::Registry,
                };
            }
            _ if trimmed.is_empty() => {}
            2 | 3 => remote = trimmed.strip_prefix("remote:").unwrap_or(&remote).trim().to_owned(),
            4 | 5 => match name_and_brackets(trimmed) {
                Some((name, version)) => out.packages.push(Package {
                    key: name.to_lowercase(),
                    origin,
                    resolved: (origin != Origin::Registry).then(|| remote.clone()),
                    ..Package::new(name, Some(version), line)
                }),
                None => out.fault(line, "a package is not `name (version)`; run `paket install`"),
            },
            _ => {
                let (name, requirement) = name_and_brackets(trimmed).unwrap_or((trimmed, ""));
                if let Some(package) = out.packages.last_mut() {
                    // Some requirements hold for other frameworks only, and then are not in the list.
                    let need = Need {
                        optional: true,
                        line,
                        requirement: requirement.to_owned(),
                        ..Need::of(&name.to_lowercase())
                    };
                    package.needs.push(need);
                }
            }
        }
    }
    Ok(out)
}

/// `paket.dependencies`: what the repository asks for.
pub(super) fn manifest(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let mut out = Listed { direct: Some(Vec::new()), ..Listed::default() };
    for (index, raw) in text.lines().enumerate() {
        let line = to_line(index + 1);
        let code = raw.split("//").next().unwrap_or(raw).split('#').next().unwrap_or(raw);
        let words: Vec<&str> = code.split_whitespace().collect();
        match words.as_slice() {
            ["nuget" | "clitool", name, rest @ ..] => {
                let until = rest.iter().position(|w| w.ends_with(':')).unwrap_or(rest.len());
                let requirement = rest[..until].join(" ");
                let exact = match rest {
                    ["=" | "==", version, ..] => Some(*version),
                    [version, ..] if version.starts_with(|c: char| c.is_ascii_digit()) => Some(*version),
                    _ => None,
                };
                let package =
                    Package { key: name.to_lowercase(), scope: Scope::Runtime, ..Package::new(name, exact, line) };
                out.declare(package, &requirement);
            }
            ["github", repository, ..] => {
                let (name, version) = repository.split_once(':').map_or((*repository, None), |(n, v)| (n, Some(v)));
                let resolved = Some(name.to_owned());
                let package = Package { origin: Origin::Git, resolved, ..Package::new(name, version, line) };
                out.declare(package, version.unwrap_or_default());
            }
            _ => {}
        }
    }
    Ok(out)
}
