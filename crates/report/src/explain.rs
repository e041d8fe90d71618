//! Why a level is what it is, and what would settle or raise it.

use faultline_exposure::model::Exposure;
use faultline_exposure::{Level, ReasonCode, Verdict};

/// One sentence on why the level is what it is.
pub fn why(exposure: &Exposure) -> String {
    let proof = exposure.paths.iter().find(|p| !p.test);
    match (exposure.level, proof) {
        (Level::Reachable, Some(path)) => format!(
            "a call path of {} steps leads from {} {} to {}",
            path.steps.len(),
            path.entry.kind.as_deref().unwrap_or("an entry point"),
            path.entry.function,
            path.symbol
        ),
        (Level::Called, Some(path)) => format!(
            "first-party function {} calls into a chain to {}, but no entry point that was recognised leads to it",
            path.entry.function, path.symbol
        ),
        (Level::Reachable | Level::Called, None) => "only tests and the like call it".to_owned(),
        (Level::Imported, _) => match exposure.verdict {
            Verdict::NoPathFound => "production code loads it, and no call path exists in what was analysed".to_owned(),
            _ => "production code loads it, and whether it is called is open".to_owned(),
        },
        (Level::Present, _) => match exposure.verdict {
            Verdict::NoPathFound => "it is installed, and nothing that was analysed loads it".to_owned(),
            _ => "it is installed, and whether it is loaded or called is open".to_owned(),
        },
    }
}

/// What would settle a reason or raise the level; `None` for statements.
pub fn remedy(code: ReasonCode) -> Option<&'static str> {
    Some(match code {
        ReasonCode::MaliciousPackage => "remove the package and treat the machines it ran on as compromised",
        ReasonCode::NoSymbols => {
            "name the vulnerable functions with --symbol or in a symbols file (docs/symbols-file.md)"
        }
        ReasonCode::LowGrade => "confirm the symbols and state them in a symbols file: those have grade S4",
        ReasonCode::SymbolNotFound => {
            "compare the name with `faultline callgraph` of the package; the symbol may be named otherwise or not be in this version"
        }
        ReasonCode::PackageMissing => {
            "install the packages beside the checkout, or run without --offline so that they are fetched"
        }
        ReasonCode::RegistryNotConfigured => {
            "configure the registry in your own npm or pip settings, or install the package"
        }
        ReasonCode::ParseError => "fix the file, or report it when your tools accept it",
        ReasonCode::DynamicCode => "look at the place: what is loaded or called there is computed when it runs",
        ReasonCode::Budget => "raise --budget",
        ReasonCode::Widened => "look at the place: more values meet there than are told apart",
        ReasonCode::IncompleteInventory => "commit a lockfile, so that the installed versions are known",
        ReasonCode::NotAnalysed => "this ecosystem stops at present; read the code yourself",
        ReasonCode::NoEntryPoint => "name where execution enters: a start script, a Procfile or a Dockerfile command",
        ReasonCode::ImportChain | ReasonCode::NotImported | ReasonCode::Analysed => return None,
    })
}
