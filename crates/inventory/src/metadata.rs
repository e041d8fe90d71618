//! What packages say about themselves: licence, author, addresses. From their manifests and from lockfiles.

use std::collections::BTreeMap;

use serde_json::Value;

/// What a package says about itself. Nothing here is checked; texts are as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct PackageMetadata {
    /// Declared licence: an SPDX expression, a name, or several names joined by ` OR ` / ` AND `.
    pub licence: Option<String>,
    /// Who made it.
    pub author: Option<Party>,
    /// One line about it.
    pub description: Option<String>,
    /// Web page.
    pub homepage: Option<String>,
    /// Address of its source repository.
    pub repository: Option<String>,
    /// Copyright lines of its licence files; an empty list when its files were read and have none.
    #[serde(default)]
    pub copyright: Option<Vec<String>>,
}

/// A person or organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Party {
    /// Name.
    pub name: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// Web address.
    pub url: Option<String>,
}

impl PackageMetadata {
    /// Fills what is not known yet from another source.
    #[must_use]
    pub fn or(self, other: PackageMetadata) -> PackageMetadata {
        PackageMetadata {
            licence: self.licence.or(other.licence),
            author: self.author.or(other.author),
            description: self.description.or(other.description),
            homepage: self.homepage.or(other.homepage),
            repository: self.repository.or(other.repository),
            copyright: self.copyright.or(other.copyright),
        }
    }

    /// True when nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == PackageMetadata::default()
    }
}

/// Longest text that is taken over, in bytes; licences as full texts are longer.
const MAX_TEXT: usize = 400;

/// From a `package.json`; `None` when it is no JSON object.
pub fn of_package_json(text: &str) -> Option<PackageMetadata> {
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    value.as_object()?;
    Some(PackageMetadata {
        licence: npm_licence(&value),
        author: party(&value["author"]).or_else(|| value["maintainers"].as_array()?.iter().find_map(party)),
        description: short(value["description"].as_str()),
        homepage: address(value["homepage"].as_str()),
        repository: repository(&value["repository"]),
        copyright: None,
    })
}

/// `license` as text or `{type}`, else the old `licenses` list, of which any may be chosen.
fn npm_licence(value: &Value) -> Option<String> {
    let one = |v: &Value| short(v.as_str().or_else(|| v["type"].as_str()).or_else(|| v["name"].as_str()));
    one(&value["license"]).or_else(|| {
        let all: Vec<String> = value["licenses"].as_array()?.iter().filter_map(one).collect();
        match all.as_slice() {
            [] => None,
            [only] => Some(only.clone()),
            many => Some(format!("({})", many.join(" OR "))),
        }
    })
}

/// `{name, email, url}` or `Name <mail> (url)`.
fn party(value: &Value) -> Option<Party> {
    if let Some(text) = value.as_str() {
        return party_of_text(text);
    }
    let party = Party {
        name: short(value["name"].as_str()),
        email: short(value["email"].as_str()).filter(|m| m.contains('@')),
        url: address(value["url"].as_str()),
    };
    (party != Party::default()).then_some(party)
}

/// `Name <mail> (url)`; every part may be absent.
pub fn party_of_text(text: &str) -> Option<Party> {
    let between = |open: char, close: char| {
        let start = text.find(open)? + open.len_utf8();
        let end = start + text[start..].find(close)?;
        Some(text[start..end].trim())
    };
    let name = text.split(['<', '(']).next().unwrap_or_default().trim();
    let party = Party {
        name: short(Some(name)),
        email: short(between('<', '>')).filter(|m| m.contains('@')),
        url: address(between('(', ')')),
    };
    (party != Party::default()).then_some(party)
}

/// A repository as text, `{url}`, or a code host's short form, as an address a browser or git understands.
fn repository(value: &Value) -> Option<String> {
    let text = value.as_str().or_else(|| value["url"].as_str())?.trim();
    let text = text.strip_prefix("git+").unwrap_or(text);
    if let Some((host, path)) = text.split_once(':').filter(|(_, path)| !path.starts_with("//")) {
        let host = match host {
            "github" => "github.com",
            "gitlab" => "gitlab.com",
            "bitbucket" => "bitbucket.org",
            _ => host.rsplit_once('@')?.1,
        };
        return address(Some(&format!("https://{host}/{path}")));
    }
    if let Some(rest) = text.strip_prefix("git://").or_else(|| text.strip_prefix("ssh://git@")) {
        return address(Some(&format!("https://{rest}")));
    }
    let is_short = text.split('/').count() == 2 && !text.contains([' ', '.']);
    if is_short { address(Some(&format!("https://github.com/{text}"))) } else { address(Some(text)) }
}

