//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Are we really exposed? Traces a vulnerability to the lines that call it, over every repository you own.
#[derive(Debug, Parser)]
#[command(name = "faultline", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "Example:\n  faultline trace CVE-2022-24999 ~/clones")]
pub struct Cli {
    /// Options that every command has.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command has.
#[derive(Debug, Args)]
pub struct Global {
    /// The store file [default: a file in the user's data directory]
    #[arg(long, global = true, env = "FAULTLINE_STORE", value_name = "FILE", hide_env_values = true)]
    pub store: Option<PathBuf>,
    /// Never use the network
    #[arg(long, global = true)]
    pub offline: bool,
    /// Write the answer to a file instead of stdout
    #[arg(long, global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Worker threads [default: one per core]
    #[arg(long, global = true, value_name = "N", value_parser = threads)]
    pub threads: Option<usize>,
    /// Seconds that a server may stay silent
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 30)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
    /// Say nothing but the answer
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more about what is done (twice: even more)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n @ 1..=1024) => Ok(n),
        _ => Err("a number from 1 to 1024".to_owned()),
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Trace a vulnerability to the lines that call it
    Trace(Trace),
    /// What must change to be rid of a target, and the best order of publish, build and deploy
    Plan(Plan),
    /// Every advisory over one checkout, made for CI
    Scan(Scan),
    /// What is new or changed over everything indexed since the last time
    Watch(Watch),
    /// Bring repositories in; unchanged ones are skipped
    Index(Index),
    /// Packages of one directory, manifest or lockfile
    Inventory(Inventory),
    /// Advisories: bring them in, look at one, match packages
    #[command(subcommand)]
    Advisories(Advisories),
    /// What is indexed, how complete, what failed and why
    Status(Status),
    /// The indexed repositories: list, remove, rename, clean up
    Repos(Repos),
    /// Who owns the files of a repository, and which line says so
    Owners(Owners),
    /// The call graph of a directory
    Callgraph(Callgraph),
    /// Bill of materials of a repository, folder or project
    Sbom(Sbom),
    /// Statements on which advisories affect a checkout, as a VEX document
    Vex(Vex),
    /// What is configured, reachable, missing, and what to do about it
    Doctor(Doctor),
    /// Completions for a shell
    Completions(Completions),
}

/// Human or machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// What trace and scan have in common: how exposures are looked for and shown.
#[derive(Debug, Args)]
pub struct Exposing {
    /// The revision to read instead of HEAD
    #[arg(long, value_name = "REV")]
    pub rev: Option<String>,
    /// Folder, archive or file of advisories that decide before those kept; a faultline-symbols.toml in the folder counts too
    #[arg(long, value_name = "DIR or ZIP")]
    pub advisories: Option<PathBuf>,
    /// File of vulnerable symbols, see docs/symbols-file.md (repeatable)
    #[arg(long, value_name = "FILE")]
    pub symbols: Vec<PathBuf>,
    /// Show exposures of at least this level
    #[arg(long, value_name = "LEVEL")]
    pub level: Option<Level>,
    /// Only packages of these scopes (repeatable)
    #[arg(long, value_name = "SCOPE")]
    pub scope: Vec<Scope>,
    /// Tests, benches, examples and build scripts count too
    #[arg(long)]
    pub include_tests: bool,
    /// Exit with 1 when an exposure has at least this level; those that are ignored or in the baseline of a scan do not count
    #[arg(long, value_name = "LEVEL")]
    pub fail_on: Option<Level>,
    /// Say why each level is what it is, and what would settle or raise it
    #[arg(long)]
    pub explain: bool,
    /// Values the solver may propagate per project before it gives up
    #[arg(long, value_name = "N")]
    pub budget: Option<u64>,
    /// How the answer is shown
    #[arg(long, value_enum, default_value_t = TraceFormat::Table)]
    pub format: TraceFormat,
}

/// `faultline trace`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  faultline trace CVE-2022-24999 ~/clones\n  \
    faultline trace pkg:npm/qs@6.5.2 --symbol parse ~/clones\n  \
    faultline trace GHSA-hrpp-h998-j3pp --fail-on reachable --format json")]
