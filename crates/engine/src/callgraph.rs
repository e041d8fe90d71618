//! The call graph of one directory.

use std::path::{Path, PathBuf};

use faultline_package::{NodeId, Purl};
use faultline_reach::{
    Analysis, CallEdge, CallPath, EntryChoice, EntryKind, FileRef, FunctionRef, Options, Phase, Program, UnitId,
    analyse,
};
use faultline_source::{Found, SourceKind};

use crate::checkout::Checkout;
use crate::fleet::Fleet;
use crate::packages::Installed;
use crate::program::{Builder, Built, Wanted};
use crate::{Engine, EngineError, IndexReport, Progress};

/// What to analyse.
#[derive(Debug, Clone)]
pub struct CallgraphRequest {
    /// The directory.
    pub directory: PathBuf,
    /// A revision of the git repository there, instead of the files as they are.
    pub revision: Option<String>,
    /// Entry points: a kind, a file, or a function; `None` takes all production entry points.
    pub entry: Option<String>,
    /// Tests and the like count too.
    pub include_tests: bool,
    /// Package code that is analysed with it.
    pub packages: PackageChoice,
    /// A package, or a symbol of it, or a first-party function, to which call paths are wanted.
    pub to: Option<Goal>,
    /// Values the solver may propagate.
    pub budget: Option<u64>,
}

/// Which package code is analysed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageChoice {
    /// None: first-party code only.
    Nothing,
    /// Packages on a dependency path to the goal.
    OnPath,
    /// Every installed package.
    All,
    /// One package, and what lies on the path to it.
    One(Purl),
}

/// Where call paths should lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// A package, at a version or any, and a symbol of it.
    Package(Purl, Option<String>),
    /// A function of first-party code.
    Function(String),
}

/// The call graph.
pub struct Callgraph {
    /// What was analysed.
    pub program: Program,
    /// The result.
    pub analysis: Analysis,
    /// The edges that count: those of tests only when asked for.
    pub edges: Vec<CallEdge>,
    /// Call paths to the goal, when there is one.
    pub paths: Option<Vec<CallPath>>,
    /// What could not be read.
    pub index: IndexReport,
}

impl Engine {
    /// Solves the call graph of a directory.
    pub fn callgraph(&self, request: &CallgraphRequest, progress: &dyn Progress) -> Result<Callgraph, EngineError> {
        let (checkout, mut index) = self.read_directory(&request.directory, request.revision.as_deref(), progress)?;
        let built = self.build(request, &checkout)?;
        let name = checkout.repository.name.clone();
        index.incomplete.extend(built.missing.iter().map(|m| crate::Incomplete {
            repository: name.clone(),
            what: m.package.clone(),
            why: m.why.clone(),
            unread: true,
        }));
        let options = Options {
            entries: entry_choice(request.entry.as_deref()),
            inspect: inspected(request, &built),
            budget: request.budget.unwrap_or(Options::default().budget),
        };
        progress.begin("solving", None);
        let analysis = self.analysers.install(|| analyse(&built.program, &options));
        progress.end();
        check_entry(request.entry.as_deref(), &built.program, &analysis)?;
        let phase = phase_of(request);
        let edges = analysis.edges.iter().filter(|e| e.phase <= phase).copied().collect();
        let paths = match &request.to {
            Some(goal) => Some(analysis.paths_to(&targets(&analysis, &built, goal)?, phase, false)),
            None => None,
        };
        Ok(Callgraph { program: built.program, analysis, edges, paths, index })
    }

    /// Indexes one directory as it is, or a revision of the repository there.
    fn read_directory(
        &self,
        directory: &Path,
        revision: Option<&str>,
        progress: &dyn Progress,
    ) -> Result<(Checkout, IndexReport), EngineError> {
        let path = std::fs::canonicalize(directory)
            .map_err(|e| EngineError::Input(format!("{}: {e}", directory.display())))?;
        if !path.is_dir() {
            return Err(EngineError::Input(format!("{}: is not a folder", directory.display())));
        }
        let name = path.file_name().map_or_else(|| "root".to_owned(), |n| n.to_string_lossy().into_owned());
        let identity = format!("callgraph {} {}", path.display(), revision.unwrap_or_default());
        let kind = if revision.is_some() { SourceKind::Git } else { SourceKind::Plain };
        let found = Found { name, path, kind, identity: identity.clone() };
        let report = self.index_found(&found, revision, progress)?;
        let Some(repository) = self.store().repository(&identity)? else {
            let why = report.incomplete.first().map_or("cannot be read", |i| i.why.as_str());
            return Err(EngineError::Input(format!("{}: {why}", directory.display())));
        };
        Ok((self.checkout(repository)?, report))
    }

