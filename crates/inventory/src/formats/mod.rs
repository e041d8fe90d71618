//! Formats of ecosystems that come down to a list of packages and who needs them; one small module each.
//!
//! What they mean and where they are silent is written down in `docs/inventory-others.md`.

#![expect(clippy::unnecessary_wraps, reason = "every reader has the shape that the table of formats asks for")]
#![expect(clippy::inconsistent_struct_constructor, reason = "what is known early is filled in by its name")]

mod cocoapods;
mod composer;
mod conan;
mod conda;
mod gems;
mod hackage;
mod hex;
mod julia;
mod lines;
mod msbuild;
mod nuget;
mod paket;
mod perl;
mod pub_dev;
mod renv;
mod swift;
mod vcpkg;
mod workflows;

use faultline_package::Ecosystem;

use crate::Tree;
use crate::listing::{Fault, Format, Kind, Listed, REGENERATE};
use crate::npm::doc::{Item, yaml};
use crate::text::{file_name, folder, is_installed};

/// The folder of a file of this name that is not inside an installed package.
fn named<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    (file_name(path) == name && !is_installed(path)).then(|| folder(path))
}

/// The same by the end of its name.
fn ending<'p>(path: &'p str, end: &str) -> Option<&'p str> {
    (path.ends_with(end) && !is_installed(path)).then(|| folder(path))
}

/// The one document of a YAML file, which has to be a mapping.
fn yaml_map(text: &str) -> Result<Item<'_>, Fault> {
    let root = yaml(text)?.into_iter().next();
    match root {
        Some(root) if root.is_map() => Ok(root),
        Some(root) => Err((root.line, format!("is not a mapping: {REGENERATE}"))),
        None => Err((1, format!("is empty: {REGENERATE}"))),
    }
}

type Home = fn(&str) -> Option<&str>;
type Read = fn(&Tree, &str, &str) -> Result<Listed, Fault>;

const fn lock(ecosystem: Ecosystem, home: Home, read: Read) -> Format {
    Format { ecosystem, kind: Kind::Lock, home, read }
}

const fn listing(ecosystem: Ecosystem, home: Home, read: Read) -> Format {
    Format { ecosystem, kind: Kind::Listing, home, read }
}

const fn manifest(ecosystem: Ecosystem, home: Home, read: Read) -> Format {
    Format { ecosystem, kind: Kind::Manifest, home, read }
}

/// Every format, in the order in which files of one folder count.
pub(crate) const ALL: &[Format] = &[
    lock(Ecosystem::NuGet, |p| named(p, "packages.lock.json"), nuget::lock),
    lock(Ecosystem::NuGet, |p| named(p, "paket.lock"), paket::lock),
    lock(Ecosystem::NuGet, nuget::assets_home, nuget::assets),
    lock(Ecosystem::NuGet, |p| named(p, "packages.config"), msbuild::packages_config),
    lock(Ecosystem::NuGet, |p| ending(p, ".deps.json"), nuget::deps),
    manifest(Ecosystem::NuGet, |p| msbuild::is_project(p).then(|| folder(p)), msbuild::project),
    manifest(Ecosystem::NuGet, |p| ending(p, "ackages.props"), msbuild::props),
    manifest(Ecosystem::NuGet, |p| named(p, "paket.dependencies"), paket::manifest),
    lock(Ecosystem::Gem, |p| named(p, "Gemfile.lock").or_else(|| named(p, "gems.locked")), gems::lock),
    manifest(Ecosystem::Gem, |p| named(p, "Gemfile").or_else(|| named(p, "gems.rb")), gems::manifest),
    manifest(Ecosystem::Gem, |p| ending(p, ".gemspec"), gems::gemspec),
    lock(Ecosystem::Composer, |p| named(p, "composer.lock"), composer::lock),
    lock(Ecosystem::Composer, composer::installed_home, composer::installed),
    manifest(Ecosystem::Composer, |p| named(p, "composer.json"), composer::manifest),
    lock(Ecosystem::Hex, |p| named(p, "mix.lock"), hex::mix_lock),
    lock(Ecosystem::Hex, |p| named(p, "rebar.lock"), hex::rebar_lock),
    lock(Ecosystem::Hex, |p| named(p, "manifest.toml"), hex::gleam_lock),
    manifest(Ecosystem::Hex, |p| named(p, "mix.exs"), hex::mix_exs),
    manifest(Ecosystem::Hex, |p| named(p, "gleam.toml"), hex::gleam),
    lock(Ecosystem::Pub, |p| named(p, "pubspec.lock"), pub_dev::lock),
    manifest(Ecosystem::Pub, |p| named(p, "pubspec.yaml"), pub_dev::manifest),
    lock(Ecosystem::Swift, |p| named(p, "Package.resolved"), swift::resolved),
    lock(Ecosystem::CocoaPods, |p| named(p, "Podfile.lock"), cocoapods::lock),
    lock(Ecosystem::Conan, |p| named(p, "conan.lock"), conan::lock),
    manifest(Ecosystem::Conan, |p| named(p, "conanfile.txt"), conan::manifest),
    lock(Ecosystem::Conda, |p| ending(p, "conda-lock.yml"), conda::lock),
    listing(Ecosystem::Conda, conda::meta_home, conda::meta),
    manifest(Ecosystem::Conda, conda::environment_home, conda::environment),
    lock(Ecosystem::Julia, |p| named(p, "Manifest.toml").or_else(|| named(p, "JuliaManifest.toml")), julia::lock),
    manifest(Ecosystem::Julia, |p| named(p, "Project.toml").or_else(|| named(p, "JuliaProject.toml")), julia::manifest),
    lock(Ecosystem::Hackage, |p| named(p, "cabal.project.freeze"), hackage::freeze),
    lock(Ecosystem::Hackage, |p| named(p, "stack.yaml.lock"), hackage::stack_lock),
    manifest(Ecosystem::Hackage, |p| named(p, "stack.yaml"), hackage::stack),
    lock(Ecosystem::Cran, |p| named(p, "renv.lock"), renv::lock),
    manifest(Ecosystem::Cpan, |p| named(p, "META.json"), perl::meta),
    manifest(Ecosystem::Vcpkg, |p| named(p, "vcpkg.json"), vcpkg::manifest),
    listing(Ecosystem::GitHub, workflows::home, workflows::read),
];