pub struct Trace {
    /// Advisory id or alias, or a package URL with @version or @range
    pub target: String,
    /// Folders of repositories, repository addresses, or @FILE with one a line; without any, everything that is indexed
    #[arg(value_name = "PATH or URL")]
    pub paths: Vec<String>,
    /// Vulnerable symbol of the package (repeatable)
    #[arg(long, value_name = "NAME")]
    pub symbol: Vec<String>,
    /// Only these repositories (repeatable)
    #[arg(long, value_name = "NAME")]
    pub repo: Vec<String>,
    /// Every call path, not the best per entry point
    #[arg(long)]
    pub all_paths: bool,
    /// How exposures are looked for and shown
    #[command(flatten)]
    pub exposing: Exposing,
}

/// `faultline plan`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  faultline plan CVE-2022-24999 ~/clones\n  \
    faultline plan CVE-2022-24999 --settings faultline-plan.toml --format markdown\n  \
    faultline plan 'pkg:npm/qs@<6.9.7' --to 6.9.7 --format svg --output plan.svg\n\n\
Without --settings: change and review 1h, build 20m, publish 5m, mirror lag 10m, deploy 15m + 1h bake + 30m;\n\
4 builds, 4 reviews, 2 rollouts at once. See docs/plan.md.")]
pub struct Plan {
    /// Advisory id or alias, or a package URL with @version or @range
    pub target: String,
    /// Folders of repositories, repository addresses, or @FILE with one a line; without any, everything that is indexed
    #[arg(value_name = "PATH or URL")]
    pub paths: Vec<String>,
    /// Version to move to, in place of the advisory's fixed versions (repeatable)
    #[arg(long, value_name = "VERSION")]
    pub to: Vec<String>,
    /// How long steps take and what is scarce, see docs/plan.md
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// What is started and finished: plan the rest anew with least change
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Seconds to look for a better plan and its proof, for each way
    #[arg(long, value_name = "S", default_value_t = 5.0)]
    pub seconds: f64,
    /// Folder, archive or file of advisories that are asked first in this run
    #[arg(long, value_name = "DIR or ZIP")]
    pub advisories: Option<PathBuf>,
    /// Only these repositories (repeatable)
    #[arg(long, value_name = "NAME")]
    pub repo: Vec<String>,
    /// How the plan is shown
    #[arg(long, value_enum, default_value_t = PlanFormat::Table)]
    pub format: PlanFormat,
}

/// Formats of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// A run-book.
    Markdown,
    /// A graph for Graphviz.
    Dot,
    /// A graph for Mermaid.
    Mermaid,
    /// A Gantt chart.
    Svg,
}

/// Formats of a trace or scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TraceFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// For code hosts.
    Sarif,
    /// For tickets.
    Markdown,
}

/// Levels of exposure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// In the resolved dependency graph.
    Present,
    /// Analysed code loads the vulnerable module.
    Imported,
    /// First-party code calls into a chain that ends in a vulnerable symbol.
    Called,
    /// That chain starts at an entry point.
    Reachable,
}

impl Level {
    /// The level as the analysis speaks of it.
    pub fn proved(self) -> faultline_exposure::Level {
        match self {
            Level::Present => faultline_exposure::Level::Present,
            Level::Imported => faultline_exposure::Level::Imported,
            Level::Called => faultline_exposure::Level::Called,
            Level::Reachable => faultline_exposure::Level::Reachable,
        }
    }
}

/// Scopes of a dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scope {
    /// Needed when the software runs.
    Runtime,
    /// Used at run time when present.
    Optional,
    /// To be provided by the consumer.
    Peer,
    /// Needed by developers only.
    Dev,
    /// Needed by the test suite only.
    Test,
    /// Needed to build only.
    Build,
}

impl Scope {
    /// The scope as the dependency graph speaks of it.
    pub fn known(self) -> faultline_package::Scope {
        match self {
            Scope::Runtime => faultline_package::Scope::Runtime,
            Scope::Optional => faultline_package::Scope::Optional,
            Scope::Peer => faultline_package::Scope::Peer,
            Scope::Dev => faultline_package::Scope::Dev,
            Scope::Test => faultline_package::Scope::Test,
            Scope::Build => faultline_package::Scope::Build,
        }
    }
}

