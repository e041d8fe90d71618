//! Trace: one target over the fleet, to exposures.

use std::path::PathBuf;

use faultline_exposure::model::{Answer, Exposure};
use faultline_exposure::{Level, Reason, ReasonCode, Verdict, order, summarize};
use faultline_package::{Ecosystem, NodeId, Project, Purl, Scope};
use faultline_store::Repository;
use rayon::prelude::*;

use crate::checkout::Checkout;
use crate::expose::{Asked, Question};
use crate::fleet::Fleet;
use crate::index::problem_row;
use crate::packages::Installed;
use crate::target::Resolved;
use crate::{Engine, EngineError, Incomplete, Input, Knowledge, Progress, StoredInventory};

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct TraceRequest {
    /// Advisory id or package URL.
    pub target: String,
    /// Where to look; nothing means everything indexed.
    pub inputs: Vec<Input>,
    /// Further knowledge about the target.
    pub knowledge: Knowledge,
    /// Only these scopes; nothing means all.
    pub scopes: Vec<Scope>,
    /// Only repositories of these names; nothing means all.
    pub repositories: Vec<String>,
    /// Only exposures of at least this level.
    pub level: Option<Level>,
    /// Every call path.
    pub all_paths: bool,
    /// Tests and the like count.
    pub include_tests: bool,
    /// Values the solver may propagate per project.
    pub budget: Option<u64>,
}

/// A repository that was looked at.
pub(crate) struct Member {
    pub repository: Repository,
    pub inventory: StoredInventory,
}

/// A project with affected packages: one exposure per package version.
struct Hit<'a> {
    member: &'a Member,
    project: usize,
    affected: Vec<(Purl, Vec<NodeId>)>,
}

/// A project's exposures, and what could not be had for them.
pub(crate) type Exposed = (Vec<Exposure>, Vec<Incomplete>);

impl Engine {
    /// Answers who is exposed to a target.
    pub fn trace(&self, request: &TraceRequest, progress: &dyn Progress) -> Result<Answer, EngineError> {
        let resolved = self.resolve(&request.target, &request.knowledge, progress)?;
        let mut incomplete = resolved.incomplete.clone();
        let members = self.members(request, &mut incomplete, progress)?;
        let mut fleet = Fleet::default();
        for member in self.fleet_members(&members)? {
            fleet.add(&member);
        }
        let hits: Vec<Hit> = members.iter().flat_map(|member| hits(member, &resolved, request)).collect();
        progress.begin("analysing", Some(hits.len() as u64));
        let examined: Vec<Result<Exposed, EngineError>> = self.analysers.install(|| {
            hits.par_iter().map(|hit| (self.expose(hit, &resolved, &fleet, request), progress.advance(1)).0).collect()
        });
        progress.end();
        let mut exposures = Vec::new();
        for result in examined {
            let (found, missing) = result?;
            exposures.extend(found);
            incomplete.extend(missing);
        }
        check_symbols(&request.knowledge.symbols, &exposures)?;
        incomplete.extend(members.iter().flat_map(|member| unlocked(member, |e| resolved.ecosystems().contains(&e))));
        incomplete.sort();
        incomplete.dedup();
        let projects = members.iter().map(|m| m.inventory.projects.len()).sum();
        let mut answer = finish(request, &resolved, exposures, incomplete, (members.len(), projects));
        self.enrich(&mut answer.target.advisories)?;
        Ok(answer)
    }

    /// The repositories that are asked about: those below the inputs, else all.
    pub(crate) fn members(
        &self,
        request: &TraceRequest,
        incomplete: &mut Vec<Incomplete>,
        progress: &dyn Progress,
    ) -> Result<Vec<Member>, EngineError> {
        let identities = if request.inputs.is_empty() {
            self.refresh_stale(incomplete, progress)?;
            None
        } else {
            let report = self.index(&request.inputs, progress)?;
            incomplete.extend(report.incomplete);
            Some(report.repositories.into_iter().filter(|id| !report.unread.contains(id)).collect::<Vec<_>>())
        };
        let mut repositories = self.store().repositories()?;
        if let Some(name) = request.repositories.iter().find(|n| !repositories.iter().any(|r| r.name == **n)) {
            return Err(EngineError::Input(format!("no repository is named `{name}`; `faultline repos` lists them")));
        }
        repositories.retain(|r| identities.as_ref().is_none_or(|ids| ids.contains(&r.identity)));
        repositories.retain(|r| request.repositories.is_empty() || request.repositories.contains(&r.name));
        let members: Vec<Member> =
            repositories.into_iter().map(|r| self.member(r)).collect::<Result<_, EngineError>>()?;
        for member in &members {
            let problems = self.store().problems(&member.repository.identity)?;
            let fatal = problems.iter().filter(|p| p.fatal);
            incomplete.extend(fatal.map(|p| problem_row(&member.repository.name, p)));
        }
        Ok(members)
    }

    fn member(&self, repository: Repository) -> Result<Member, EngineError> {
        let inventory = StoredInventory::decode(&self.store().inventory(&repository.identity)?).unwrap_or_default();
        Ok(Member { repository, inventory })
    }

