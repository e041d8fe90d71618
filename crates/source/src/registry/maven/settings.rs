//! What the user's `settings.xml` and an installed Maven say about repositories.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use roxmltree::{Document, Node};

use super::super::config::ClientEnvironment;
use super::super::credentials::basic;
use super::layout::child;
use crate::archive::{ArchiveKind, unpack};
use crate::limits::Limits;

/// What a `settings.xml` says.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// `localRepository`.
    pub local_repository: Option<PathBuf>,
    /// The address of the mirror of everything, else of the first repository of an active profile.
    pub address: Option<(String, &'static str)>,
    /// Addresses and their `Authorization` values.
    pub authorization: Vec<(String, String)>,
}

/// The user's settings; those of the installation where the user has none.
pub(super) fn of_user(environment: &ClientEnvironment) -> Settings {
    let own = environment.home.as_ref().map(|home| home.join(".m2/settings.xml"));
    let system = environment.system.as_ref().map(|root| root.join("etc/maven/settings.xml"));
    let installed = maven_homes(environment).into_iter().map(|home| home.join("conf/settings.xml"));
    let mut found = Settings::default();
    for file in own.into_iter().chain(installed).chain(system) {
        let Some(settings) = fs::read_to_string(&file).ok().and_then(|text| parse(&text, environment)) else {
            continue;
        };
        found.local_repository = found.local_repository.or(settings.local_repository);
        found.address = found.address.or(settings.address);
        found.authorization.extend(settings.authorization);
    }
    found
}

fn parse(text: &str, environment: &ClientEnvironment) -> Option<Settings> {
    let document = Document::parse(text).ok()?;
    let root = document.root_element();
    let value =
        |node: Node, name: &str| child(node, name).and_then(|n| n.text()).map(|t| expand(t.trim(), environment));
    let servers: BTreeMap<String, String> = items(root, "servers", "server")
        .filter_map(|server| {
            let (user, password) = (value(server, "username")?, value(server, "password")?);
            // A password in braces is encrypted; it is not sent as it stands.
            let plain = !(password.starts_with('{') && password.ends_with('}'));
            plain.then_some((value(server, "id")?, basic(&user, &password)))
        })
        .collect();
    let mirrors = items(root, "mirrors", "mirror").filter(|m| value(*m, "mirrorOf").is_some_and(|of| is_for_all(&of)));
    let active: Vec<String> =
        items(root, "activeProfiles", "activeProfile").filter_map(|n| n.text()).map(str::to_owned).collect();
    let profiles = items(root, "profiles", "profile").filter(|profile| {
        let by_default = child(*profile, "activation").and_then(|a| value(a, "activeByDefault"));
        by_default.as_deref() == Some("true") || value(*profile, "id").is_some_and(|id| active.contains(&id))
    });
    let repositories = profiles.flat_map(|profile| items(profile, "repositories", "repository"));
    let stated: Vec<(Option<String>, String)> =
        mirrors.chain(repositories).filter_map(|node| Some((value(node, "id"), value(node, "url")?))).collect();
    let authorization = stated.iter().filter_map(|(id, url)| Some((url.clone(), servers.get(id.as_ref()?)?.clone())));
    Some(Settings {
        local_repository: value(root, "localRepository").map(PathBuf::from).filter(|path| path.is_absolute()),
        authorization: authorization.collect(),
        address: stated.first().map(|(_, url)| (url.clone(), "settings.xml")),
    })
}

fn items<'a, 'i>(
    node: Node<'a, 'i>,
    list: &str,
    item: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> + use<'a, 'i> {
    let children = child(node, list).into_iter().flat_map(|list| list.children());
    children.filter(move |child| child.is_element() && child.tag_name().name() == item)
}

/// Whether a mirror stands for the repository that Maven asks by default.
fn is_for_all(mirror_of: &str) -> bool {
    let words: Vec<&str> = mirror_of.split(',').map(str::trim).collect();
    words.iter().any(|word| matches!(*word, "*" | "central" | "external:*")) && !words.contains(&"!central")
}

/// `${env.NAME}` and `${user.home}` replaced.
fn expand(text: &str, environment: &ClientEnvironment) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, tail)) = after.split_once('}') else { break };
        out.push_str(before);
        match name.strip_prefix("env.") {
            Some(name) => out.push_str(environment.var(name).unwrap_or_default()),
            None if name == "user.home" => {
                out.push_str(&environment.home.as_ref().map(|h| h.display().to_string()).unwrap_or_default());
            }
            None => out.extend(["${", name, "}"]),
        }
        rest = tail;
    }
    out + rest
}

/// Folders of installed Mavens.
fn maven_homes(environment: &ClientEnvironment) -> Vec<PathBuf> {
    let stated = ["MAVEN_HOME", "M2_HOME"].iter().filter_map(|name| environment.var(name)).map(PathBuf::from);
    let system = environment.system.iter().map(|root| root.join("usr/share/maven"));
    stated.chain(system).filter(|home| home.is_absolute() && home.is_dir()).collect()
}

/// The repository that an installed Maven asks by default: that of its own super POM.
pub(super) fn built_in(environment: &ClientEnvironment) -> Option<(String, &'static str)> {
    maven_homes(environment).iter().find_map(|home| super_pom(home)).map(|address| (address, "Maven"))
}

fn super_pom(home: &Path) -> Option<String> {
    const FILE: &str = "org/apache/maven/model/pom-4.0.0.xml";
    let jars = fs::read_dir(home.join("lib")).ok()?.flatten().map(|entry| entry.path());
    let jar = jars
        .filter(|jar| jar.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.starts_with("maven-model-builder")));
    let limits = Limits::default();
    jar.into_iter().find_map(|jar| {
        let files =
            unpack("maven-model-builder", &fs::read(jar).ok()?, ArchiveKind::Other, &limits, &|path| path == FILE);
        let bytes = files.ok()?.get(FILE)?.clone();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let document = Document::parse(&text).ok()?;
        let repository = items(document.root_element(), "repositories", "repository").next()?;
        child(repository, "url")?.text().map(|url| url.trim().to_owned())
    })
}
