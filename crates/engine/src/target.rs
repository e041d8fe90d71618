//! The target of a trace: what is affected, and which symbols are vulnerable.

use std::path::PathBuf;

use faultline_advisory::{Advisory, Batch, Database, Grade, Severity, SymbolKind, SymbolSpec, SymbolsFile, Target};
use faultline_exposure::model::{AdvisoryAnswer, PackageAnswer, SeverityAnswer, SymbolAnswer, TargetAnswer};
use faultline_package::{Ecosystem, Origin, PackageNode, Purl};

use crate::advisories::read_path;
use crate::{AdvisorySource, Derivation, DeriveRequest, Engine, EngineError, FIRST_SYNC, Incomplete, Progress};

/// Where knowledge about a target comes from, beside the advisories kept.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    /// Folder or archive of advisories that are asked first in this run; a symbols file in it counts too.
    pub advisories: Option<PathBuf>,
    /// Symbols files.
    pub symbols_files: Vec<PathBuf>,
    /// Symbols named by the user; they stand in place of all others.
    pub symbols: Vec<String>,
}

/// A target with everything known about it.
pub(crate) struct Resolved {
    pub target: Target,
    /// The alias group, for advisory targets.
    pub advisory: Option<Advisory>,
    /// Vulnerable symbols.
    pub symbols: Vec<SymbolSpec>,
    /// What could not be read.
    pub incomplete: Vec<Incomplete>,
}

impl Resolved {
    /// Whether an installed package is affected. One whose version is not known may be.
    pub fn affects(&self, node: &PackageNode) -> bool {
        if node.origin != Origin::Registry {
            return false;
        }
        match &self.advisory {
            Some(advisory) if node.purl.version().is_none() => advisory.package(&node.purl).is_some(),
            Some(advisory) => advisory.affects(&node.purl),
            None => self.target.covers(&node.purl),
        }
    }

    /// Ecosystems of the packages that it is about.
    pub fn ecosystems(&self) -> Vec<Ecosystem> {
        let of_advisory = self.advisory.iter().flat_map(|a| a.packages.iter().map(|p| p.purl.ecosystem()));
        of_advisory.chain(self.target.package().map(Purl::ecosystem)).collect()
    }

    /// The symbols of one package version.
    pub fn symbols_of(&self, purl: &Purl) -> Vec<SymbolAnswer> {
        let package = purl.without_version();
        let applies = |s: &&SymbolSpec| s.package == package && purl.version().is_none_or(|v| s.applies_to(v));
        self.symbols.iter().filter(applies).map(symbol_answer).collect()
    }

    /// Whether a record that matches a package version marks it as malicious.
    pub fn malicious(&self, purl: &Purl) -> bool {
        let Some(advisory) = &self.advisory else { return false };
        let ids = purl.version().and_then(|v| Some(advisory.package(purl)?.affected_by(v))).unwrap_or_default();
        advisory.records.iter().any(|r| r.is_malicious() && (ids.is_empty() || ids.contains(&r.id.as_str())))
    }

    /// The target as the answer shows it.
    pub fn answer(&self, query: &str) -> TargetAnswer {
        let advisories: Vec<AdvisoryAnswer> = self.advisory.iter().map(advisory_answer).collect();
        let packages = match &self.advisory {
            Some(advisory) => advisory.packages.iter().map(affected_answer).collect(),
            None => self.target.package().map(|purl| package_answer(&self.target, purl)).into_iter().collect(),
        };
        let symbols = self.symbols.iter().map(symbol_answer).collect();
        TargetAnswer { query: query.to_owned(), advisories, packages, symbols }
    }
}

impl Engine {
    /// Resolves a target. A first run without advisories fetches them by itself.
    pub(crate) fn resolve(
        &self,
        query: &str,
        knowledge: &Knowledge,
        progress: &dyn Progress,
    ) -> Result<Resolved, EngineError> {
        let target = Target::parse(query).map_err(|e| EngineError::Target(e.to_string()))?;
        let mut incomplete = Vec::new();
        let advisory = match &target {
            Target::Advisory(id) => self.find_advisory(id, knowledge, &mut incomplete, progress)?,
            _ => None,
        };
        let file = symbols_files(knowledge, &mut incomplete)?;
        let symbols = if knowledge.symbols.is_empty() {
            self.symbols_known(advisory.as_ref(), &file)?
        } else {
            named_symbols(&knowledge.symbols, &target, advisory.as_ref())
        };
        Ok(Resolved { target, advisory, symbols, incomplete })
    }

