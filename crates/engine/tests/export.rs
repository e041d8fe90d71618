//! Incremental sync against a server of our own: what is fetched, and what is kept when something fails.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use faultline_engine::{AdvisorySource, Engine, Settings, Silent, SyncReport};
use faultline_package::Ecosystem;
use faultline_store::Store;
use faultline_testkit::{Reply, Server};

/// A record that names one package.
fn record(id: &str, modified: &str) -> String {
    format!(
        r#"{{"id": "{id}", "modified": "{modified}", "affected": [{{"package": {{"ecosystem": "npm", "name": "p"}},
            "versions": ["1.0.0"]}}]}}"#
    )
}

/// An export whose files a test changes between syncs.
struct Export {
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    server: Server,
    engine: Engine,
}

impl Export {
    fn new() -> Export {
        let files: Arc<Mutex<BTreeMap<String, Vec<u8>>>> = Arc::default();
        let served = Arc::clone(&files);
        let server = Server::start(move |request| match served.lock().unwrap().get(&request.path) {
            Some(bytes) if bytes.as_slice() == b"busy" => Reply::Status(503),
            Some(bytes) => Reply::Ok("application/octet-stream", bytes.clone()),
            None => Reply::Status(404),
        });
        let engine = Engine::new(Store::in_memory().unwrap(), Settings::default()).unwrap();
        let export = Export { files, server, engine };
        export.archive(&[("GHSA-1", "2026-01-01T00:00:00Z")]);
        export.put("npm/modified_id.csv", "2026-01-01T00:00:00Z,GHSA-1\n");
        export
    }

    fn put(&self, path: &str, text: &str) {
        self.files.lock().unwrap().insert(format!("/{path}"), text.as_bytes().to_vec());
    }

    fn archive(&self, records: &[(&str, &str)]) {
        let files: Vec<(String, String)> =
            records.iter().map(|(id, modified)| (format!("{id}.json"), record(id, modified))).collect();
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, text) in &files {
            zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        let bytes = zip.finish().unwrap().into_inner();
        self.files.lock().unwrap().insert("/npm/all.zip".to_owned(), bytes);
    }

    /// Syncs; returns what was asked for as well.
    fn sync(&self) -> (SyncReport, Vec<String>) {
        let before = self.server.requests().len();
        let source = AdvisorySource::Url(format!("http://{}", self.server.host()));
        let report = self.engine.sync_advisories(&source, &[Ecosystem::Npm], false, &Silent).unwrap();
        let asked = self.server.requests().into_iter().skip(before).map(|r| r.path).collect();
        (report, asked)
    }
}

#[test]
fn after_the_first_archive_only_changes_are_fetched() {
    let export = Export::new();
    let (first, asked) = export.sync();
    assert_eq!((first.read, first.records, asked), (1, 1, vec!["/npm/modified_id.csv".into(), "/npm/all.zip".into()]));
    let (second, asked) = export.sync();
    assert!(second.unchanged && second.records == 1, "{second:?}");
    assert_eq!(asked, ["/npm/modified_id.csv"]);
    export.put(
        "npm/modified_id.csv",
        "2026-01-03T00:00:00Z,GHSA-2\n2026-01-02T00:00:00Z,GHSA-1\n2026-01-01T00:00:00Z,X\n",
    );
    export.put("npm/GHSA-1.json", &record("GHSA-1", "2026-01-02T00:00:00Z"));
    export.put("npm/GHSA-2.json", &record("GHSA-2", "2026-01-03T00:00:00Z"));
    let (third, mut asked) = export.sync();
    asked.sort();
    assert_eq!((third.read, third.records, third.problems.len()), (2, 2, 0));
    assert_eq!(asked, ["/npm/GHSA-1.json", "/npm/GHSA-2.json", "/npm/modified_id.csv"]);
    let kept = export.engine.advisories().unwrap().unwrap();
    assert_eq!(kept.database.get("GHSA-1").unwrap().modified, "2026-01-02T00:00:00Z");
    assert!(export.sync().0.unchanged);
}

#[test]
fn what_fails_is_said_and_asked_for_again() {
    let export = Export::new();
    export.sync();
    export.put("npm/modified_id.csv", "2026-01-03T00:00:00Z,GHSA-3\n2026-01-02T00:00:00Z,GHSA-2\n");
    export.put("npm/GHSA-2.json", "busy");
    export.put("npm/GHSA-3.json", &record("GHSA-3", "2026-01-03T00:00:00Z"));
    let (report, _) = export.sync();
    assert_eq!((report.records, report.problems.len()), (2, 1), "{report:?}");
    export.put("npm/GHSA-2.json", &record("GHSA-2", "2026-01-02T00:00:00Z"));
    assert_eq!(export.sync().0.records, 3);
    assert!(export.sync().0.unchanged);
}

#[test]
fn a_dropped_record_is_said_once() {
    let export = Export::new();
    export.sync();
    export.put("npm/modified_id.csv", "2026-01-03T00:00:00Z,GHSA-3\n2026-01-02T00:00:00Z,GONE\n");
    export.put("npm/GHSA-3.json", &record("GHSA-3", "2026-01-03T00:00:00Z"));
    assert_eq!(export.sync().0.problems.len(), 1);
    assert!(export.sync().0.unchanged);
}

#[test]
fn many_changes_are_one_archive() {
    let export = Export::new();
    export.sync();
    let lines: Vec<String> = (0..2000).map(|n| format!("2026-02-01T00:00:00Z,N-{n}")).collect();
    export.put("npm/modified_id.csv", &lines.join("\n"));
    export.archive(&[("GHSA-1", "2026-01-01T00:00:00Z"), ("N-1", "2026-02-01T00:00:00Z")]);
    let (report, asked) = export.sync();
    assert_eq!((report.records, asked.len()), (2, 2), "{asked:?}");
}

#[test]
fn an_export_without_a_list_is_fetched_whole_each_time() {
    let export = Export::new();
    export.files.lock().unwrap().remove("/npm/modified_id.csv");
    assert_eq!(export.sync().1.len(), 2);
    assert_eq!(export.sync().1, ["/npm/modified_id.csv", "/npm/all.zip"]);
}

#[test]
fn a_broken_archive_is_fetched_again() {
    let export = Export::new();
    export.sync();
    let lines: Vec<String> = (0..2000).map(|n| format!("2026-02-01T00:00:00Z,N-{n}")).collect();
    export.put("npm/modified_id.csv", &lines.join("\n"));
    export.put("npm/all.zip", "not a zip");
    let (report, _) = export.sync();
    assert_eq!((report.records, report.problems.len()), (1, 1));
    export.archive(&[("N-1", "2026-02-01T00:00:00Z")]);
    assert_eq!(export.sync().0.records, 2);
}
