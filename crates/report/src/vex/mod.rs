//! VEX: statements that follow from a scan, as a document of their own beside the bill of materials.

pub mod csaf;
pub mod cyclonedx;
pub mod openvex;

use std::collections::BTreeMap;

use faultline_exposure::Verdict;
use faultline_exposure::model::{AdvisoryAnswer, Exposure, Path};
use faultline_exposure::scan::{Ignored, Scan};
use faultline_inventory::metadata::Party;

use crate::explain;
use crate::sbom::Bom;

/// All statements about one subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Vex {
    /// The bill of materials that the statements are about.
    pub bom: Bom,
    /// Who answers for them.
    pub author: Party,
    /// One per advisory and package version, ordered.
    pub statements: Vec<Statement>,
}

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Vulnerable code is not called, or a person says that it does not matter.
    NotAffected,
    /// Neither is proved.
    UnderInvestigation,
    /// Vulnerable code is called.
    Affected,
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The advisory.
    pub advisory: AdvisoryAnswer,
    /// Package URL of the vulnerable package version.
    pub package: String,
    /// What is said.
    pub status: Status,
    /// Whether analysis shows that vulnerable code is not in the execute path; false where a person says so.
    pub not_in_execute_path: bool,
    /// Why it does or does not matter, in plain words.
    pub impact: String,
    /// What to do; for what is affected always something.
    pub action: Option<String>,
    /// Versions that fix it.
    pub fixed: Vec<String>,
}

/// Makes the statements of a scan. Several projects with the same package version get the gravest one.
pub fn statements(scan: &Scan) -> Vec<Statement> {
    let mut all: BTreeMap<(String, String), Statement> = BTreeMap::new();
    let analysed = scan.exposures.iter().map(|e| (e, None));
    let ignored = scan.ignored.iter().map(|i| (&i.exposure, Some(i)));
    for (exposure, human) in analysed.chain(ignored) {
        let Some(statement) = statement(scan, exposure, human) else { continue };
        let key = (statement.advisory.id.clone(), statement.package.clone());
        match all.get_mut(&key) {
            Some(known) if known.status >= statement.status => {}
            _ => drop(all.insert(key, statement)),
        }
    }
    all.into_values().collect()
}

fn statement(scan: &Scan, exposure: &Exposure, human: Option<&Ignored>) -> Option<Statement> {
    let id = exposure.advisory.as_ref()?;
    let advisory = scan.advisories.iter().find(|a| a.id == *id)?.clone();
    let fixed = fixed(scan, exposure);
    let proved = match exposure.verdict {
        Verdict::PathFound => Status::Affected,
        Verdict::NoPathFound => Status::NotAffected,
        Verdict::NotDetermined => Status::UnderInvestigation,
    };
    // A person's word never hides a path that was found.
    let status = if human.is_some() && proved == Status::UnderInvestigation { Status::NotAffected } else { proved };
    let mut impact = impact(exposure);
    if let Some(Ignored { entry, .. }) = human {
        let word = format!("{} states until {}: {}", entry.owner, entry.expires, entry.reason);
        impact = if status == Status::Affected { format!("{impact} ({word})") } else { word };
    }
    Some(Statement {
        action: (status == Status::Affected).then(|| action(exposure, &fixed)),
        not_in_execute_path: status == Status::NotAffected && proved == Status::NotAffected,
        package: exposure.package.clone(),
        advisory,
        status,
        impact,
        fixed,
    })
}

fn fixed(scan: &Scan, exposure: &Exposure) -> Vec<String> {
    let name = exposure.package.rsplit_once('@').map_or(exposure.package.as_str(), |(name, _)| name);
    scan.packages.iter().filter(|p| p.purl == name).flat_map(|p| p.fixed.iter().cloned()).collect()
}

/// The call path, else what was analysed, else what stays open.
fn impact(exposure: &Exposure) -> String {
    match (exposure.verdict, exposure.paths.iter().find(|p| !p.test)) {
        (Verdict::PathFound, Some(path)) => format!("{}: {}", explain::why(exposure), call_path(path)),
        (Verdict::NotDetermined, _) => {
            let reasons: Vec<&str> =
                exposure.reasons.iter().filter(|r| r.code.spoils_negative()).map(|r| r.detail.as_str()).collect();
            if reasons.is_empty() {
                explain::why(exposure)
            } else {
                format!("{}: {}", explain::why(exposure), reasons.join("; "))
            }
        }
        (Verdict::NoPathFound, _) => {
            let packages = exposure.coverage.packages_analysed.len();
            format!("{}; analysed were the project and {packages} packages", explain::why(exposure))
        }
        _ => explain::why(exposure),
    }
}

/// `function (file:line) → …`.
fn call_path(path: &Path) -> String {
    let steps = path.steps.iter().map(|step| {
        let package = step.package.as_ref().map(|p| format!("{p} ")).unwrap_or_default();
        format!("{} ({package}{}:{})", step.function, step.file, step.line)
    });
    steps.collect::<Vec<_>>().join(" → ")
}

fn action(exposure: &Exposure, fixed: &[String]) -> String {
    if fixed.is_empty() {
        return format!("No fixed version of {} is known; remove the call or the package.", exposure.package);
    }
    format!("Update {} to {}.", exposure.package, fixed.join(" or "))
}