    /// Those declared, changed by symbols files, and those derived where none is curated.
    fn symbols_known(&self, advisory: Option<&Advisory>, file: &SymbolsFile) -> Result<Vec<SymbolSpec>, EngineError> {
        let Some(advisory) = advisory else { return Ok(Vec::new()) };
        let mut symbols = file.apply(&advisory.records);
        self.add_derived(advisory, &mut symbols)?;
        Ok(symbols)
    }

    /// Derives the symbols of an advisory from the fixes that it names, and keeps them for every later answer.
    pub fn derive_symbols(
        &self,
        id: &str,
        knowledge: &Knowledge,
        request: &DeriveRequest,
        progress: &dyn Progress,
    ) -> Result<Derivation, EngineError> {
        let resolved = self.resolve(id, knowledge, progress)?;
        let Some(advisory) = &resolved.advisory else {
            return Err(EngineError::Target(format!("`{id}` is no advisory; symbols are derived from its fixes")));
        };
        self.derive(advisory, request, progress)
    }

    /// Vulnerable symbols of an advisory: those declared, changed by symbols files.
    pub fn symbols(
        &self,
        id: &str,
        knowledge: &Knowledge,
        progress: &dyn Progress,
    ) -> Result<(TargetAnswer, Vec<Incomplete>), EngineError> {
        let resolved = self.resolve(id, knowledge, progress)?;
        Ok((resolved.answer(id), resolved.incomplete))
    }

    fn find_advisory(
        &self,
        id: &str,
        knowledge: &Knowledge,
        incomplete: &mut Vec<Incomplete>,
        progress: &dyn Progress,
    ) -> Result<Option<Advisory>, EngineError> {
        if let Some(advisory) = own_advisories(knowledge, incomplete)?.and_then(|own| own.advisory(id)) {
            return Ok(Some(advisory));
        }
        if self.advisories()?.is_none() && !self.first_sync(incomplete, progress)? {
            return Ok(None);
        }
        let known = self.advisories()?.and_then(|kept| kept.database.advisory(id));
        known.map(Some).ok_or_else(|| {
            EngineError::Target(format!(
                "no advisory has the id or alias `{id}`; bring newer ones in with `faultline advisories sync`"
            ))
        })
    }

    /// Fetches advisories when there are none; false when that is not possible, which is noted.
    pub(crate) fn first_sync(
        &self,
        incomplete: &mut Vec<Incomplete>,
        progress: &dyn Progress,
    ) -> Result<bool, EngineError> {
        let source = AdvisorySource::parse(&self.settings().osv_url);
        match self.sync_advisories(&source, &FIRST_SYNC, false, progress) {
            Ok(report) => {
                incomplete.extend(report.problems.iter().map(|p| advisories_row(&p.file, &p.why)));
                Ok(true)
            }
            Err(EngineError::Store(error)) => Err(error.into()),
            Err(error) => {
                let remedy = "no advisories are kept; run `faultline advisories sync --from DIR, ZIP or URL`";
                incomplete.push(advisories_row("advisories", &format!("{error}; {remedy}")));
                Ok(false)
            }
        }
    }
}

fn advisories_row(what: &str, why: &str) -> Incomplete {
    Incomplete { repository: String::new(), what: what.to_owned(), why: why.to_owned(), unread: true }
}

/// The advisories that the user names for this run.
pub(crate) fn own_advisories(
    knowledge: &Knowledge,
    incomplete: &mut Vec<Incomplete>,
) -> Result<Option<Database>, EngineError> {
    let Some(path) = &knowledge.advisories else { return Ok(None) };
    let Batch { records, problems } = read_path(path)?;
    if records.is_empty() && problems.is_empty() && !path.join(faultline_advisory::SYMBOLS_FILE).is_file() {
        let why = "holds no OSV record; name a folder, archive or .json file of OSV records";
        return Err(EngineError::Input(format!("{}: {why}", path.display())));
    }
    incomplete.extend(problems.iter().map(|p| advisories_row(&p.file, &p.why)));
    Ok(Some(Database::build(records)))
}