    /// Every indexed repository may publish a package, also those that are not asked about.
    pub(crate) fn fleet_members(&self, asked: &[Member]) -> Result<Vec<Member>, EngineError> {
        let all = self.store().repositories()?;
        let others = all.into_iter().filter(|r| !asked.iter().any(|m| m.repository.identity == r.identity));
        let mut members: Vec<Member> = others.map(|r| self.member(r)).collect::<Result<_, EngineError>>()?;
        let own = asked.iter();
        members.extend(own.map(|m| Member { repository: m.repository.clone(), inventory: m.inventory.clone() }));
        members.sort_by(|a, b| a.repository.name.cmp(&b.repository.name));
        Ok(members)
    }

    /// One project with affected packages.
    fn expose(
        &self,
        hit: &Hit,
        resolved: &Resolved,
        fleet: &Fleet,
        request: &TraceRequest,
    ) -> Result<Exposed, EngineError> {
        let asked = [Asked { resolved, affected: &hit.affected }];
        let checkout = self.checkout(hit.member.repository.clone())?;
        let installed = installed_in(&checkout);
        let (checkout, installed, project) = (&checkout, &installed, hit.project);
        let question = Question { checkout, installed, fleet, request, project, asked: &asked };
        let (mut exposures, missing) = self.expose_project(&question)?;
        self.fill_owners(checkout, &mut exposures);
        Ok((exposures, missing))
    }
}

/// A symbol of the user that no package version has is a mistake, and not an answer.
fn check_symbols(named: &[String], exposures: &[Exposure]) -> Result<(), EngineError> {
    let says = |exposure: &Exposure, symbol: &str| {
        let of =
            |r: &&Reason| r.code == ReasonCode::SymbolNotFound && r.detail.contains(&format!(" {symbol} does not"));
        exposure.reasons.iter().find(of).map(|reason| reason.detail.clone())
    };
    for symbol in named {
        let unknown: Option<Vec<String>> = exposures.iter().map(|exposure| says(exposure, symbol)).collect();
        if let Some(first) = unknown.and_then(|all| all.into_iter().next()) {
            return Err(EngineError::Target(format!("--symbol {symbol}: {first}")));
        }
    }
    Ok(())
}

/// Packages that lie beside a checkout.
pub(crate) fn installed_in(checkout: &Checkout) -> Installed {
    let environment = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    Installed::of(&checkout.location(), environment.as_deref())
}

/// Projects of a repository with affected packages in the wanted scopes.
fn hits<'a>(member: &'a Member, resolved: &Resolved, request: &TraceRequest) -> Vec<Hit<'a>> {
    let of = |(index, project): (usize, &Project)| {
        let affected = affected(project, resolved, request);
        (!affected.is_empty()).then_some(Hit { member, project: index, affected })
    };
    member.inventory.projects.iter().enumerate().filter_map(of).collect()
}

/// Projects of ecosystems that are asked about, but do not say which versions they use.
pub(crate) fn unlocked<'a>(
    member: &'a Member,
    asked: impl Fn(Ecosystem) -> bool + 'a,
) -> impl Iterator<Item = Incomplete> + 'a {
    let concerned = move |project: &&Project| asked(project.ecosystem);
    let unknown = |code: &str| matches!(code, "no_lockfile" | "version_unknown" | "name_unknown" | "dynamic_setup");
    member.inventory.projects.iter().filter(concerned).flat_map(move |project| {
        project.reasons.iter().filter(move |reason| unknown(&reason.code)).map(|reason| Incomplete {
            repository: member.repository.name.clone(),
            what: reason.location.as_ref().map_or_else(|| project.path.clone(), place_of),
            why: format!("{}: {}", reason.code, reason.detail),
            unread: false,
        })
    })
}

/// `file:line`, or the file alone when no line is known.
fn place_of(location: &faultline_package::Location) -> String {
    if location.line == 0 { location.file.clone() } else { format!("{}:{}", location.file, location.line) }
}

/// Affected package versions of a project with their installed copies, by purl.
fn affected(project: &Project, resolved: &Resolved, request: &TraceRequest) -> Vec<(Purl, Vec<NodeId>)> {
    let mut found: std::collections::BTreeMap<Purl, Vec<NodeId>> = std::collections::BTreeMap::new();
    for (index, node) in (0u32..).zip(&project.graph.packages) {
        let wanted = request.scopes.is_empty() || request.scopes.contains(&node.scope);
        if wanted && resolved.affects(node) {
            found.entry(node.purl.clone()).or_default().push(NodeId(index));
        }
    }
    found.into_iter().collect()
}

fn finish(
    request: &TraceRequest,
    resolved: &Resolved,
    mut exposures: Vec<Exposure>,
    incomplete: Vec<Incomplete>,
    (repositories, projects): (usize, usize),
) -> Answer {
    if request.include_tests {
        exposures.iter_mut().for_each(count_tests);
    }
    order(&mut exposures);
    let summary = summarize(&exposures, repositories, projects);
    exposures.retain(|e| request.level.is_none_or(|level| e.level >= level));
    Answer { target: resolved.answer(&request.target), summary, exposures, incomplete }
}

/// Tests count: what they prove is the level.
pub(crate) fn count_tests(exposure: &mut Exposure) {
    exposure.level = exposure.test_level;
    if exposure.level >= Level::Called {
        exposure.verdict = Verdict::PathFound;
    }
}