/// From the headers of a `METADATA` or `PKG-INFO`.
pub fn of_python_metadata(text: &str) -> PackageMetadata {
    let mut headers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in text.lines().take_while(|l| !l.trim().is_empty()) {
        if let Some((name, value)) = line.split_once(':').filter(|_| !line.starts_with([' ', '\t'])) {
            headers.entry(name.trim()).or_default().push(value.trim());
        }
    }
    let first = |name: &str| headers.get(name).and_then(|v| v.first()).copied().filter(|v| *v != "UNKNOWN");
    let projects = headers.get("Project-URL").map_or(&[][..], Vec::as_slice);
    let project = |wanted: &[&str]| {
        let mut pairs = projects.iter().filter_map(|p| p.split_once(','));
        pairs.find(|(label, _)| wanted.contains(&label.trim().to_lowercase().as_str())).map(|(_, url)| url.trim())
    };
    PackageMetadata {
        licence: python_licence(first("License-Expression"), first("License"), headers.get("Classifier")),
        author: python_author(&first),
        description: short(first("Summary")),
        homepage: address(first("Home-page").or_else(|| project(&["homepage", "home", "home-page"]))),
        repository: address(project(&["source", "source code", "repository", "code", "github"])),
        copyright: None,
    }
}

fn python_author<'t>(first: &dyn Fn(&str) -> Option<&'t str>) -> Option<Party> {
    let mails = first("Author-email").or_else(|| first("Maintainer-email"));
    // One field may hold several parties; the first stands for them.
    let of_mail =
        mails.and_then(|m| m.split(',').next()).map(|m| if m.contains('<') { m.into() } else { format!("<{m}>") });
    let from_mail = of_mail.and_then(|m| party_of_text(&m)).unwrap_or_default();
    let name = first("Author").or_else(|| first("Maintainer")).map(str::to_owned);
    let party = Party { name: short(name.as_deref()).or(from_mail.name), email: from_mail.email, url: None };
    (party != Party::default()).then_some(party)
}

/// The expression, else classifiers that mean one licence, else the free text when it is a short one, else the
/// classifiers' words.
fn python_licence(expression: Option<&str>, text: Option<&str>, classifiers: Option<&Vec<&str>>) -> Option<String> {
    let stated = classifiers.into_iter().flatten().filter_map(|c| c.strip_prefix("License :: "));
    let words: Vec<&str> = stated.filter_map(|c| c.rsplit(" :: ").next()).collect();
    let mut known: Vec<&str> = words.iter().filter_map(|word| classified(word)).collect();
    known.dedup();
    let known = (!known.is_empty()).then(|| known.join(" OR "));
    short(expression).or(known).or_else(|| short(text)).or_else(|| short(Some(words.first()?)))
}

/// SPDX identifier of a Python licence classifier; classifiers that leave the version open have none.
fn classified(name: &str) -> Option<&'static str> {
    Some(match name {
        "MIT License" => "MIT",
        "MIT No Attribution License (MIT-0)" => "MIT-0",
        "Apache Software License" => "Apache-2.0",
        "ISC License (ISCL)" => "ISC",
        "Mozilla Public License 2.0 (MPL 2.0)" => "MPL-2.0",
        "Mozilla Public License 1.1 (MPL 1.1)" => "MPL-1.1",
        "Python Software Foundation License" => "PSF-2.0",
        "The Unlicense (Unlicense)" => "Unlicense",
        "zlib/libpng License" => "Zlib",
        "Boost Software License 1.0 (BSL-1.0)" => "BSL-1.0",
        "GNU General Public License v2 (GPLv2)" => "GPL-2.0-only",
        "GNU General Public License v2 or later (GPLv2+)" => "GPL-2.0-or-later",
        "GNU General Public License v3 (GPLv3)" => "GPL-3.0-only",
        "GNU General Public License v3 or later (GPLv3+)" => "GPL-3.0-or-later",
        "GNU Lesser General Public License v2 (LGPLv2)" => "LGPL-2.0-only",
        "GNU Lesser General Public License v2 or later (LGPLv2+)" => "LGPL-2.0-or-later",
        "GNU Lesser General Public License v3 (LGPLv3)" => "LGPL-3.0-only",
        "GNU Lesser General Public License v3 or later (LGPLv3+)" => "LGPL-3.0-or-later",
        "GNU Affero General Public License v3" => "AGPL-3.0-only",
        "GNU Affero General Public License v3 or later (AGPLv3+)" => "AGPL-3.0-or-later",
        "Eclipse Public License 2.0 (EPL-2.0)" => "EPL-2.0",
        "European Union Public Licence 1.2 (EUPL 1.2)" => "EUPL-1.2",
        "Zope Public License" => "ZPL-2.1",
        "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication" => "CC0-1.0",
        _ => return None,
    })
}

