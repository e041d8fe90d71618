//! `gradle.lockfile`, `buildscript-gradle.lockfile`, and the older one file per configuration.

use faultline_package::{Reason, Scope};

use super::{Listed, configuration, reason};
use crate::text::{file_name, to_line};

/// What a lockfile names, and what it says about lines that name nothing.
pub(super) fn read(file: &str, text: &str) -> (Vec<Listed>, Option<Reason>) {
    let name = file_name(file);
    let build = name.starts_with("buildscript-") || name.starts_with("settings-");
    let own = name.strip_suffix(".lockfile").filter(|name| !name.ends_with("gradle"));
    let mut packages = Vec::new();
    let mut skipped: Vec<u32> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let (line, number) = (line.trim(), to_line(index + 1));
        if line.is_empty() || line.starts_with('#') || line.starts_with("empty=") {
            continue;
        }
        let (coordinates, configurations) = line.split_once('=').unwrap_or((line, own.unwrap_or_default()));
        let parts: Vec<&str> = coordinates.split(':').map(str::trim).collect();
        match parts.as_slice() {
            [group, artifact, version] if parts.iter().all(|part| is_word(part)) => {
                let names = configurations.split(',').map(str::trim).filter(|name| !name.is_empty());
                let scope = if build { Scope::Build } else { configuration::strongest(names) };
                packages.push(Listed::new(group, artifact, version, scope, file, number));
            }
            _ => skipped.push(number),
        }
    }
    let remark = skipped.first().map(|first| {
        let detail = format!("{} lines are no locked dependency and were skipped; lock again", skipped.len());
        reason("entries_skipped", detail, file, *first)
    });
    (packages, remark)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_whitespace)
}
