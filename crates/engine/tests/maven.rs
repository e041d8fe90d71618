//! Maven projects, resolved from folders in the layout of a repository and from the fleet.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::path::Path;

use faultline_engine::{Engine, Input, Settings, Silent, StoredInventory, inventory_of_path};
use faultline_package::{EdgeFrom, Project};
use faultline_source::RegistryConfig;
use faultline_store::Store;
use faultline_testkit::{GitRepo, write_tree};

fn pom(coordinates: &str, rest: &str) -> String {
    let parts: Vec<&str> = coordinates.split(':').collect();
    let [group, artifact, version] = parts[..] else { panic!("{coordinates}") };
    format!(
        "<project><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>{rest}</project>"
    )
}

fn needs(list: &[&str]) -> String {
    let one = |text: &&str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        let parts: Vec<&str> = words[0].split(':').collect();
        let version = parts.get(2).map_or(String::new(), |v| format!("<version>{v}</version>"));
        let scope = words.get(1).map_or(String::new(), |s| format!("<scope>{s}</scope>"));
        format!(
            "<dependency><groupId>{}</groupId><artifactId>{}</artifactId>{version}{scope}</dependency>",
            parts[0], parts[1]
        )
    };
    format!("<dependencies>\n{}\n</dependencies>", list.iter().map(one).collect::<Vec<_>>().join("\n"))
}

fn publish(root: &Path, coordinates: &str, rest: &str) {
    let parts: Vec<&str> = coordinates.split(':').collect();
    let path = format!("{}/{}/{}/{}-{}.pom", parts[0].replace('.', "/"), parts[1], parts[2], parts[1], parts[2]);
    write_tree(root, &[(path.as_str(), pom(coordinates, rest).as_str())]);
}

fn settings(local: &Path) -> Settings {
    let registries = RegistryConfig { maven_local: vec![local.to_owned()], ..RegistryConfig::default() };
    Settings { offline: true, registries, ..Settings::default() }
}

fn packages(project: &Project) -> Vec<String> {
    let short = |p: &faultline_package::PackageNode| {
        let version = p.purl.version().unwrap_or("?");
        let lines: Vec<String> = p.locations.iter().map(|l| format!("{}:{}", l.file, l.line)).collect();
        format!("{}@{version} {} {}", p.purl.name(), p.scope.as_str(), lines.join(" "))
    };
    project.graph.packages.iter().map(short).collect()
}

#[test]
fn a_folder_is_enough_to_resolve() {
    let local = tempfile::tempdir().unwrap();
    publish(local.path(), "t.x:web:2.0", &needs(&["t.x:core:1.0", "t.x:unit:4 test", "t.x:ranged:[1,2)"]));
    publish(local.path(), "t.x:core:1.0", &needs(&["t.x:gone:9"]));
    publish(local.path(), "t.x:core:1.5", "");
    publish(local.path(), "t.x:unit:4", &needs(&["t.x:core:1.5"]));
    publish(local.path(), "t.x:ranged:1.4", "");
    publish(local.path(), "t.x:ranged:2.0", "");
    let app = tempfile::tempdir().unwrap();
    let text = pom("t.y:app:1", &needs(&["t.x:web:2.0", "t.x:unit:4 test"]));
    write_tree(app.path(), &[("pom.xml", text.as_str())]);
    let inventory = inventory_of_path(app.path(), &settings(local.path()), &Silent).unwrap();
    let project = &inventory.projects[0];
    let wanted = [
        "core@1.0 runtime pom.xml:2",
        "gone@9 runtime pom.xml:2",
        "ranged@1.4 runtime pom.xml:2",
        "unit@4 test pom.xml:3",
        "web@2.0 runtime pom.xml:2",
    ];
    assert_eq!(packages(project), wanted);
    let edges = project.graph.edges.iter().filter(|e| e.from != EdgeFrom::Root).count();
    assert_eq!(edges, 4, "web to core and ranged, unit to core, core to gone");
    assert!(!project.complete);
    let reasons: Vec<&str> = project.reasons.iter().map(|r| r.code.as_str()).collect();
    assert_eq!(reasons, ["coordinates_missing"]);
    assert!(project.reasons[0].detail.contains("t.x:gone:9"), "{:?}", project.reasons);
}

