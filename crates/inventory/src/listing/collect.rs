//! Which files of a tree are of which format, and which of them make one project.

use std::collections::BTreeMap;

use faultline_package::{Ecosystem, Reason};

use super::assemble::reason;
use super::{Fault, Listed, Package, Parts, project};
use crate::{Incomplete, Inventory, Tree};

/// What a file of a format is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The whole graph; of several in one folder the first of the table counts.
    Lock,
    /// One of many files that make the list together, as one file per installed package.
    Listing,
    /// What the project names itself.
    Manifest,
}

/// One file format.
pub(crate) struct Format {
    /// Ecosystem of its packages.
    pub ecosystem: Ecosystem,
    /// What it is good for.
    pub kind: Kind,
    /// The folder of the project that a file belongs to; `None` when the file is of another format.
    pub home: fn(&str) -> Option<&str>,
    /// Reads one file, which lies in the tree at the path given.
    pub read: fn(&Tree, &str, &str) -> Result<Listed, Fault>,
}

/// Paths by format, of one project.
type Files<'t> = Vec<(usize, &'t str)>;

/// Adds every project of the formats given; a table's order is the order of precedence.
pub(crate) fn read(tree: &Tree, formats: &[Format], out: &mut Inventory) {
    let mut found: BTreeMap<(Ecosystem, String), Files> = BTreeMap::new();
    for path in tree.paths {
        let fits = formats.iter().enumerate().find_map(|(index, format)| Some((index, (format.home)(path)?)));
        if let Some((index, home)) = fits {
            found.entry((formats[index].ecosystem, home.to_owned())).or_default().push((index, path));
        }
    }
    for ((ecosystem, home), mut files) in found {
        files.sort_unstable();
        folder(tree, formats, (ecosystem, home), &files, out);
    }
}

fn folder(tree: &Tree, formats: &[Format], (ecosystem, path): (Ecosystem, String), files: &Files, out: &mut Inventory) {
    let mut parts =
        Parts { path, ecosystem, lock: None, manifests: Vec::new(), reasons: Vec::new(), files: Vec::new() };
    let mut counts = false;
    for (index, file) in files {
        let format = &formats[*index];
        if format.kind == Kind::Lock && parts.lock.is_some() {
            let detail = "another lockfile of the same folder counts more";
            parts.reasons.push(reason("lockfile_ignored", detail, file, 0));
            continue;
        }
        let read = tree.text(file).and_then(|text| {
            (format.read)(tree, file, &text).map_err(|(line, why)| Incomplete { file: (*file).to_owned(), line, why })
        });
        match read {
            Ok(listed) if listed.foreign => {}
            Ok(listed) => {
                skipped(file, &listed, out);
                counts |= format.kind != Kind::Manifest || listed.direct.is_some() || listed.name.is_some();
                parts.files.push((*file).to_owned());
                place(&mut parts, format.kind, file, listed);
            }
            Err(incomplete) => {
                counts = true;
                parts.files.push((*file).to_owned());
                parts.reasons.push(unreadable(&incomplete));
                out.incomplete.push(incomplete);
            }
        }
    }
    if counts {
        out.projects.push(project(parts));
    }
}

fn unreadable(incomplete: &Incomplete) -> Reason {
    reason("unreadable", incomplete.why.clone(), &incomplete.file, incomplete.line)
}

/// One entry for all parts of a file that were left out.
fn skipped(file: &str, listed: &Listed, out: &mut Inventory) {
    let Some((line, why)) = listed.faults.first() else { return };
    let why = match listed.faults.len() {
        1 => format!("one entry was skipped: {why}"),
        count => format!("{count} entries were skipped, the first because {why}"),
    };
    out.incomplete.push(Incomplete { file: file.to_owned(), line: *line, why });
}

fn place(parts: &mut Parts, kind: Kind, file: &str, listed: Listed) {
    match (kind, &mut parts.lock) {
        (Kind::Manifest, _) => parts.manifests.push((file.to_owned(), listed)),
        (Kind::Listing, Some((_, all))) => {
            let packages = listed.packages.into_iter();
            all.packages.extend(packages.map(|p| Package { file: Some(file.to_owned()), ..p }));
            if let Some(direct) = listed.direct {
                all.direct.get_or_insert_default().extend(direct);
            }
            let faults = listed.faults.into_iter();
            parts.reasons.extend(faults.map(|(line, why)| reason("entries_skipped", why, file, line)));
            let gaps = listed.gaps.into_iter();
            parts.reasons.extend(gaps.map(|(code, line, detail)| reason(code, detail, file, line)));
        }
        (_, lock) => *lock = Some((file.to_owned(), listed)),
    }
}
