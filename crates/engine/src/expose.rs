//! One project's exposures to a target: build, solve, examine; worked out once for equal input.

use std::cell::RefCell;

use faultline_exposure::model::Exposure;
use faultline_exposure::{Case, Examined, Missing, Place, Reason, ReasonCode, examine, go_package};
use faultline_package::{NodeId, PackageNode, Project, Purl, Relationship, Scope};
use faultline_reach::{Analysis, FileRef, ImportClosure, Options, UnitId, analyse, import_closure};
use faultline_store::AnswerKey;
use rustc_hash::FxHashSet;

use crate::checkout::Checkout;
use crate::fleet::Fleet;
use crate::lines::Lines;
use crate::onpath::{helpers, on_path};
use crate::packages::Installed;
use crate::program::{Builder, Built, Wanted};
use crate::target::Resolved;
use crate::trace::Exposed;
use crate::{Engine, EngineError, Incomplete, TraceRequest, clock};

/// Rises when the analysis changes its answers for equal input.
const ANALYSIS_VERSION: u32 = 17;

/// Most dependency paths shown per exposure.
const MAX_DEPENDENCY_PATHS: usize = 20;

/// What is asked of one project.
pub(crate) struct Question<'a> {
    pub checkout: &'a Checkout,
    pub installed: &'a Installed,
    pub fleet: &'a Fleet,
    pub request: &'a TraceRequest,
    pub project: usize,
    pub asked: &'a [Asked<'a>],
}

/// One target and the installed packages that it affects; several of a project are answered from one program.
pub(crate) struct Asked<'a> {
    pub resolved: &'a Resolved,
    pub affected: &'a [(Purl, Vec<NodeId>)],
}

impl Asked<'_> {
    /// Whether any of its packages has vulnerable symbols.
    pub fn has_symbols(&self) -> bool {
        self.affected.iter().any(|(purl, _)| !self.resolved.symbols_of(purl).is_empty())
    }
}

impl<'a> Question<'a> {
    fn affected(&self) -> impl Iterator<Item = &'a (Purl, Vec<NodeId>)> {
        self.asked.iter().flat_map(|asked| asked.affected)
    }

    fn has_symbols(&self) -> bool {
        self.asked.iter().any(Asked::has_symbols)
    }

    /// Import paths of vulnerable Go packages; none when some module is vulnerable as a whole.
    fn go_paths(&self) -> FxHashSet<String> {
        let mut paths = FxHashSet::default();
        for asked in self.asked {
            for (purl, _) in asked.affected {
                let symbols = asked.resolved.symbols_of(purl);
                if symbols.is_empty() {
                    return FxHashSet::default();
                }
                paths.extend(symbols.iter().filter_map(|s| go_package(&s.symbol)).map(str::to_owned));
            }
        }
        paths
    }
}

/// A solved project.
struct Solved {
    analysis: Option<Analysis>,
    imports: ImportClosure,
    imports_with_tests: ImportClosure,
}

impl Engine {
    /// The exposures of a project, and what could not be had for them.
    pub(crate) fn expose_project(&self, question: &Question) -> Result<Exposed, EngineError> {
        let targets = [question.affected().flat_map(|(_, nodes)| nodes.iter().copied()).collect()];
        let wanted = if question.has_symbols() { Wanted::OnPath(&targets) } else { Wanted::Importers(&targets) };
        let mut builder = Builder::new(self, question.checkout, question.installed, question.fleet);
        builder.go_paths = question.go_paths();
        let built = builder.project(question.project, wanted)?;
        let repository = &question.checkout.repository;
        let missing = built.missing.iter().map(|m| Incomplete {
            repository: repository.name.clone(),
            what: m.package.clone(),
            why: m.why.clone(),
            unread: Purl::parse(&m.package).is_ok_and(|p| p.version().is_some()),
        });
        let missing = missing.collect();
        let key = key_of(question, &built);
        if let Some(known) = self.known_exposures(&key, question)? {
            return Ok((known, missing));
        }
        let exposures = self.work_out(question, &built);
        let bytes = serde_json::to_vec(&exposures).unwrap_or_default();
        self.store().put_answer(&key, &bytes, &clock::now())?;
        Ok((exposures, missing))
    }

    /// An answer to the very same question, under the names of today.
    fn known_exposures(&self, key: &AnswerKey, question: &Question) -> Result<Option<Vec<Exposure>>, EngineError> {
        let Some(bytes) = self.store().answer(key)? else { return Ok(None) };
        let Ok(mut exposures) = serde_json::from_slice::<Vec<Exposure>>(&bytes) else { return Ok(None) };
        for exposure in &mut exposures {
            exposure.repository.clone_from(&question.checkout.repository.name);
            exposure.revision.clone_from(&question.checkout.repository.revision);
        }
        Ok(Some(exposures))
    }