    fn build(&self, request: &CallgraphRequest, checkout: &Checkout) -> Result<Built, EngineError> {
        let fleet = Fleet::default();
        let environment = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from);
        let installed = Installed::of(&request.directory, environment.as_deref());
        let goals = match (&request.packages, &request.to) {
            (PackageChoice::One(purl), _) | (PackageChoice::OnPath, Some(Goal::Package(purl, _))) => {
                nodes_of(checkout, purl)
            }
            (PackageChoice::OnPath, _) => {
                return Err(EngineError::Input("--packages on-path needs --to PURL[#SYMBOL]".to_owned()));
            }
            _ => Vec::new(),
        };
        let wanted = match request.packages {
            PackageChoice::Nothing => Wanted::Nothing,
            PackageChoice::All => Wanted::All,
            PackageChoice::OnPath | PackageChoice::One(_) => Wanted::OnPath(&goals),
        };
        Builder::new(self, checkout, &installed, &fleet).everything(wanted)
    }
}

/// Per project the installed copies of a package, of one version when it names one.
fn nodes_of(checkout: &Checkout, purl: &Purl) -> Vec<Vec<NodeId>> {
    let matches = |node: &Purl| match purl.version() {
        Some(_) => node == purl,
        None => node.without_version() == *purl,
    };
    let of_project = |project: &faultline_package::Project| {
        (0u32..).zip(&project.graph.packages).filter(|(_, p)| matches(&p.purl)).map(|(i, _)| NodeId(i)).collect()
    };
    checkout.inventory.projects.iter().map(of_project).collect()
}

/// A kind of entry, a file, or a function.
fn entry_choice(entry: Option<&str>) -> EntryChoice {
    let Some(text) = entry else { return EntryChoice::All };
    let word = if text == "tests" { "test" } else { text };
    if let Some(kind) = EntryKind::from_word(word) {
        return EntryChoice::Kind(kind);
    }
    let is_file = faultline_extract::language_of(text).is_some();
    if is_file { EntryChoice::File(text.to_owned()) } else { EntryChoice::Function(text.to_owned()) }
}

/// Refuses a name that chooses nothing; a kind of which the code has none is a name all the same.
fn check_entry(entry: Option<&str>, program: &Program, analysis: &Analysis) -> Result<(), EngineError> {
    let is_own = |at: &FileRef| program.unit(at.unit).package.is_none();
    let is_known = match entry_choice(entry) {
        EntryChoice::All | EntryChoice::Kind(_) => true,
        EntryChoice::File(path) => {
            program.units.iter().any(|u| u.package.is_none() && u.files.iter().any(|f| f.path == path))
        }
        EntryChoice::Function(name) => analysis.functions.iter().any(|f| f.name == name && is_own(&f.file)),
    };
    if is_known {
        return Ok(());
    }
    let entry = entry.unwrap_or_default();
    let why = "names no kind of entry point, no file and no function of the code analysed";
    let remedy = "files are named as seen from the directory, functions as `faultline callgraph` lists them";
    Err(EngineError::Input(format!("--entry {entry}: {why}; {remedy}")))
}

/// All first-party production code by default, so that the graph is complete; what a chosen entry reaches; tests when
/// asked for, or when a kind of them is the entry.
fn phase_of(request: &CallgraphRequest) -> Phase {
    let tests = matches!(entry_choice(request.entry.as_deref()), EntryChoice::Kind(kind) if kind.is_test());
    match request.entry {
        _ if request.include_tests || tests => Phase::Tests,
        Some(_) => Phase::Entered,
        None => Phase::FirstParty,
    }
}

/// Units whose exported names must resolve.
fn inspected(request: &CallgraphRequest, built: &Built) -> Vec<UnitId> {
    match &request.to {
        Some(Goal::Package(purl, _)) => units_of(built, purl),
        _ => Vec::new(),
    }
}

fn units_of(built: &Built, purl: &Purl) -> Vec<UnitId> {
    let matches = |package: &str| match purl.version() {
        Some(_) => package == purl.to_string(),
        None => Purl::parse(package).is_ok_and(|p| p.without_version() == *purl),
    };
    (0u32..)
        .zip(&built.program.units)
        .filter(|(_, unit)| unit.package.as_deref().is_some_and(matches))
        .map(|(index, _)| UnitId(index))
        .collect()
}

fn targets(analysis: &Analysis, built: &Built, goal: &Goal) -> Result<Vec<FunctionRef>, EngineError> {
    let (found, what) = match goal {
        Goal::Function(name) => {
            let all = (0u32..).zip(&analysis.functions).filter(|(_, f)| f.name == *name);
            (all.map(|(id, _)| FunctionRef(id)).collect(), name.clone())
        }
        Goal::Package(purl, symbol) => {
            let units = units_of(built, purl);
            let found = match symbol {
                Some(symbol) => units.iter().flat_map(|unit| analysis.find_symbols(*unit, symbol)).collect(),
                None => functions_of(analysis, &units),
            };
            (found, symbol.as_ref().map_or_else(|| purl.to_string(), |s| format!("{purl}#{s}")))
        }
    };
    if found.is_empty() {
        return Err(EngineError::Input(format!("--to {what}: names no function of the code analysed")));
    }
    Ok(found)
}

fn functions_of(analysis: &Analysis, units: &[UnitId]) -> Vec<FunctionRef> {
    let all = (0u32..).zip(&analysis.functions);
    all.filter(|(_, f)| units.contains(&f.file.unit)).map(|(id, _)| FunctionRef(id)).collect()
}
