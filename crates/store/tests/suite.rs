//! What every back end of the store must do, through its public interface.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use faultline_facts::{Builder, Facts, Language, ModuleKind, Resource, Span, encode};
use faultline_package::{Ecosystem, Purl};
use faultline_store::{
    AdvisorySet, AdvisorySetInfo, AnswerKey, EntryKey, FileRow, Indexed, PackBuilder, PackageRecord, Problem,
    Repository, Snapshot, Store, StoreError,
};

const FRONTEND: u32 = 7;
const NOW: &str = "2026-01-02T03:04:05Z";

fn facts(marker: &str) -> Facts {
    let mut builder = Builder::new(Language::Python, ModuleKind::Python, Span::default());
    builder.sym(marker);
    builder.finish()
}

fn key(content: &str) -> EntryKey {
    EntryKey::facts(content, Language::Python, FRONTEND)
}

fn pack(contents: &[&str]) -> PackBuilder {
    let mut pack = PackBuilder::new();
    for content in contents {
        pack.add_facts(key(content), &encode(&facts(content)));
        pack.add_text(EntryKey::text(content), format!("text of {content}").as_bytes());
    }
    pack
}

fn file(path: &str, content: &str) -> FileRow {
    FileRow { path: path.to_owned(), content: content.to_owned(), language: Some(Language::Python), size: 3 }
}

fn repository(identity: &str, name: &str) -> Repository {
    Repository {
        identity: identity.to_owned(),
        name: name.to_owned(),
        location: identity.to_owned(),
        revision: Some("abc".to_owned()),
        status: Indexed::Complete,
        indexed_at: NOW.to_owned(),
        state: "s1".to_owned(),
    }
}

fn put(store: &Store, repository: &Repository, contents: &[&str]) -> String {
    let files: Vec<FileRow> = contents.iter().map(|c| file(&format!("{c}.py"), c)).collect();
    let problems = [Problem { what: "x.lock".into(), line: 3, why: "broken".into(), fatal: true }];
    let snapshot = Snapshot { repository, files: &files, inventory: b"inv", problems: &problems, pack: pack(contents) };
    store.put_repository(snapshot).unwrap()
}

#[test]
fn keeps_a_repository_and_gives_it_back() {
    let store = Store::in_memory().unwrap();
    assert_eq!(put(&store, &repository("/a/one", "one"), &["c1", "c2"]), "one");
    assert_eq!(store.repositories().unwrap(), [repository("/a/one", "one")]);
    assert_eq!(store.files("/a/one").unwrap(), [file("c1.py", "c1"), file("c2.py", "c2")]);
    assert_eq!(store.inventory("/a/one").unwrap(), b"inv");
    assert_eq!(store.problems("/a/one").unwrap()[0].line, 3);
    assert_eq!(store.facts(&[key("c2"), key("no"), key("c1")]).unwrap(), [Some(facts("c2")), None, Some(facts("c1"))]);
    assert_eq!(store.texts(&[EntryKey::text("c1")]).unwrap(), [Some(b"text of c1".to_vec())]);
}

#[test]
fn facts_are_keyed_by_content_language_and_frontend() {
    let store = Store::in_memory().unwrap();
    put(&store, &repository("/a/one", "one"), &["c1"]);
    let others = [
        EntryKey::facts("c1", Language::Python, FRONTEND + 1),
        EntryKey::facts("c1", Language::JavaScript, FRONTEND),
        EntryKey::facts("c", Language::Python, FRONTEND),
    ];
    assert_eq!(store.has_entries(&others).unwrap(), [false; 3]);
    assert_eq!(store.has_entries(&[key("c1")]).unwrap(), [true]);
}

#[test]
fn a_second_repository_of_one_name_gets_a_number_and_keeps_it() {
    let store = Store::in_memory().unwrap();
    assert_eq!(put(&store, &repository("/a/api", "api"), &[]), "api");
    assert_eq!(put(&store, &repository("/b/api", "api"), &[]), "api-2");
    assert_eq!(put(&store, &repository("/b/api", "api"), &["c1"]), "api-2");
    assert_eq!(store.repositories().unwrap().len(), 2);
}