    fn work_out(&self, question: &Question, built: &Built) -> Vec<Exposure> {
        let solved = solve(question, built);
        let lines = RefCell::new(Lines::new(self, question.checkout));
        let line = |file: FileRef, number: u32| lines.borrow_mut().line(&built.program, file, number);
        let of = |asked: &Asked| -> Vec<Exposure> {
            let affected = asked.affected.iter();
            affected.map(|(purl, nodes)| exposure(question, asked, built, &solved, (purl, nodes), &line)).collect()
        };
        question.asked.iter().flat_map(of).collect()
    }
}

fn solve(question: &Question, built: &Built) -> Solved {
    let units: Vec<UnitId> = units_of(question, built, question.affected().flat_map(|(_, nodes)| nodes));
    let symbols = question.has_symbols();
    let options = Options {
        inspect: units.clone(),
        budget: question.request.budget.unwrap_or(Options::default().budget),
        ..Options::default()
    };
    Solved {
        analysis: (symbols && !units.is_empty()).then(|| analyse(&built.program, &options)),
        imports: import_closure(&built.program, false),
        imports_with_tests: import_closure(&built.program, true),
    }
}

fn units_of<'a>(question: &Question, built: &Built, nodes: impl Iterator<Item = &'a NodeId>) -> Vec<UnitId> {
    let mut units: Vec<UnitId> =
        nodes.filter_map(|node| built.units.get(&(question.project, *node)).copied()).collect();
    units.sort_unstable();
    units.dedup();
    units
}

fn exposure(
    question: &Question,
    asked: &Asked,
    built: &Built,
    solved: &Solved,
    (purl, nodes): (&Purl, &[NodeId]),
    line: &dyn Fn(FileRef, u32) -> Option<String>,
) -> Exposure {
    let package = purl.to_string();
    let symbols = asked.resolved.symbols_of(purl);
    let project = question.checkout.project(question.project);
    let own = Own::of(project, nodes, question.asked.len() > 1);
    let missing: Vec<Missing> = built.missing.iter().filter(|m| own.has(&m.package)).cloned().collect();
    let examine_unit = |unit: Option<UnitId>| {
        examine(&Case {
            program: &built.program,
            analysis: solved.analysis.as_ref(),
            imports: &solved.imports,
            imports_with_tests: &solved.imports_with_tests,
            package: &package,
            unit,
            symbols: &symbols,
            malicious: asked.resolved.malicious(purl),
            missing: &missing,
            inventory: inventory_reasons(project, built, purl),
            all_paths: question.request.all_paths,
            line,
        })
    };
    let units = units_of(question, built, nodes.iter());
    let mut examined = match units.as_slice() {
        [] => examine_unit(None),
        units => units.iter().map(|unit| examine_unit(Some(*unit))).reduce(join).unwrap_or_else(|| examine_unit(None)),
    };
    examined.coverage.packages_analysed.retain(|package| own.has(package));
    describe(question, asked, project, (purl, nodes), examined)
}

/// The packages that matter to one exposure of a program built for several; `None` when it was built for one.
struct Own(Option<FxHashSet<String>>);

impl Own {
    fn of(project: &Project, nodes: &[NodeId], several: bool) -> Own {
        if !several {
            return Own(None);
        }
        let on = on_path(&project.graph, nodes);
        let helps = helpers(&project.graph, &on);
        let packages = project.graph.packages.iter().enumerate();
        Own(Some(packages.filter(|(i, _)| on[*i] || helps[*i]).map(|(_, p)| p.purl.to_string()).collect()))
    }

    fn has(&self, package: &str) -> bool {
        self.0.as_ref().is_none_or(|own| own.contains(package))
    }
}

/// Two copies of one version that resolve differently: the stronger proof counts, and both are shown.
fn join(a: Examined, b: Examined) -> Examined {
    let (mut strong, weak) = if b.judgement.level > a.judgement.level { (b, a) } else { (a, b) };
    strong.judgement.test_level = strong.judgement.test_level.max(weak.judgement.test_level);
    strong.judgement.reasons.extend(weak.judgement.reasons);
    strong.judgement.reasons.sort();
    strong.judgement.reasons.dedup();
    strong.judgement.verdict = match (strong.judgement.verdict, weak.judgement.verdict) {
        (faultline_exposure::Verdict::NoPathFound, other) => other,
        (verdict, _) => verdict,
    };
    strong.calls.extend(weak.calls);
    strong.calls.sort();
    strong.calls.dedup();
    strong.paths.extend(weak.paths);
    strong
}

