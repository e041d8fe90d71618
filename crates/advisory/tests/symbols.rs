//! Vulnerable symbols: from records and from symbols files.
#![expect(clippy::unwrap_used, reason = "helpers of tests stop at the first fault")]

use faultline_advisory::{Grade, Record, SymbolSpec, SymbolsFile, declared_symbols, osv};

fn record(id: &str, ecosystem: &str, name: &str, specific: &str) -> Record {
    let json = format!(
        r#"{{"id":"{id}","affected":[{{"package":{{"ecosystem":"{ecosystem}","name":"{name}"}},"ecosystem_specific":{specific}}}]}}"#
    );
    osv::parse(json.as_bytes()).unwrap()
}

fn lines(specs: &[SymbolSpec]) -> Vec<String> {
    specs
        .iter()
        .map(|s| format!("{} {} {} {} {}", s.package, s.symbol, s.kind.as_str(), s.grade.as_str(), s.origin))
        .collect()
}

#[test]
fn named_by_records() {
    let records = [
        record(
            "GO-1",
            "Go",
            "example.com/m",
            r#"{"imports":[{"path":"example.com/m/a","symbols":["Parse","Decoder.Read"]},{"path":"example.com/m/b"}]}"#,
        ),
        record(
            "RUSTSEC-1",
            "crates.io",
            "vecs",
            r#"{"affects":{"functions":["vecs::Vec::push","vecs::free"]},"affected_functions":null}"#,
        ),
        record(
            "GHSA-1",
            "PyPI",
            "Loader",
            r#"{"affected_functions":["loader.Full","loader.Full.load","loader.load_all"]}"#,
        ),
        record("PYSEC-1", "PyPI", "forms", r#"{"imports":[{"modules":["forms.fields"],"attribute":"clean"}]}"#),
    ];
    assert_eq!(
        lines(&declared_symbols(&records)),
        [
            "pkg:pypi/forms forms.fields.clean function S4 PYSEC-1",
            "pkg:pypi/loader loader.Full class S4 GHSA-1",
            "pkg:pypi/loader loader.Full.load method S4 GHSA-1",
            "pkg:pypi/loader loader.load_all function S4 GHSA-1",
            "pkg:golang/example.com/m example.com/m/a.Decoder.Read method S4 GO-1",
            "pkg:golang/example.com/m example.com/m/a.Parse function S4 GO-1",
            // The Go database means the whole package where it names no symbol.
            "pkg:golang/example.com/m example.com/m/b.* function S4 GO-1",
            "pkg:cargo/vecs vecs::Vec::push method S4 RUSTSEC-1",
            "pkg:cargo/vecs vecs::free function S4 RUSTSEC-1",
        ]
    );
}

#[test]
fn stated_by_a_file() {
    let (file, problems) = SymbolsFile::parse("symbols.toml", include_str!("fixtures/symbols.toml"));
    assert_eq!(problems, Vec::new());
    assert_eq!(file.entries[0].note.as_deref(), Some("from the fix commit"));
    let spec = &file.entries[0].symbols[0];
    assert!(spec.applies_to("6.7.2") && !spec.applies_to("6.7.3"));
    let npm = [record("CVE-2022-0001", "npm", "shapes", "{}")];
    assert_eq!(
        lines(&file.apply(&npm)),
        [
            "pkg:npm/shapes lib/parse.js:parseKeys function S4 symbols.toml:8",
            "pkg:npm/shapes lib/parse.js:parseObject function S4 symbols.toml:7",
        ]
    );
    let python = [record("GHSA-x", "PyPI", "shapes", r#"{"affected_functions":["shapes.old"]}"#)];
    assert_eq!(lines(&file.apply(&python)), ["pkg:pypi/shapes shapes.loader.Loader.load method S4 symbols.toml:16"]);
    assert!(file.apply(&[record("CVE-9", "npm", "shapes", "{}")]).is_empty());
}

#[test]
fn faults_name_their_line() {
    let (file, problems) = SymbolsFile::parse("s.toml", include_str!("fixtures/symbols-broken.toml"));
    let kept: Vec<&str> = file.entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(kept, ["CVE-3"], "entries without fault are kept");
    let found: Vec<String> = problems.iter().map(|p| format!("{} {}", p.file, p.why)).collect();
    for (line, why) in [
        (1, "`extra` is unknown"),
        (5, "has a version"),
        (11, "`banana` is not a version"),
        (13, "`procedure` is not a kind"),
        (14, "no `name`"),
        (15, "a symbol is"),
        (19, "no `id`"),
        (20, "`add` or `replace`"),
        (21, "`color` is unknown"),
    ] {
        let start = format!("s.toml:{line} ");
        assert!(found.iter().any(|f| f.starts_with(&start) && f.contains(why)), "{line}: {why}\n{}", found.join("\n"));
    }
}

#[test]
fn a_text_that_is_not_toml() {
    let (file, problems) = SymbolsFile::parse("s.toml", "\n\n[[advisory]\n");
    assert!(file.entries.is_empty());
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].file, "s.toml:3");
    assert!(Grade::S4 > Grade::S0);
}