#[test]
fn renames_and_removes() {
    let store = Store::in_memory().unwrap();
    put(&store, &repository("/a", "a"), &[]);
    put(&store, &repository("/b", "b"), &[]);
    assert!(matches!(store.rename_repository("a", "b"), Err(StoreError::NameTaken(_))));
    assert!(store.rename_repository("a", "web").unwrap());
    assert!(!store.rename_repository("a", "x").unwrap());
    assert_eq!(store.repository("/a").unwrap().unwrap().name, "web");
    assert!(store.remove_repository("web").unwrap());
    assert!(store.remove_repository("/b").unwrap());
    assert!(!store.remove_repository("web").unwrap());
    assert!(store.repositories().unwrap().is_empty());
}

#[test]
fn clean_up_drops_only_what_nothing_refers_to() {
    let store = Store::in_memory().unwrap();
    put(&store, &repository("/a", "a"), &["shared", "only-a"]);
    put(&store, &repository("/b", "b"), &["shared", "only-b"]);
    let purl = Purl::new(Ecosystem::PyPi, "demo", Some("1"));
    store.put_package(&purl, &record("sha256:1"), pack(&["p1"]), NOW).unwrap();
    store.remove_repository("a").unwrap();
    // `shared` stands in the pack of /a, which therefore stays.
    assert_eq!(store.clean_up(FRONTEND).unwrap().packs, 0);
    store.remove_repository("b").unwrap();
    assert_eq!(store.clean_up(FRONTEND).unwrap().packs, 2);
    assert_eq!(store.has_entries(&[key("shared"), key("only-b"), key("p1")]).unwrap(), [false, false, true]);
    assert_eq!(store.clean_up(FRONTEND + 1).unwrap().packs, 0, "texts stay when the frontend changes");
}

fn record(identity: &str) -> PackageRecord {
    PackageRecord {
        identity: identity.to_owned(),
        origin: "registry".to_owned(),
        files: vec![file("demo/__init__.py", "p1")],
        resources: vec![("setup.cfg".to_owned(), Resource::Python(faultline_facts::PythonManifest::default()))],
        problems: Vec::new(),
    }
}

#[test]
fn package_versions_are_told_apart_by_identity() {
    let store = Store::in_memory().unwrap();
    let purl = Purl::new(Ecosystem::PyPi, "demo", Some("1"));
    store.put_package(&purl, &record("sha256:1"), pack(&["p1"]), NOW).unwrap();
    store.put_package(&purl, &record("sha256:2"), pack(&["p1"]), NOW).unwrap();
    assert_eq!(store.package(&purl, "sha256:1").unwrap(), Some(record("sha256:1")));
    assert_eq!(store.package(&purl, "sha256:3").unwrap(), None);
    assert_eq!(store.package_by_purl(&purl.without_version()).unwrap(), None);
    assert_eq!(store.package_count().unwrap(), 2);
}

#[test]
fn advisories_and_answers_are_replaced() {
    let store = Store::in_memory().unwrap();
    let mut set = AdvisorySet {
        info: AdvisorySetInfo {
            name: "osv".into(),
            origin: "folder".into(),
            synced_at: NOW.into(),
            tag: String::new(),
            records: 2,
            digest: "d".into(),
        },
        data: vec![1, 2, 3],
    };
    store.put_advisories(&set).unwrap();
    set.info.records = 3;
    store.put_advisories(&set).unwrap();
    assert_eq!(store.advisory_sets().unwrap(), [set.info]);
    assert_eq!(store.advisories("osv").unwrap(), Some(vec![1, 2, 3]));
    assert_eq!(store.advisories("other").unwrap(), None);

    let mut key = AnswerKey::new();
    key.add("ab").add("c");
    let mut other = AnswerKey::new();
    other.add("a").add("bc");
    store.put_answer(&key, b"answer", NOW).unwrap();
    assert_eq!(store.answer(&key).unwrap().as_deref(), Some(b"answer".as_slice()));
    assert_eq!(store.answer(&other).unwrap(), None);
}

