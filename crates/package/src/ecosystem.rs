//! The ecosystems and their names in the formats that speak of them.

use serde::{Deserialize, Serialize};

/// A package ecosystem: a name space of packages with its own version order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ecosystem {
    /// npm (JavaScript, TypeScript).
    Npm,
    /// The Python Package Index.
    #[serde(rename = "pypi")]
    PyPi,
    /// Maven (JVM).
    Maven,
    /// Go modules.
    Go,
    /// crates.io (Rust).
    Cargo,
    /// `NuGet` (.NET).
    NuGet,
    /// `RubyGems`.
    Gem,
    /// Packagist (PHP).
    Composer,
    /// Hex (Erlang, Elixir).
    Hex,
    /// Pub (Dart).
    Pub,
    /// Swift packages by URL.
    Swift,
    /// `CocoaPods` (Objective-C, Swift).
    CocoaPods,
    /// Conan (C, C++).
    Conan,
    /// Conda.
    Conda,
    /// Julia's General registry.
    Julia,
    /// Hackage (Haskell).
    Hackage,
    /// CRAN (R).
    Cran,
    /// CPAN (Perl).
    Cpan,
    /// opam (`OCaml`).
    Opam,
    /// vcpkg (C, C++).
    Vcpkg,
    /// Actions of GitHub workflows.
    GitHub,
}

impl Ecosystem {
    /// Every ecosystem, in a fixed order.
    pub const ALL: [Ecosystem; 21] = [
        Ecosystem::Npm,
        Ecosystem::PyPi,
        Ecosystem::Maven,
        Ecosystem::Go,
        Ecosystem::Cargo,
        Ecosystem::NuGet,
        Ecosystem::Gem,
        Ecosystem::Composer,
        Ecosystem::Hex,
        Ecosystem::Pub,
        Ecosystem::Swift,
        Ecosystem::CocoaPods,
        Ecosystem::Conan,
        Ecosystem::Conda,
        Ecosystem::Julia,
        Ecosystem::Hackage,
        Ecosystem::Cran,
        Ecosystem::Cpan,
        Ecosystem::Opam,
        Ecosystem::Vcpkg,
        Ecosystem::GitHub,
    ];

    /// The purl type, e.g. `npm`, `pypi`, `golang`.
    pub fn purl_type(self) -> &'static str {
        match self {
            Ecosystem::Npm => "npm",
            Ecosystem::PyPi => "pypi",
            Ecosystem::Maven => "maven",
            Ecosystem::Go => "golang",
            Ecosystem::Cargo => "cargo",
            Ecosystem::NuGet => "nuget",
            Ecosystem::Gem => "gem",
            Ecosystem::Composer => "composer",
            Ecosystem::Hex => "hex",
            Ecosystem::Pub => "pub",
            Ecosystem::Swift => "swift",
            Ecosystem::CocoaPods => "cocoapods",
            Ecosystem::Conan => "conan",
            Ecosystem::Conda => "conda",
            Ecosystem::Julia => "julia",
            Ecosystem::Hackage => "hackage",
            Ecosystem::Cran => "cran",
            Ecosystem::Cpan => "cpan",
            Ecosystem::Opam => "opam",
            Ecosystem::Vcpkg => "vcpkg",
            Ecosystem::GitHub => "github",
        }
    }

    /// The ecosystem of a purl type, if it is one we know.
    pub fn from_purl_type(purl_type: &str) -> Option<Ecosystem> {
        Ecosystem::ALL.into_iter().find(|e| e.purl_type() == purl_type)
    }

    /// The ecosystem's name in OSV records, e.g. `PyPI`, `crates.io`.
    pub fn osv_name(self) -> &'static str {
        match self {
            Ecosystem::Npm => "npm",
            Ecosystem::PyPi => "PyPI",
            Ecosystem::Maven => "Maven",
            Ecosystem::Go => "Go",
            Ecosystem::Cargo => "crates.io",
            Ecosystem::NuGet => "NuGet",
            Ecosystem::Gem => "RubyGems",
            Ecosystem::Composer => "Packagist",
            Ecosystem::Hex => "Hex",
            Ecosystem::Pub => "Pub",
            Ecosystem::Swift => "SwiftURL",
            Ecosystem::CocoaPods => "CocoaPods",
            Ecosystem::Conan => "ConanCenter",
            Ecosystem::Conda => "Conda",
            Ecosystem::Julia => "Julia",
            Ecosystem::Hackage => "Hackage",
            Ecosystem::Cran => "CRAN",
            Ecosystem::Cpan => "CPAN",
            Ecosystem::Opam => "opam",
            Ecosystem::Vcpkg => "vcpkg",
            Ecosystem::GitHub => "GitHub Actions",
        }
    }

    /// The ecosystem of an OSV name; a `:suffix` (as in `Maven:URL`) is ignored.
    pub fn from_osv_name(name: &str) -> Option<Ecosystem> {
        let base = name.split(':').next().unwrap_or(name);
        Ecosystem::ALL.into_iter().find(|e| e.osv_name() == base)
    }

    /// True when the public OSV export has records of this ecosystem that Faultline matches.
    pub fn has_advisories(self) -> bool {
        !matches!(self, Ecosystem::CocoaPods | Ecosystem::Conda | Ecosystem::Cpan | Ecosystem::Opam | Ecosystem::Vcpkg)
    }
}