fn describe(
    question: &Question,
    asked: &Asked,
    project: &Project,
    (purl, nodes): (&Purl, &[NodeId]),
    examined: Examined,
) -> Exposure {
    let packages: Vec<&PackageNode> = nodes.iter().map(|node| project.graph.package(*node)).collect();
    let direct = packages.iter().any(|p| p.relationship == Relationship::Direct);
    let manifest = packages.iter().find_map(|p| p.locations.first());
    Exposure {
        repository: question.checkout.repository.name.clone(),
        revision: question.checkout.repository.revision.clone(),
        project: project.path.clone(),
        package: purl.to_string(),
        advisory: asked.resolved.advisory.as_ref().map(|a| a.id.clone()),
        relationship: if direct { "direct" } else { "transitive" }.to_owned(),
        scope: packages.iter().map(|p| p.scope).min().unwrap_or(Scope::Runtime).as_str().to_owned(),
        manifest: manifest.map(|l| Place { package: None, file: l.file.clone(), line: l.line }),
        dependency_paths: dependency_paths(project, nodes),
        level: examined.judgement.level,
        test_level: examined.judgement.test_level,
        verdict: examined.judgement.verdict,
        reasons: examined.judgement.reasons,
        coverage: examined.coverage,
        calls: examined.calls,
        paths: examined.paths,
        services: Vec::new(),
        owners: Vec::new(),
    }
}

/// One shortest way per direct dependency over all copies, shortest first.
fn dependency_paths(project: &Project, nodes: &[NodeId]) -> Vec<Vec<String>> {
    let graph = &project.graph;
    let ways = nodes.iter().flat_map(|node| graph.paths_to(*node, MAX_DEPENDENCY_PATHS));
    let mut paths: Vec<Vec<String>> =
        ways.map(|way| way.iter().map(|id| graph.package(*id).purl.to_string()).collect()).collect();
    paths.sort_by(|a: &Vec<String>, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    paths.dedup();
    paths.truncate(MAX_DEPENDENCY_PATHS);
    paths
}

/// What the inventory leaves open about a project.
fn inventory_reasons(project: &Project, built: &Built, purl: &Purl) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if !project.complete {
        reasons.extend(project.reasons.iter().map(|reason| Reason {
            code: ReasonCode::IncompleteInventory,
            detail: reason.detail.clone(),
            location: reason.location.as_ref().map(|l| Place { package: None, file: l.file.clone(), line: l.line }),
        }));
    }
    if purl.version().is_none() {
        let detail = format!("the version of {purl} is not known, so it may or may not be affected");
        reasons.push(Reason { code: ReasonCode::IncompleteInventory, detail, location: None });
    }
    reasons.extend(built.unread.iter().map(|file| Reason {
        code: ReasonCode::ParseError,
        detail: "could not be read".to_owned(),
        location: Some(Place { package: None, file: file.clone(), line: 0 }),
    }));
    reasons
}

/// A digest over everything that the answer of a project depends on.
fn key_of(question: &Question, built: &Built) -> AnswerKey {
    let mut key = AnswerKey::new();
    let request = question.request;
    key.add(env!("CARGO_PKG_VERSION")).add(ANALYSIS_VERSION.to_le_bytes());
    key.add(faultline_extract::FRONTEND_VERSION.to_le_bytes());
    key.add([u8::from(request.all_paths)]).add(request.budget.unwrap_or_default().to_le_bytes());
    let project = question.checkout.project(question.project);
    key.add(serde_json::to_vec(project).unwrap_or_default());
    for file in &question.checkout.files {
        key.add(&file.path).add(&file.content);
    }
    for (purl, identity) in &built.loaded {
        key.add(purl).add(identity);
    }
    for missing in &built.missing {
        key.add(&missing.package).add(missing.code.as_str()).add(&missing.why);
    }
    for asked in question.asked {
        for (purl, nodes) in asked.affected {
            key.add(purl.to_string()).add(format!("{nodes:?}")).add([u8::from(asked.resolved.malicious(purl))]);
            for symbol in asked.resolved.symbols_of(purl) {
                key.add(format!("{symbol:?}"));
            }
        }
        key.add(asked.resolved.advisory.as_ref().map_or("", |a| a.id.as_str()));
    }
    key
}
