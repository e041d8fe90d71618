//! Scan: one checkout, every advisory.

use std::collections::{BTreeMap, BTreeSet};

use faultline_advisory::{Database, SymbolsFile, Target};
use faultline_exposure::model::{Exposure, PackageAnswer};
use faultline_exposure::scan::{IgnoreEntry, Scan, Unmatched};
use faultline_exposure::{order, summarize};
use faultline_package::{NodeId, Origin, Project, Purl, Scope};
use faultline_store::Indexed;
use rayon::prelude::*;

use crate::baseline::Baseline;
use crate::checkout::Checkout;
use crate::expose::{Asked, Question};
use crate::fleet::Fleet;
use crate::packages::Installed;
use crate::target::{Resolved, own_advisories, symbols_files};
use crate::trace::{Exposed, Member, count_tests, installed_in, unlocked};
use crate::{Engine, EngineError, Incomplete, Input, Knowledge, Progress, TraceRequest, clock};

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct ScanRequest {
    /// The checkout.
    pub input: Option<Input>,
    /// Further knowledge: advisories that are asked before those kept, symbols files.
    pub knowledge: Knowledge,
    /// Only these scopes; nothing means all.
    pub scopes: Vec<Scope>,
    /// Tests and the like count.
    pub include_tests: bool,
    /// Values the solver may propagate per project.
    pub budget: Option<u64>,
    /// Entries of the ignore file.
    pub ignore: Vec<IgnoreEntry>,
    /// Only what is new or worse than this.
    pub baseline: Option<Baseline>,
}

/// Advisories of a run: the user's first, then those kept.
struct Sources {
    own: Option<Database>,
    kept: Option<Database>,
    symbols: SymbolsFile,
}

/// Affected package versions of a project with their installed copies.
type Affected = Vec<(Purl, Vec<NodeId>)>;

/// What one project is asked, by name of the alias group.
struct Matched {
    project: usize,
    groups: BTreeMap<String, Affected>,
}

/// A checkout with everything that its projects are asked.
struct Opened<'a> {
    checkout: Checkout,
    installed: Installed,
    matched: &'a [Matched],
}

impl Engine {
    /// Answers which advisories a checkout is exposed to.
    pub fn scan(&self, request: &ScanRequest, progress: &dyn Progress) -> Result<Scan, EngineError> {
        let mut incomplete = Vec::new();
        let sources = self.sources(&request.knowledge, &mut incomplete, progress)?;
        let asked = as_trace(request);
        let members = self.members(&asked, &mut incomplete, progress)?;
        let mut unmatched = Vec::new();
        let matched: Vec<Vec<Matched>> =
            members.iter().map(|member| match_member(member, &sources, request, &mut unmatched)).collect();
        let mut resolved = resolve_all(&sources, &matched);
        for resolved in resolved.values_mut() {
            if let Some(advisory) = &resolved.advisory {
                self.add_derived(advisory, &mut resolved.symbols)?;
            }
        }
        let (exposures, missing) = self.expose_all(&members, &matched, &resolved, &asked, progress)?;
        incomplete.extend(missing);
        incomplete.extend(members.iter().flat_map(|member| unlocked(member, |_| true)));
        if request.input.is_some() {
            incomplete.extend(nothing_read(&members));
        }
        incomplete.sort();
        incomplete.dedup();
        let projects = members.iter().map(|m| m.inventory.projects.len()).sum();
        let path = request.input.as_ref().map(|i| i.place.clone()).unwrap_or_default();
        let mut scan = Scan { path, exposures, unmatched, incomplete, ..described(&resolved, &matched) };
        self.enrich(&mut scan.advisories)?;
        Ok(finish(request, scan, (members.len(), projects)))
    }

    fn sources(
        &self,
        knowledge: &Knowledge,
        incomplete: &mut Vec<Incomplete>,
        progress: &dyn Progress,
    ) -> Result<Sources, EngineError> {
        let own = own_advisories(knowledge, incomplete)?;
        let symbols = symbols_files(knowledge, incomplete)?;
        let mut kept = self.advisories()?;
        if kept.is_none() && own.is_none() && self.first_sync(incomplete, progress)? {
            kept = self.advisories()?;
        }
        Ok(Sources { own, kept: kept.map(|k| k.database), symbols })
    }