pub(crate) fn symbols_files(
    knowledge: &Knowledge,
    incomplete: &mut Vec<Incomplete>,
) -> Result<SymbolsFile, EngineError> {
    let beside = knowledge.advisories.iter().map(|folder| folder.join(faultline_advisory::SYMBOLS_FILE));
    let mut paths: Vec<PathBuf> = beside.filter(|path| path.is_file()).collect();
    paths.extend(knowledge.symbols_files.iter().cloned());
    let mut all = SymbolsFile::default();
    for path in paths {
        let text = crate::read_input(&path)?;
        let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let (file, problems) = SymbolsFile::parse(&name, &text);
        incomplete.extend(problems.iter().map(|p| advisories_row(&p.file, &p.why)));
        all.append(file);
    }
    Ok(all)
}

/// Symbols that the user names hold for every package of the target.
fn named_symbols(names: &[String], target: &Target, advisory: Option<&Advisory>) -> Vec<SymbolSpec> {
    let packages: Vec<Purl> = match advisory {
        Some(advisory) => advisory.packages.iter().map(|p| p.purl.clone()).collect(),
        None => target.package().map(Purl::without_version).into_iter().collect(),
    };
    let spec = |package: &Purl, symbol: &String| SymbolSpec {
        package: package.clone(),
        symbol: symbol.clone(),
        kind: SymbolKind::Function,
        grade: Grade::S4,
        origin: "--symbol".to_owned(),
        versions: None,
    };
    packages.iter().flat_map(|package| names.iter().map(move |name| spec(package, name))).collect()
}

fn symbol_answer(spec: &SymbolSpec) -> SymbolAnswer {
    SymbolAnswer {
        symbol: spec.symbol.clone(),
        package: spec.package.to_string(),
        kind: spec.kind.as_str().to_owned(),
        grade: spec.grade.as_str().to_owned(),
        origin: spec.origin.clone(),
    }
}

fn advisory_answer(advisory: &Advisory) -> AdvisoryAnswer {
    AdvisoryAnswer {
        id: advisory.id.clone(),
        aliases: advisory.aliases.clone(),
        summary: Some(advisory.summary.clone()).filter(|s| !s.is_empty()),
        severity: severity_answer(&advisory.severity),
        exploited: None,
        epss: None,
    }
}

fn severity_answer(severity: &Severity) -> Option<SeverityAnswer> {
    let label = severity.label.map(|l| l.as_str().to_owned());
    let known = !severity.is_unknown();
    known.then(|| SeverityAnswer { vector: severity.vector.clone(), score: severity.score, label })
}

fn affected_answer(package: &faultline_advisory::AffectedPackage) -> PackageAnswer {
    PackageAnswer { purl: package.purl.to_string(), affected: package.affected.clone(), fixed: package.fixed.clone() }
}

fn package_answer(target: &Target, purl: &Purl) -> PackageAnswer {
    let scheme = purl.ecosystem().purl_type();
    let affected = match target {
        Target::Version(purl) => format!("vers:{scheme}/{}", purl.version().unwrap_or("*")),
        Target::Range(_, range) if range.as_str().starts_with("vers:") => range.as_str().to_owned(),
        Target::Range(_, range) => comparators(range.as_str())
            .map_or_else(|| range.as_str().to_owned(), |list| format!("vers:{scheme}/{list}")),
        Target::Advisory(_) | Target::Package(_) => format!("vers:{scheme}/*"),
    };
    PackageAnswer { purl: purl.without_version().to_string(), affected, fixed: Vec::new() }
}

/// `>=1, <2` in the notation of VERS; `None` for notations that are more than a list of comparators.
fn comparators(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split([',', ' ', '|']).filter(|part| !part.is_empty()).collect();
    let plain = |part: &&str| part.starts_with(['<', '>', '=', '!']) && part.chars().any(|c| c.is_ascii_digit());
    parts.iter().all(plain).then(|| parts.join("|"))
}
