//! Gradle's configurations and what they mean.

use faultline_package::Scope;

/// Words in names of configurations that hold tools of the build.
const TOOLS: [&str; 14] = [
    "annotationprocessor",
    "kapt",
    "ksp",
    "detekt",
    "checkstyle",
    "pmd",
    "spotbugs",
    "jacoco",
    "ktlint",
    "errorprone",
    "kotlincompiler",
    "kotlinbuildtools",
    "spotless",
    "codenarc",
];

/// The scope of packages in one configuration.
pub(super) fn scope(configuration: &str) -> Scope {
    let name = configuration.to_ascii_lowercase();
    if name.contains("test") {
        Scope::Test
    } else if name == "classpath" || TOOLS.iter().any(|tool| name.contains(tool)) {
        Scope::Build
    } else if name == "developmentonly" || name == "testanddevelopmentonly" {
        Scope::Dev
    } else if name.contains("compileonly") || name.contains("provided") {
        Scope::Peer
    } else {
        Scope::Runtime
    }
}

/// The strongest scope over several configurations. What is only on compile class paths is brought by the consumer.
pub(super) fn strongest<'c>(configurations: impl Iterator<Item = &'c str> + Clone) -> Scope {
    let runs = configurations
        .clone()
        .any(|name| scope(name) == Scope::Runtime && !name.to_ascii_lowercase().ends_with("compileclasspath"));
    let strongest = configurations.map(scope).min().unwrap_or(Scope::Runtime);
    if strongest == Scope::Runtime && !runs { Scope::Peer } else { strongest }
}