    fn expose_all(
        &self,
        members: &[Member],
        matched: &[Vec<Matched>],
        resolved: &BTreeMap<String, Resolved>,
        request: &TraceRequest,
        progress: &dyn Progress,
    ) -> Result<Exposed, EngineError> {
        let mut fleet = Fleet::default();
        for member in self.fleet_members(members)? {
            fleet.add(&member);
        }
        let mut opened = Vec::new();
        for (member, matched) in members.iter().zip(matched).filter(|(_, matched)| !matched.is_empty()) {
            let checkout = self.checkout(member.repository.clone())?;
            opened.push(Opened { installed: installed_in(&checkout), checkout, matched });
        }
        let work: Vec<(&Opened, &Matched)> =
            opened.iter().flat_map(|o| o.matched.iter().map(move |m| (o, m))).collect();
        progress.begin("analysing", Some(work.len() as u64));
        let answers: Vec<Result<Exposed, EngineError>> = self.analysers.install(|| {
            work.par_iter()
                .map(|(opened, matched)| {
                    (self.expose_groups(opened, matched, resolved, &fleet, request), progress.advance(1)).0
                })
                .collect()
        });
        progress.end();
        let mut all = (Vec::new(), Vec::new());
        for answer in answers {
            let (exposures, missing) = answer?;
            all.0.extend(exposures);
            all.1.extend(missing);
        }
        Ok(all)
    }

    /// One project: what has symbols is solved as one program, for the rest following imports is enough.
    fn expose_groups(
        &self,
        opened: &Opened,
        matched: &Matched,
        resolved: &BTreeMap<String, Resolved>,
        fleet: &Fleet,
        request: &TraceRequest,
    ) -> Result<Exposed, EngineError> {
        let asked = matched.groups.iter().filter_map(|(id, affected)| {
            let resolved = resolved.get(id)?;
            Some(Asked { resolved, affected })
        });
        let (deep, shallow): (Vec<Asked>, Vec<Asked>) = asked.partition(Asked::has_symbols);
        let mut all = (Vec::new(), Vec::new());
        for asked in [deep, shallow].iter().filter(|asked| !asked.is_empty()) {
            let (checkout, installed, project) = (&opened.checkout, &opened.installed, matched.project);
            let question = Question { checkout, installed, fleet, request, project, asked };
            let (exposures, missing) = self.expose_project(&question)?;
            all.0.extend(exposures);
            all.1.extend(missing);
        }
        Ok(all)
    }
}

/// A checkout in which there was nothing to match is more likely a mistake than clean.
fn nothing_read(members: &[Member]) -> Vec<Incomplete> {
    let row = |member: &Member, what: &str, why: &str, unread| Incomplete {
        repository: member.repository.name.clone(),
        what: what.to_owned(),
        why: why.to_owned(),
        unread,
    };
    let empty = members.iter().filter(|m| m.repository.status == Indexed::Empty);
    let mut rows: Vec<Incomplete> =
        empty.map(|m| row(m, "HEAD", "has no commit or no file; commit, or check the path", true)).collect();
    if rows.is_empty() && members.iter().all(|m| m.inventory.projects.is_empty()) {
        let why = "no manifest or lockfile was found, so there is nothing to match";
        rows.extend(members.first().map(|m| row(m, "projects", why, false)));
    }
    rows
}

fn as_trace(request: &ScanRequest) -> TraceRequest {
    TraceRequest {
        inputs: request.input.iter().cloned().collect(),
        scopes: request.scopes.clone(),
        include_tests: request.include_tests,
        budget: request.budget,
        ..TraceRequest::default()
    }
}

fn match_member(
    member: &Member,
    sources: &Sources,
    request: &ScanRequest,
    unmatched: &mut Vec<Unmatched>,
) -> Vec<Matched> {
    let mut found = Vec::new();
    for (index, project) in member.inventory.projects.iter().enumerate() {
        let (groups, unknown) = match_project(project, sources, &request.scopes);
        unmatched.extend(unknown.into_iter().map(|package| Unmatched {
            repository: member.repository.name.clone(),
            project: project.path.clone(),
            package,
        }));
        if !groups.is_empty() {
            found.push(Matched { project: index, groups });
        }
    }
    found
}