#[test]
fn many_entries_in_many_frames_come_back() {
    let store = Store::in_memory().unwrap();
    let row = repository("/big", "big");
    let mut pack = PackBuilder::new();
    let text = |n: u32| format!("{n}:").repeat(4_000);
    for n in 0..300 {
        pack.add_text(EntryKey::text(&n.to_string()), text(n).as_bytes());
    }
    store.put_repository(Snapshot { repository: &row, files: &[], inventory: &[], problems: &[], pack }).unwrap();
    let keys: Vec<EntryKey> = (0..300).rev().map(|n: u32| EntryKey::text(&n.to_string())).collect();
    for (n, found) in (0..300).rev().zip(store.texts(&keys).unwrap()) {
        assert_eq!(found.unwrap(), text(n).into_bytes());
    }
}

#[test]
fn two_handles_share_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/er/store.db");
    let first = Store::open(&path).unwrap();
    let second = Store::open(&path).unwrap();
    std::thread::scope(|scope| {
        for (store, prefix) in [(&first, "x"), (&second, "y")] {
            scope.spawn(move || {
                for n in 0..20 {
                    let name = format!("{prefix}{n}");
                    put(store, &repository(&format!("/{name}"), &name), &[&name]);
                }
            });
        }
    });
    assert_eq!(first.repositories().unwrap().len(), 40);
    first.check().unwrap();
    assert_eq!(first.size().unwrap().repositories, 40);
}

#[test]
fn a_file_that_is_no_store_is_refused_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    std::fs::write(&path, "this is not a database, and long enough to be read as one ".repeat(40)).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("move it away and index again"));
    let folder_error = Store::open(folder.path()).unwrap_err();
    assert!(matches!(folder_error, StoreError::Open { .. }), "{folder_error}");
}

#[test]
fn damage_inside_a_store_is_an_error_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = Store::open(&path).unwrap();
    let contents: Vec<String> = (0..400).map(|n| format!("c{n}")).collect();
    let names: Vec<&str> = contents.iter().map(String::as_str).collect();
    put(&store, &repository("/a", "a"), &names);
    store.clean_up(FRONTEND).unwrap();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 4;
    let end = bytes.len() - 100;
    bytes[middle..end].fill(0xA5);
    std::fs::write(&path, bytes).unwrap();
    let store = Store::open(&path).unwrap();
    let keys: Vec<EntryKey> = names.iter().map(|n| key(n)).collect();
    let errors = [store.check().err(), store.facts(&keys).err(), store.files("/a").err()];
    assert!(errors.iter().flatten().any(|e| matches!(e, StoreError::Damaged { .. })), "{errors:?}");
}

#[test]
fn what_another_version_wrote_is_not_kept_rather_than_damaged_or_misread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let purl = Purl::new(Ecosystem::PyPi, "urllib3", Some("1.26.4"));
    let store = Store::open(&path).unwrap();
    put(&store, &repository("/a/one", "one"), &["c1"]);
    store.put_package(&purl, &record("sha256:aa"), pack(&["c2"]), NOW).unwrap();
    drop(store);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute("UPDATE package_version SET record = CAST(x'46012a2a' || substr(record, 5) AS BLOB)", []).unwrap();
    other.execute("UPDATE repository SET files = substr(files, 5)", []).unwrap();
    drop(other);
    let store = Store::open(&path).unwrap();
    assert_eq!(store.package(&purl, "sha256:aa").unwrap(), None);
    assert_eq!(store.files("/a/one").unwrap(), []);
    assert_eq!(store.inventory("/a/one").unwrap(), b"inv", "the rest is there");
    store.put_package(&purl, &record("sha256:aa"), pack(&["c2"]), NOW).unwrap();
    assert_eq!(store.package(&purl, "sha256:aa").unwrap(), Some(record("sha256:aa")));
}
