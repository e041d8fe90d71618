//! Plan: what must change over the fleet for a target, and in which order.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use faultline_exposure::model::{Exposure, TargetAnswer};
use faultline_exposure::{Level, Verdict};
use faultline_facts::Resource;
use faultline_package::version::compare;
use faultline_package::{Ecosystem, PackageNode, Project, Purl};
use faultline_plan::remedy::{Aim, Member, changes};
use faultline_plan::steps::{Plan, SETTINGS_FILE, Settings, State, make};

use crate::paths::lies_in;
use crate::target::Resolved;
use crate::trace::Member as Indexed;
use crate::{Engine, EngineError, Incomplete, Progress, TraceRequest};

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct PlanRequest {
    /// Target, places and knowledge, as for a trace.
    pub trace: TraceRequest,
    /// Versions to move to, in place of the advisory's fixed ones.
    pub to: Vec<String>,
    /// What the plan is made with.
    pub settings: Settings,
    /// What is started and finished.
    pub state: State,
    /// How long to look for a better plan, for each way.
    pub limit: Duration,
}

/// A plan, and what it is about.
#[derive(Debug, Clone)]
pub struct PlanAnswer {
    /// The target.
    pub target: TargetAnswer,
    /// The plan.
    pub plan: Plan,
    /// What could not be read.
    pub incomplete: Vec<Incomplete>,
}

impl Engine {
    /// Plans the way out of a target.
    pub fn plan(&self, request: &PlanRequest, progress: &dyn Progress) -> Result<PlanAnswer, EngineError> {
        let resolved = self.resolve(&request.trace.target, &request.trace.knowledge, progress)?;
        let fixed = fixed_versions(&resolved, &request.to);
        let answer = self.trace(&request.trace, progress)?;
        let mut incomplete = answer.incomplete;
        let indexed = self.members(&request.trace, &mut incomplete, progress)?;
        incomplete.sort();
        incomplete.dedup();
        let members = fleet(&indexed, &answer.exposures);
        let exists = |name: &str| members.iter().any(|m| m.name() == name);
        let wrong = |e| EngineError::Input(format!("{SETTINGS_FILE}:{e}"));
        request.settings.check_projects(exists).map_err(wrong)?;
        progress.begin("planning", None);
        let affects = |node: &PackageNode| resolved.affects(node);
        let changed = changes(&members, &Aim { affects: &affects, fixed });
        let limit = request.limit;
        let clock = || -> Box<dyn FnMut() -> bool> {
            let until = Instant::now() + limit;
            Box::new(move || Instant::now() >= until)
        };
        let plan = make(&members, changed, request.settings.clone(), &request.state, &clock);
        progress.end();
        let plan = plan.map_err(|e| EngineError::Input(format!("no plan is possible: {e}")))?;
        Ok(PlanAnswer { target: answer.target, plan, incomplete })
    }
}

/// Per affected package the versions to move to, in rising order.
fn fixed_versions(resolved: &Resolved, to: &[String]) -> Vec<(Purl, Vec<String>)> {
    let of_advisory = resolved.advisory.iter().flat_map(|a| &a.packages).map(|p| (p.purl.clone(), p.fixed.clone()));
    let of_package = resolved.target.package().map(|purl| (purl.without_version(), Vec::new()));
    let named = |(purl, fixed): (Purl, Vec<String>)| {
        let mut versions = if to.is_empty() { fixed } else { to.to_vec() };
        versions.sort_by(|a, b| compare(purl.ecosystem(), a, b).unwrap_or(Ordering::Equal));
        (purl, versions)
    };
    of_advisory.chain(of_package).map(named).collect()
}

/// The indexed projects as members of a fleet.
fn fleet<'a>(indexed: &'a [Indexed], exposures: &[Exposure]) -> Vec<Member<'a>> {
    let depended_on = depended_on(indexed);
    let mut members = Vec::new();
    for repository in indexed {
        for project in &repository.inventory.projects {
            let declared = is_started(repository, project);
            let published = is_published(repository, project, &depended_on, declared);
            let name = &repository.repository.name;
            let weight = weight(exposures.iter().filter(|e| e.repository == *name && e.project == project.path));
            // What publishes nothing is taken to be deployed: better one step too many than a service forgotten.
            members.push(Member { repository: name, project, published, service: declared || !published, weight });
        }
    }
    members
}

/// Package names that some project of the fleet depends on.
fn depended_on(indexed: &[Indexed]) -> BTreeSet<Purl> {
    let projects = indexed.iter().flat_map(|m| &m.inventory.projects);
    projects.flat_map(|p| &p.graph.packages).map(|n| n.purl.without_version()).collect()
}

/// A deployment file starts something below the project's folder and in no deeper project.
fn is_started(repository: &Indexed, project: &Project) -> bool {
    let deepest = |path: &str| {
        let around = repository.inventory.projects.iter().filter(|p| lies_in(path, &p.path));
        around.max_by_key(|p| p.path.len()).map(|p| &p.path)
    };
    repository.inventory.declared.iter().any(|d| {
        d.ecosystem() == project.ecosystem
            && deepest(if d.is_file { &d.target } else { &d.file }) == Some(&project.path)
    })
}

fn is_published(repository: &Indexed, project: &Project, depended_on: &BTreeSet<Purl>, started: bool) -> bool {
    let Some(name) = &project.name else { return false };
    if depended_on.contains(&Purl::new(project.ecosystem, name, None)) {
        return true;
    }
    let manifest = if project.path.is_empty() { String::new() } else { format!("{}/", project.path) } + "package.json";
    let private = repository
        .inventory
        .resources
        .iter()
        .any(|(path, resource)| matches!(resource, Resource::Npm(npm) if *path == manifest && npm.private));
    project.version.is_some() && !private && !started && project.ecosystem != Ecosystem::Go
}

/// What an exposure costs for each unit of time: by its level, more when it is known to run.
fn weight<'a>(exposures: impl Iterator<Item = &'a Exposure>) -> u64 {
    let of = |exposure: &Exposure| {
        let level = match (exposure.level, exposure.verdict) {
            (Level::Reachable, _) => 8,
            (Level::Called, _) => 4,
            (_, Verdict::NotDetermined) => 2,
            _ => 1,
        };
        let runs = exposure.services.iter().any(|s| s.running == Some(true));
        if runs { level * 3 } else { level }
    };
    exposures.map(of).max().unwrap_or(1)
}