/// From a `pyproject.toml`'s `[project]` or `[tool.poetry]` table.
pub fn of_pyproject(text: &str) -> Option<PackageMetadata> {
    let table: toml::Table = text.parse().ok()?;
    let project = table.get("project").or_else(|| table.get("tool")?.get("poetry"))?;
    let text = |key: &str| short(project.get(key)?.as_str());
    let licence = project.get("license").and_then(|l| short(l.as_str().or_else(|| l.get("text")?.as_str())));
    let author = project.get("authors").and_then(|a| a.as_array()?.first()).and_then(|a| match a.as_str() {
        Some(line) => party_of_text(line),
        None => Some(Party {
            name: a.get("name").and_then(|n| short(n.as_str())),
            email: a.get("email").and_then(|n| short(n.as_str())),
            url: None,
        }),
    });
    let urls = project.get("urls").and_then(toml::Value::as_table);
    let url = |wanted: &[&str]| {
        let found = urls?.iter().find(|(key, _)| wanted.contains(&key.to_lowercase().as_str()))?;
        address(found.1.as_str())
    };
    Some(PackageMetadata {
        licence,
        author,
        description: text("description"),
        homepage: url(&["homepage", "home"]).or_else(|| address(project.get("homepage")?.as_str())),
        repository: url(&["source", "repository", "code"]).or_else(|| address(project.get("repository")?.as_str())),
        copyright: None,
    })
}

/// From a `Cargo.toml`'s `[package]` table; what a workspace gives is not looked up.
pub fn of_cargo_toml(text: &str) -> Option<PackageMetadata> {
    let table: toml::Table = text.parse().ok()?;
    let package = table.get("package")?;
    let text = |key: &str| package.get(key).and_then(toml::Value::as_str);
    let author = package.get("authors").and_then(|a| a.as_array()?.first()?.as_str()).and_then(party_of_text);
    Some(PackageMetadata {
        // Cargo once joined alternatives with a slash.
        licence: short(text("license")).map(|l| l.replace(" / ", " OR ").replace('/', " OR ")),
        author,
        description: short(text("description")),
        homepage: address(text("homepage")),
        repository: address(text("repository")),
        copyright: None,
    })
}

/// Most copyright lines that are taken over from one package.
const MAX_COPYRIGHTS: usize = 20;

/// True for files that may state a copyright.
pub fn is_licence_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    ["license", "licence", "copying", "notice", "copyright"].iter().any(|stem| name.starts_with(stem))
}

/// Copyright lines of a licence file, each once, templates left out.
pub fn copyrights(text: &str) -> Vec<String> {
    let says_who = |line: &str| {
        let lower = line.to_lowercase();
        let rest = lower.strip_prefix("copyright").unwrap_or_default();
        let named = rest.contains(|c: char| c.is_ascii_digit()) || rest.trim_start().starts_with(['(', '©']);
        named && !rest.contains(['[', '{', '<']) && !rest.contains("copyright owner") && !rest.contains("notice")
    };
    let mut found: Vec<String> = Vec::new();
    for line in text.lines().map(|l| l.trim().trim_start_matches(['*', '#', '/', ' '])) {
        let line = short(Some(line)).filter(|line| says_who(line));
        found.extend(line.filter(|line| !found.contains(line)));
    }
    found.truncate(MAX_COPYRIGHTS);
    found
}

/// Metadata that a lockfile states about package versions: `(name, version)` to metadata. Of the lockfiles
/// known, npm's and Composer's do.
pub fn of_lockfile(file_name: &str, text: &str) -> BTreeMap<(String, String), PackageMetadata> {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return BTreeMap::new() };
    match file_name {
        "package-lock.json" | "npm-shrinkwrap.json" | ".package-lock.json" => npm_lock(&value),
        "composer.lock" | "installed.json" => composer_lock(&value),
        _ => BTreeMap::new(),
    }
}