/// The alias groups that affect a project's packages, and packages that could not be matched.
fn match_project(
    project: &Project,
    sources: &Sources,
    scopes: &[Scope],
) -> (BTreeMap<String, Affected>, BTreeSet<String>) {
    let mut copies: BTreeMap<&Purl, Vec<NodeId>> = BTreeMap::new();
    for (index, node) in (0u32..).zip(&project.graph.packages) {
        if node.origin == Origin::Registry && (scopes.is_empty() || scopes.contains(&node.scope)) {
            copies.entry(&node.purl).or_default().push(NodeId(index));
        }
    }
    let mut groups: BTreeMap<String, Affected> = BTreeMap::new();
    let mut unmatched = BTreeSet::new();
    for (purl, nodes) in copies {
        if purl.version().is_none() {
            unmatched.extend(sources.speaks_of(purl).then(|| purl.to_string()));
        }
        for id in sources.groups_of(purl) {
            groups.entry(id).or_default().push((purl.clone(), nodes.clone()));
        }
    }
    (groups, unmatched)
}

impl Sources {
    fn databases(&self) -> impl Iterator<Item = &Database> {
        self.own.iter().chain(&self.kept)
    }

    fn speaks_of(&self, purl: &Purl) -> bool {
        self.databases().any(|d| d.affected_ranges(purl, None).is_some())
    }

    /// Names of the groups that affect a package version. What the user's own advisories speak of, they decide.
    fn groups_of(&self, purl: &Purl) -> Vec<String> {
        let mut found: Vec<String> = self.own.iter().flat_map(|own| own.matches(purl)).map(|group| group.id).collect();
        let decided = |id: &str| self.own.as_ref().is_some_and(|own| own.advisory(id).is_some());
        let kept = self.kept.iter().flat_map(|kept| kept.matches(purl));
        found.extend(kept.filter(|group| !group.ids().any(decided)).map(|group| group.id));
        found
    }

    fn resolve(&self, id: &str) -> Option<Resolved> {
        let advisory = self.databases().find_map(|database| database.advisory(id))?;
        let symbols = self.symbols.apply(&advisory.records);
        let target = Target::Advisory(id.to_owned());
        Some(Resolved { target, advisory: Some(advisory), symbols, incomplete: Vec::new() })
    }
}

fn resolve_all(sources: &Sources, matched: &[Vec<Matched>]) -> BTreeMap<String, Resolved> {
    let ids: BTreeSet<&String> = matched.iter().flatten().flat_map(|m| m.groups.keys()).collect();
    ids.into_iter().filter_map(|id| Some((id.clone(), sources.resolve(id)?))).collect()
}

/// What the answer says about the advisories that matched.
fn described(resolved: &BTreeMap<String, Resolved>, matched: &[Vec<Matched>]) -> Scan {
    let installed: BTreeSet<Purl> = matched
        .iter()
        .flatten()
        .flat_map(|m| m.groups.values().flatten().map(|(purl, _)| purl.without_version()))
        .collect();
    let installed: BTreeSet<String> = installed.iter().map(ToString::to_string).collect();
    let mut scan = Scan::default();
    for (id, resolved) in resolved {
        let answer = resolved.answer(id);
        scan.advisories.extend(answer.advisories);
        scan.packages.extend(answer.packages.into_iter().filter(|p: &PackageAnswer| installed.contains(&p.purl)));
        scan.symbols.extend(answer.symbols.into_iter().filter(|s| installed.contains(&s.package)));
    }
    scan.symbols.sort();
    scan.symbols.dedup();
    scan
}

fn finish(request: &ScanRequest, mut scan: Scan, (repositories, projects): (usize, usize)) -> Scan {
    let mut exposures: Vec<Exposure> = std::mem::take(&mut scan.exposures);
    if request.include_tests {
        exposures.iter_mut().for_each(count_tests);
    }
    order(&mut exposures);
    let today = clock::now();
    let today = today.get(..10).unwrap_or_default();
    let hidden = crate::ignore::hide(request.ignore.clone(), &mut exposures, &scan.advisories, today);
    (scan.ignored, scan.expired, scan.unused) = (hidden.ignored, hidden.expired, hidden.unused);
    if let Some(baseline) = &request.baseline {
        scan.known = baseline.take_known(&mut exposures, &scan.advisories);
    }
    scan.summary = summarize(&exposures, repositories, projects);
    scan.exposures = exposures;
    scan
}