#[test]
fn a_debian_alias_shows_the_version_it_stands_for() {
    let local = tempfile::tempdir().unwrap();
    publish(local.path(), "t.d:lib:7", &needs(&["t.d:other:debian"]));
    let original = "<properties><debian.originalVersion>3.2</debian.originalVersion></properties>";
    publish(local.path(), "t.d:other:debian", original);
    let app = tempfile::tempdir().unwrap();
    write_tree(app.path(), &[("pom.xml", pom("t.y:app:1", &needs(&["t.d:lib:7"])).as_str())]);
    let inventory = inventory_of_path(app.path(), &settings(local.path()), &Silent).unwrap();
    assert_eq!(packages(&inventory.projects[0]), ["lib@7 runtime pom.xml:2", "other@3.2 runtime pom.xml:2"]);
    assert!(inventory.projects[0].complete);
}

fn project_of(engine: &Engine, name: &str) -> Project {
    let repositories = engine.store().repositories().unwrap();
    let stored = repositories.iter().map(|r| engine.store().inventory(&r.identity).unwrap());
    let mut projects = stored.flat_map(|bytes| StoredInventory::decode(&bytes).unwrap().projects);
    projects.find(|project| project.name.as_deref() == Some(name)).unwrap()
}

#[test]
fn parents_come_from_other_repositories_and_what_was_missing_is_tried_again() {
    let (local, fleet) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let managed =
        format!("<packaging>pom</packaging><dependencyManagement>{}</dependencyManagement>", needs(&["t.x:lib:5"]));
    let parent = "<parent><groupId>t.f</groupId><artifactId>parent</artifactId><version>3</version></parent>";
    let child = pom("t.f:child:1", &format!("{parent}{}", needs(&["t.x:lib"])));
    // The child is read first: its name comes first.
    let a = GitRepo::init(&fleet.path().join("a-child"));
    a.write("pom.xml", child.as_bytes());
    a.commit("child");
    let b = GitRepo::init(&fleet.path().join("b-parent"));
    b.write("pom.xml", pom("t.f:parent:3", &managed).as_bytes());
    b.commit("parent");
    let engine = Engine::new(Store::in_memory().unwrap(), settings(local.path())).unwrap();
    let input = [Input { place: fleet.path().to_string_lossy().into_owned(), revision: None }];
    engine.index(&input, &Silent).unwrap();
    let project = project_of(&engine, "t.f:child");
    assert_eq!(packages(&project), ["lib@5 runtime pom.xml:2"]);
    assert!(!project.complete, "the library's POM is nowhere");
    publish(local.path(), "t.x:lib:5", &needs(&["t.x:deep:8"]));
    publish(local.path(), "t.x:deep:8", "");
    engine.index(&input, &Silent).unwrap();
    let project = project_of(&engine, "t.f:child");
    assert_eq!(packages(&project), ["deep@8 runtime pom.xml:2", "lib@5 runtime pom.xml:2"]);
    assert!(project.complete, "{:?}", project.reasons);
}

#[test]
fn a_real_local_repository_is_understood() {
    let repository = Path::new("/usr/share/maven-repo/org/apache/logging/log4j/log4j-core");
    let version = |name: &str| name.starts_with("2.") && name != "2.x";
    let found = std::fs::read_dir(repository).into_iter().flatten().flatten();
    let Some(version) = found.filter_map(|e| e.file_name().into_string().ok()).find(|name| version(name)) else {
        eprintln!("skipped: liblog4j2-java is not installed");
        return;
    };
    let app = tempfile::tempdir().unwrap();
    let log4j = format!("org.apache.logging.log4j:log4j-core:{version}");
    write_tree(app.path(), &[("pom.xml", pom("t.y:app:1", &needs(&[&log4j])).as_str())]);
    let offline = Settings { offline: true, ..Settings::default() };
    let inventory = inventory_of_path(app.path(), &offline, &Silent).unwrap();
    let project = &inventory.projects[0];
    assert!(project.complete, "{:?}", project.reasons);
    let wanted = [format!("log4j-api@{version} runtime pom.xml:2"), format!("log4j-core@{version} runtime pom.xml:2")];
    assert_eq!(packages(project), wanted);
}
