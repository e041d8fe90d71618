//! Public rules for what a bill of materials has to say, and what one lacks.

use faultline_inventory::metadata::Party;

use super::{Bom, Component, Kind, Licence};

/// A set of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// NTIA minimum elements of 2021.
    Ntia,
    /// CISA minimum elements, draft of 2025.
    Cisa,
    /// BSI TR-03183-2, version 2.1.
    Bsi,
}

/// Something that a profile asks for and that is not there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lack {
    /// Reference of the component; `None` for the document.
    pub component: Option<String>,
    /// What the profile calls it.
    pub element: &'static str,
    /// Why it is not there, and what to do.
    pub why: String,
}

/// An element asked of every component: its name, and what is wrong with one.
type Rule = (&'static str, fn(&Component) -> Option<String>);

/// Everything that the document lacks, the document's own first.
pub fn check(bom: &Bom, profile: Profile) -> Vec<Lack> {
    let mut lacks = author(bom, profile);
    let rules: &[Rule] = match profile {
        Profile::Ntia => &NTIA,
        Profile::Cisa => &CISA,
        Profile::Bsi => &BSI,
    };
    for component in &bom.components {
        for (element, rule) in rules {
            let why = rule(component);
            lacks.extend(why.map(|why| Lack { component: Some(component.reference.clone()), element, why }));
        }
    }
    lacks
}

const NTIA: [Rule; 4] = [
    ("component version", version),
    ("supplier name", supplier),
    ("unique identifier", identifier),
    ("component name", name),
];

const CISA: [Rule; 6] = [
    ("component version", version),
    ("software producer", supplier),
    ("software identifiers", identifier),
    ("component name", name),
    ("component hash", any_hash),
    ("license", licence),
];

const BSI: [Rule; 6] = [
    ("component version", version),
    ("component creator", creator),
    ("component name", name),
    ("filename", filename),
    ("distribution licences", expression),
    ("hash value of the deployable component", sha512),
];

/// How to say who answers for the document.
const AUTHOR_REMEDY: &str = "name who answers for it with --author 'Name <mail> (url)'";

fn author(bom: &Bom, profile: Profile) -> Vec<Lack> {
    let element = if profile == Profile::Bsi { "creator of the SBOM" } else { "author of SBOM data" };
    let why = match &bom.author {
        None => AUTHOR_REMEDY.to_owned(),
        Some(party) if profile == Profile::Bsi && !can_be_reached(party) => {
            format!("a mail or web address is asked for; {AUTHOR_REMEDY}")
        }
        Some(_) => return Vec::new(),
    };
    vec![Lack { component: None, element, why }]
}

fn can_be_reached(party: &Party) -> bool {
    party.email.is_some() || party.url.is_some()
}

/// What to do where only the package itself knows.
const FETCH: &str = "install the project's packages or let them be read from the registry with --fetch";

fn name(component: &Component) -> Option<String> {
    component.name.is_empty().then(|| "it has no name in its manifest".to_owned())
}

fn version(component: &Component) -> Option<String> {
    component.version.is_none().then(|| "no lockfile states it; commit one".to_owned())
}

fn identifier(component: &Component) -> Option<String> {
    component.purl.is_none().then(|| "it has no package URL; give it a name in its manifest".to_owned())
}

fn supplier(component: &Component) -> Option<String> {
    let named = component.supplier.as_ref().is_some_and(|s| s.name.is_some());
    (!named).then(|| who(component, "its author is not known"))
}

fn creator(component: &Component) -> Option<String> {
    match &component.supplier {
        None => Some(who(component, "its author is not known")),
        Some(party) if !can_be_reached(party) => {
            Some("its author states neither mail nor web address, and it has no home page".to_owned())
        }
        Some(_) => None,
    }
}

fn who(component: &Component, what: &str) -> String {
    match component.kind {
        Kind::Application => format!("{what}; state `author` in its manifest, or give --supplier"),
        Kind::Library => format!("{what}; {FETCH}"),
    }
}

fn licence(component: &Component) -> Option<String> {
    component.licence.is_none().then(|| match component.kind {
        Kind::Application => "its manifest states no licence; state it there, or give --licence".to_owned(),
        Kind::Library => format!("its licence is not known; {FETCH}"),
    })
}

fn expression(component: &Component) -> Option<String> {
    match &component.licence {
        Some(Licence::Named(name)) if name.contains(' ') => {
            Some(format!("`{name}` is no SPDX expression; ask its author, or read its licence file"))
        }
        Some(_) => None,
        None => licence(component),
    }
}

fn any_hash(component: &Component) -> Option<String> {
    let missing = component.kind == Kind::Library && component.artifact_hashes().next().is_none();
    missing.then(|| format!("its lockfile states no hash; {FETCH}"))
}

fn sha512(component: &Component) -> Option<String> {
    let has = component.artifact_hashes().any(|hash| hash.algorithm == "sha512");
    (component.filename().is_some() && !has).then(|| format!("its lockfile states no SHA-512; {FETCH}"))
}

fn filename(component: &Component) -> Option<String> {
    component.filename().is_none().then(|| match component.kind {
        Kind::Application => "name the artifact that is built with --artifact FILE".to_owned(),
        Kind::Library => "the name of its artifact is not known".to_owned(),
    })
}