/// `faultline scan`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  faultline scan\n  faultline scan --fail-on reachable --format sarif --output faultline.sarif\n  \
    faultline scan --since origin/main --fail-on called"
)]
pub struct Scan {
    /// The checkout; a git repository is read at HEAD
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: String,
    /// File of exposures to ignore, see docs/ci.md [default: faultline-ignore.toml in PATH]
    #[arg(long, value_name = "FILE")]
    pub ignore: Option<PathBuf>,
    /// A former JSON answer: only what is new or worse counts
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// An older revision: only what is new or worse since then counts
    #[arg(long, value_name = "REV", conflicts_with = "baseline")]
    pub since: Option<String>,
    /// How exposures are looked for and shown
    #[command(flatten)]
    pub exposing: Exposing,
}

/// `faultline watch`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faultline index ~/clones && faultline watch --fail-on called")]
pub struct Watch {
    /// Do not bring in newer advisories first
    #[arg(long)]
    pub no_sync: bool,
    /// Folder, archive or file of advisories that decide before those kept
    #[arg(long, value_name = "DIR or ZIP")]
    pub advisories: Option<PathBuf>,
    /// File of vulnerable symbols, see docs/symbols-file.md (repeatable)
    #[arg(long, value_name = "FILE")]
    pub symbols: Vec<PathBuf>,
    /// Tests, benches, examples and build scripts count too
    #[arg(long)]
    pub include_tests: bool,
    /// Exit with 1 when a new or risen exposure has at least this level
    #[arg(long, value_name = "LEVEL")]
    pub fail_on: Option<Level>,
    /// How the answer is shown
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// `faultline index`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  faultline index ~/clones\n  faultline index @repositories.txt")]
pub struct Index {
    /// Folders of repositories, repository addresses, or @FILE with one a line
    #[arg(value_name = "PATH or URL", required = true)]
    pub inputs: Vec<String>,
    /// The revision to read instead of HEAD
    #[arg(long, value_name = "REV")]
    pub rev: Option<String>,
    /// How the answer is shown
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// `faultline inventory`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  faultline inventory\n  faultline inventory package-lock.json --format json")]
pub struct Inventory {
    /// A directory, manifest or lockfile
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// How the answer is shown
    #[arg(long, value_enum, default_value_t = InventoryFormat::Table)]
    pub format: InventoryFormat,
}

/// Formats of an inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InventoryFormat {
    /// One line per package.
    Table,
    /// Who depends on what.
    Tree,
    /// For programs.
    Json,
}

/// `faultline advisories`
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  faultline advisories sync\n  faultline advisories show CVE-2022-24999\n  \
    echo pkg:npm/qs@6.5.2 | faultline advisories match")]
pub enum Advisories {
    /// Bring advisories in
    #[command(after_help = "Examples:\n  faultline advisories sync\n  faultline advisories sync --from ./osv-export")]
    Sync {
        /// Folder, archive or address of OSV records [default: the public OSV export]
        #[arg(long, value_name = "DIR, ZIP or URL")]
        from: Option<String>,
        /// Only these ecosystems of an export, as OSV names them (repeatable) [default: all]
        #[arg(long, value_name = "NAME")]
        ecosystem: Vec<String>,
        /// List of known-exploited vulnerabilities (JSON with vulnerabilities[].cveID), kept with the advisories
        #[arg(long, value_name = "FILE")]
        known_exploited: Option<PathBuf>,
        /// Exploit predictions (CSV cve,epss,percentile), kept with the advisories
        #[arg(long, value_name = "FILE")]
        epss: Option<PathBuf>,
        /// Forget the advisories kept before
        #[arg(long)]
        replace: bool,
        /// How the answer is shown
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Show one advisory with its aliases
    #[command(after_help = "Example:\n  faultline advisories show CVE-2022-24999")]
    Show {
        /// Id or alias
        id: String,
        /// How the answer is shown
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Match package URLs from stdin, one a line; one JSON line each
    #[command(after_help = "Example:\n  echo pkg:npm/qs@6.5.2 | faultline advisories match")]
    Match,
    /// Vulnerable symbols of an advisory, with grade and origin
    #[command(after_help = "Examples:\n  faultline advisories symbols GO-2021-0113\n  \
        faultline advisories symbols CVE-2022-24999 --derive --repo ~/clones/qs")]
    Symbols {
        /// Id or alias
        id: String,
        /// Derive symbols from the fix commits that the advisory names, and keep them; see docs/symbols.md
        #[arg(long)]
        derive: bool,
        /// A clone with the fix commits [default: the fleet, else cloned from the address in the advisory]
        #[arg(long, value_name = "DIR", requires = "derive")]
        repo: Option<PathBuf>,
        /// File of vulnerable symbols, see docs/symbols-file.md (repeatable)
        #[arg(long, value_name = "FILE")]
        symbols: Vec<PathBuf>,
        /// How the answer is shown
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
}

/// `faultline status`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faultline status --format json")]
pub struct Status {
    /// How the answer is shown
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// `faultline repos`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  faultline repos\n  faultline repos remove old-service\n  \
    faultline repos rename api shop-api\n  faultline repos gc")]
pub struct Repos {
    /// What to do; without it, list
    #[command(subcommand)]
    pub action: Option<ReposAction>,
    /// How the answer is shown
    #[arg(long, value_enum, default_value_t = Format::Table, global = true)]
    pub format: Format,
}

/// What to do with repositories.
#[derive(Debug, Subcommand)]
pub enum ReposAction {
    /// List them
    #[command(after_help = "Example:\n  faultline repos list --format json")]
    List,
    /// Forget repositories
    #[command(after_help = "Example:\n  faultline repos remove old-service")]
    Remove {
        /// Names
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Give a repository another name
    #[command(after_help = "Example:\n  faultline repos rename api shop-api")]
    Rename {
        /// Its name now
        from: String,
        /// Its name from now on
        to: String,
    },
    /// Give back the room of what nothing refers to any more
    #[command(after_help = "Example:\n  faultline repos gc")]
    Gc,
}

/// `faultline owners`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  faultline owners shop\n  faultline owners shop:src/pay --format json")]
pub struct Owners {
    /// An indexed repository, or a file or folder of it
    #[arg(value_name = "REPO[:PATH]")]
    pub repository: String,
    /// How the answer is shown
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// `faultline callgraph`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  faultline callgraph . --format json\n  \
    faultline callgraph . --packages on-path --to pkg:npm/qs@6.5.2#parse")]
pub struct Callgraph {
    /// The directory
    pub dir: PathBuf,
    /// Where execution enters: a kind (main, route, export, tests …), a file, or a function [default: all production entry points]
    #[arg(long, value_name = "KIND, FILE or FUNCTION")]
    pub entry: Option<String>,
    /// Tests, benches, examples and build scripts count too
    #[arg(long)]
    pub include_tests: bool,
    /// Package code to analyse with it: none, on-path (to --to), all, or a package URL
    #[arg(long, value_name = "WHICH", default_value = "none")]
    pub packages: String,
    /// Show the call paths to a package, or to one symbol of it
    #[arg(long, value_name = "PURL[#SYMBOL] or FUNCTION")]
    pub to: Option<String>,
    /// The revision to read instead of the files as they are
    #[arg(long, value_name = "REV")]
    pub rev: Option<String>,
    /// Values the solver may propagate before it gives up
    #[arg(long, value_name = "N")]
    pub budget: Option<u64>,
    /// How the answer is shown
    #[arg(long, value_enum, default_value_t = GraphFormat::Table)]
    pub format: GraphFormat,
}

/// Formats of a call graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// For Graphviz.
    Dot,
}

/// `faultline sbom`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  faultline sbom --format cyclonedx-1.6 --output bom.cdx.json\n  \
    faultline sbom ~/clones/shop --format spdx-3.0 --author 'Acme Security <sbom@acme.example>'\n  \
    faultline sbom --profile bsi --check --fetch")]
pub struct Sbom {
    /// A folder (a git repository is read at HEAD), or the name of an indexed repository
    #[arg(value_name = "REPO or PATH", default_value = ".")]
    pub subject: String,
    /// The revision to read instead of HEAD
    #[arg(long, value_name = "REV")]
    pub rev: Option<String>,
    /// Only the project in this folder, as `faultline inventory` names it
    #[arg(long, value_name = "FOLDER")]
    pub project: Option<String>,
    /// How it is written; without a number the newest version
    #[arg(long, value_enum, default_value_t = SbomFormat::Cyclonedx)]
    pub format: SbomFormat,
    /// Public rules that it should satisfy
    #[arg(long, value_enum)]
    pub profile: Option<SbomProfile>,
    /// List what the profile asks for and is missing, and why; exit with 1 when something is
    #[arg(long)]
    pub check: bool,
    /// Read licences, authors and hashes from the registry's artifacts where nothing else states them
    #[arg(long)]
    pub fetch: bool,
    /// Who answers for the document
    #[arg(long, value_name = "NAME <MAIL> (URL)")]
    pub author: Option<String>,
    /// Who makes the subject, where its manifests do not say [default: the author]
    #[arg(long, value_name = "NAME <MAIL> (URL)")]
    pub supplier: Option<String>,
    /// Licence of the subject and of the fleet's own packages, where their manifests do not say
    #[arg(long, value_name = "SPDX EXPRESSION")]
    pub licence: Option<String>,
    /// The artifact that is built from the subject: its name and hashes are stated [default: the manifest's]
    #[arg(long, value_name = "FILE")]
    pub artifact: Option<PathBuf>,
}

/// Formats of a bill of materials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SbomFormat {
    /// `CycloneDX` 1.7, JSON.
    Cyclonedx,
    /// `CycloneDX` 1.6, JSON.
    #[value(name = "cyclonedx-1.6")]
    Cyclonedx16,
    /// `CycloneDX` 1.7, JSON.
    #[value(name = "cyclonedx-1.7")]
    Cyclonedx17,
    /// `CycloneDX` 1.7, XML.
    CyclonedxXml,
    /// `CycloneDX` 1.6, XML.
    #[value(name = "cyclonedx-1.6-xml")]
    Cyclonedx16Xml,
    /// `CycloneDX` 1.7, XML.
    #[value(name = "cyclonedx-1.7-xml")]
    Cyclonedx17Xml,
    /// SPDX 3.0.1, JSON-LD.
    Spdx,
    /// SPDX 2.3, JSON.
    #[value(name = "spdx-2.3")]
    Spdx23,
    /// SPDX 3.0.1, JSON-LD.
    #[value(name = "spdx-3.0")]
    Spdx30,
}

/// `faultline vex`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  faultline vex --author 'Acme Security <sbom@acme.example>' --output shop.openvex.json\n  \
    faultline vex ~/clones/shop --format csaf --author 'Acme Security (https://acme.example)'"
)]
pub struct Vex {
    /// The checkout; a git repository is read at HEAD
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: String,
    /// The revision to read instead of HEAD
    #[arg(long, value_name = "REV")]
    pub rev: Option<String>,
    /// Who answers for the statements
    #[arg(long, value_name = "NAME <MAIL> (URL)", required = true)]
    pub author: String,
    /// Folder, archive or file of advisories that decide before those kept
    #[arg(long, value_name = "DIR or ZIP")]
    pub advisories: Option<PathBuf>,
    /// File of vulnerable symbols, see docs/symbols-file.md (repeatable)
    #[arg(long, value_name = "FILE")]
    pub symbols: Vec<PathBuf>,
    /// File of statements by people, see docs/ci.md [default: faultline-ignore.toml in PATH]
    #[arg(long, value_name = "FILE")]
    pub ignore: Option<PathBuf>,
    /// How it is written
    #[arg(long, value_enum, default_value_t = VexFormat::Openvex)]
    pub format: VexFormat,
}

/// Formats of statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VexFormat {
    /// `OpenVEX` 0.2.0.
    Openvex,
    /// `CycloneDX` 1.7.
    Cyclonedx,
    /// `CycloneDX` 1.6.
    #[value(name = "cyclonedx-1.6")]
    Cyclonedx16,
    /// CSAF 2.0.
    Csaf,
}

/// Public rules for bills of materials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SbomProfile {
    /// NTIA minimum elements, 2021.
    Ntia,
    /// CISA minimum elements, draft of 2025.
    Cisa,
    /// BSI TR-03183-2, version 2.1.
    Bsi,
}

/// `faultline doctor`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faultline doctor")]
pub struct Doctor {
    /// How the answer is shown
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// `faultline completions`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faultline completions bash > ~/.local/share/bash-completion/completions/faultline")]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}