fn npm_lock(lock: &Value) -> BTreeMap<(String, String), PackageMetadata> {
    let packages = lock["packages"].as_object().into_iter().flatten();
    let row = |(path, entry): (&String, &Value)| {
        let name = entry["name"].as_str().or_else(|| Some(path.rsplit_once("node_modules/")?.1))?;
        let metadata = PackageMetadata { licence: npm_licence(entry), ..PackageMetadata::default() };
        Some(((name.to_owned(), entry["version"].as_str()?.to_owned()), metadata))
    };
    packages.filter_map(row).filter(|(_, metadata)| !metadata.is_empty()).collect()
}

fn composer_lock(lock: &Value) -> BTreeMap<(String, String), PackageMetadata> {
    let lists = [&lock["packages"], &lock["packages-dev"]];
    let entries = lists.into_iter().filter_map(Value::as_array).flatten();
    let row = |entry: &Value| {
        let licences: Vec<&str> = entry["license"].as_array()?.iter().filter_map(Value::as_str).collect();
        let metadata = PackageMetadata {
            licence: short(Some(&licences.join(" OR "))),
            author: entry["authors"].as_array().and_then(|a| a.iter().find_map(party)),
            description: short(entry["description"].as_str()),
            homepage: address(entry["homepage"].as_str()),
            repository: address(entry["source"]["url"].as_str()),
            copyright: None,
        };
        Some(((entry["name"].as_str()?.to_owned(), entry["version"].as_str()?.to_owned()), metadata))
    };
    entries.filter_map(row).collect()
}

/// One line that is neither empty nor longer than a name or sentence.
fn short(text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    let fits = !text.is_empty() && text.len() <= MAX_TEXT && !text.contains(['\n', '\r']);
    fits.then(|| text.to_owned())
}

/// A web address without credentials.
fn address(text: Option<&str>) -> Option<String> {
    let text = short(text)?;
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let host = rest.split('/').next()?;
    let clean =
        !host.is_empty() && !host.contains('@') && !text.contains([' ', '"', '<', '>', '\\', '^', '`', '{', '|', '}']);
    clean.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_say_whose_they_are() {
        let of = of_package_json(
            r#"{"license": {"type": "MIT"}, "author": "A B <a@b.example> (https://b.example)", "repository": "github:a/b"}"#,
        )
        .unwrap_or_default();
        assert_eq!(of.licence.as_deref(), Some("MIT"));
        assert_eq!(of.repository.as_deref(), Some("https://github.com/a/b"));
        let author = of.author.unwrap_or_default();
        assert_eq!((author.name.as_deref(), author.email.as_deref()), (Some("A B"), Some("a@b.example")));
        let of = of_package_json(
            r#"{"licenses": [{"type": "MIT"}, "ISC"], "repository": {"url": "git+https://u:p@h.example/x"}}"#,
        );
        let of = of.unwrap_or_default();
        assert_eq!(of.licence.as_deref(), Some("(MIT OR ISC)"));
        assert_eq!(of.repository, None, "credentials are never taken over");
        assert_eq!(of_package_json("[1"), None);
    }

    #[test]
    fn python_metadata_prefers_what_is_exact() {
        let licence = |text: &str| of_python_metadata(text).licence;
        assert_eq!(licence("License-Expression: MIT\nLicense: BSD\n\nbody").as_deref(), Some("MIT"));
        let classifier = "License: see file\nClassifier: License :: OSI Approved :: MIT License\n";
        assert_eq!(licence(classifier).as_deref(), Some("MIT"));
        assert_eq!(licence("Classifier: License :: OSI Approved :: BSD License\n").as_deref(), Some("BSD License"));
        let author = of_python_metadata("Author-email: Ann <ann@a.example>, Bob <b@b.example>\n").author;
        assert_eq!(author.and_then(|a| a.name).as_deref(), Some("Ann"));
    }

    #[test]
    fn copyright_lines_are_told_from_templates() {
        let text =
            "MIT\n\nCopyright (c) 2014 Ann\n  Copyright 2020 Bob\nCopyright [yyyy] [name]\nThe above copyright notice";
        assert_eq!(copyrights(text), ["Copyright (c) 2014 Ann", "Copyright 2020 Bob"]);
    }
}
