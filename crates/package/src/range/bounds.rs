//! Notations of the ecosystems, spelled out as comparisons.

use super::notation::{Intervals, comparators, constraint, words};
use super::{Constraint, Operator};
use crate::{Ecosystem, Version};
use std::str::FromStr;

/// `^1.2`, `~1.2`, `1.x`, `1.2 - 2.0`, alternatives with `||`: spelled out by the npm library, then compared here.
pub(super) fn npm(ecosystem: Ecosystem, text: &str) -> Result<Intervals, String> {
    let range = nodejs_semver::Range::parse(text).map_err(|_| "it is not a range such as `^1.2.3` or `>=1 <2`")?;
    let spelled = range.to_string();
    let mut intervals = Vec::new();
    for alternative in spelled.split("||").map(str::trim) {
        if matches!(alternative, "*" | "") {
            intervals.push(Vec::new());
        } else {
            // `<2.0.0-0` is "before all of 2.0.0" in semantic versions only.
            let ends = if ecosystem == Ecosystem::Npm { alternative.to_owned() } else { alternative.replace("-0", "") };
            intervals.extend(comparators(ecosystem, &ends)?);
        }
    }
    Ok(intervals)
}

/// PEP 440 specifiers, all of which must hold.
pub(super) fn python(text: &str) -> Result<Intervals, String> {
    let specifiers = pep440_rs::VersionSpecifiers::from_str(text).map_err(|e| e.to_string())?;
    let mut intervals: Intervals = vec![Vec::new()];
    for specifier in specifiers.iter() {
        let alternatives = python_one(specifier)?;
        if intervals.len() * alternatives.len() > 1024 {
            return Err("it excludes too many series of versions".into());
        }
        intervals = intervals
            .iter()
            .flat_map(|all| alternatives.iter().map(move |more| [all.as_slice(), more.as_slice()].concat()))
            .collect();
    }
    Ok(intervals)
}

fn python_one(specifier: &pep440_rs::VersionSpecifier) -> Result<Intervals, String> {
    use pep440_rs::Operator as Python;
    let version = specifier.version();
    let one = |operator| Ok(vec![vec![python_constraint(operator, version)?]]);
    match specifier.operator() {
        Python::Equal | Python::ExactEqual => one(Operator::Equal),
        Python::NotEqual => one(Operator::NotEqual),
        Python::LessThan => one(Operator::Less),
        Python::LessThanEqual => one(Operator::LessEqual),
        Python::GreaterThan => one(Operator::Greater),
        Python::GreaterThanEqual => one(Operator::GreaterEqual),
        Python::TildeEqual => {
            let series = version.release().len().saturating_sub(1);
            let end = next_series(version, series)?;
            Ok(vec![vec![
                python_constraint(Operator::GreaterEqual, version)?,
                python_constraint(Operator::Less, &end)?,
            ]])
        }
        Python::EqualStar => {
            let (start, end) = series(version)?;
            Ok(vec![vec![python_constraint(Operator::GreaterEqual, &start)?, python_constraint(Operator::Less, &end)?]])
        }
        Python::NotEqualStar => {
            let (start, end) = series(version)?;
            Ok(vec![
                vec![python_constraint(Operator::Less, &start)?],
                vec![python_constraint(Operator::GreaterEqual, &end)?],
            ])
        }
    }
}

/// First version of the series `1.2.*` and of the next one.
fn series(version: &pep440_rs::Version) -> Result<(pep440_rs::Version, pep440_rs::Version), String> {
    let start = version.only_release().with_epoch(version.epoch()).with_dev(Some(0));
    Ok((start, next_series(version, version.release().len())?))
}

fn next_series(version: &pep440_rs::Version, length: usize) -> Result<pep440_rs::Version, String> {
    let mut release = version.release().get(..length).unwrap_or_default().to_vec();
    let last = release.last_mut().ok_or("`~=` needs two numbers, as in `~=1.2`")?;
    *last = last.checked_add(1).ok_or("its version number is too large")?;
    Ok(pep440_rs::Version::new(release).with_epoch(version.epoch()).with_dev(Some(0)))
}

fn python_constraint(operator: Operator, version: &pep440_rs::Version) -> Result<Constraint, String> {
    let text = version.to_string();
    let version = Version::parse(Ecosystem::PyPi, &text).ok_or_else(|| format!("`{text}` is not a version"))?;
    Ok(Constraint { operator, version })
}

/// `~> 1.2` (gem, Hex) and `~1.2` (Composer): at least that, and the last number but one stays.
/// Other comparators may stand beside it; `^1.2` keeps the first number that is not zero.
pub(super) fn pessimistic(ecosystem: Ecosystem, text: &str) -> Result<Intervals, String> {
    let text = text.replace("~>", "~");
    let mut all = Vec::new();
    for word in words(&text) {
        if let Some(version) = word.strip_prefix('~') {
            all.push(constraint(ecosystem, &format!(">={version}"))?);
            all.push(constraint(ecosystem, &format!("<{}", pessimistic_end(version)?))?);
        } else if word.starts_with('^') {
            all.extend(npm(ecosystem, &word)?.into_iter().flatten());
        } else {
            all.push(constraint(ecosystem, &word)?);
        }
    }
    Ok(vec![all])
}

fn pessimistic_end(version: &str) -> Result<String, String> {
    let release = version.trim_start_matches('v').split(['-', '+']).next().unwrap_or_default();
    let mut numbers: Vec<u64> = release.split('.').map_while(|part| part.parse().ok()).collect();
    if numbers.len() > 1 {
        numbers.pop();
    }
    let last = numbers.last_mut().ok_or_else(|| format!("`{version}` does not start with a number"))?;
    *last = last.checked_add(1).ok_or("its version number is too large")?;
    let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
    Ok(numbers.join("."))
}

/// `[1.0,2.0)`, `(,1.5]`, `[1.2]`, several joined by commas: Maven and `NuGet`.
pub(super) fn brackets(ecosystem: Ecosystem, text: &str) -> Result<Intervals, String> {
    let mut intervals = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find([']', ')']).ok_or("a bracket is not closed, as in `[1.0,2.0)`")?;
        intervals.push(bracket(ecosystem, &rest[..=end])?);
        rest = rest[end + 1..].trim_start_matches([',', ' ']);
        if !rest.is_empty() && !rest.starts_with(['[', '(']) {
            return Err(format!("`{rest}` does not start with `[` or `(`"));
        }
    }
    Ok(intervals)
}

fn bracket(ecosystem: Ecosystem, text: &str) -> Result<Vec<Constraint>, String> {
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    let Some((low, high)) = inner.split_once(',') else {
        return Ok(vec![constraint(ecosystem, inner.trim())?]);
    };
    let low_sign = if text.starts_with('[') { ">=" } else { ">" };
    let high_sign = if text.ends_with(']') { "<=" } else { "<" };
    [(low_sign, low.trim()), (high_sign, high.trim())]
        .into_iter()
        .filter(|(_, version)| !version.is_empty())
        .map(|(sign, version)| constraint(ecosystem, &format!("{sign}{version}")))
        .collect()
}
