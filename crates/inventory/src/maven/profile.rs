//! Which profiles of a POM are active when nobody names one.
//!
//! What a build machine would decide is assumed: Java 17 on 64-bit Linux. What cannot be decided is inactive.

use faultline_package::{Ecosystem, Range};

use super::effective::Context;
use super::pom::{Activation, Pom, Profile};
use crate::text::{folder, join};

/// The Java version that `jdk` conditions are compared with.
const JDK: &str = "17";

/// The system that `os` conditions are compared with: names and families, architecture.
const OS: [&[&str]; 3] = [&["linux"], &["unix"], &["amd64", "x86_64"]];

/// The active profiles of a POM, in its order: those whose condition holds, else those active by default.
pub(super) fn active<'p>(pom: &'p Pom, context: &Context) -> Vec<&'p Profile> {
    let holding: Vec<&Profile> = pom.profiles.iter().filter(|p| holds(&p.activation, pom, context)).collect();
    if !holding.is_empty() {
        return holding;
    }
    pom.profiles.iter().filter(|p| p.activation.by_default).collect()
}

/// True when a condition is there and all that are there hold.
fn holds(activation: &Activation, pom: &Pom, context: &Context) -> bool {
    let conditions = [
        activation.jdk.as_deref().map(jdk),
        activation.os.as_ref().map(os),
        activation.property.as_ref().map(|(name, value)| property(name, value.as_deref(), context)),
        activation.file.as_ref().map(|(exists, missing)| file(exists.as_deref(), missing.as_deref(), pom, context)),
    ];
    let mut known = conditions.into_iter().flatten().peekable();
    known.peek().is_some() && known.all(|holds| holds)
}

fn jdk(condition: &str) -> bool {
    if let Some(rest) = condition.strip_prefix('!') {
        return !jdk(rest);
    }
    if condition.starts_with(['[', '(']) {
        return Range::parse(Ecosystem::Maven, condition).is_ok_and(|range| range.contains(JDK));
    }
    condition == JDK || condition.strip_prefix(JDK).is_some_and(|rest| rest.starts_with('.'))
}

fn os([name, family, arch, version]: &[Option<String>; 4]) -> bool {
    let matches = |wanted: &Option<String>, known: &[&str]| match wanted.as_deref() {
        None => true,
        Some(text) => match text.strip_prefix('!') {
            Some(text) => !known.iter().any(|k| k.eq_ignore_ascii_case(text)),
            None => known.iter().any(|k| k.eq_ignore_ascii_case(text)),
        },
    };
    matches(name, OS[0]) && matches(family, OS[1]) && matches(arch, OS[2]) && version.is_none()
}

/// Only properties that the user gives count, not those of POMs.
fn property(name: &str, value: Option<&str>, context: &Context) -> bool {
    let given = |name: &str| context.user.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    match (name.strip_prefix('!'), value) {
        (Some(name), _) => given(name).is_none(),
        (None, None) => given(name).is_some(),
        (None, Some(value)) => match value.strip_prefix('!') {
            Some(other) => given(name) != Some(other),
            None => given(name) == Some(value),
        },
    }
}

fn file(exists: Option<&str>, missing: Option<&str>, pom: &Pom, context: &Context) -> bool {
    let place = |text: &str| {
        let text = text.trim_start_matches("${basedir}").trim_start_matches("${project.basedir}");
        let text = text.trim_start_matches('/');
        pom.in_tree.then(|| join(folder(&pom.file), text)).flatten().filter(|path| !path.contains("${"))
    };
    match (exists, missing) {
        (Some(text), _) => place(text).is_some_and(|path| (context.has_path)(&path)),
        (None, Some(text)) => place(text).is_some_and(|path| !(context.has_path)(&path)),
        (None, None) => false,
    }
}
