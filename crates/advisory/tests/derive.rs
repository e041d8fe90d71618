//! What a fix changed: what counts, what does not, and how sure it is.

use faultline_advisory::derive::{Change, Confirmation, FEW_SYMBOLS, FileChange, MAX_SYMBOLS, changes, grade};
use faultline_advisory::record::{Record, Reference};
use faultline_advisory::{Grade, SymbolKind, fixes};

fn file(path: &str, before: &str, after: &str) -> FileChange {
    let side = |text: &str| (!text.is_empty()).then(|| text.as_bytes().to_vec());
    FileChange { path: path.to_owned(), before: side(before), after: side(after) }
}

fn names(files: &[FileChange]) -> Vec<String> {
    changes(files).changes.iter().map(|change: &Change| format!("{}:{}", change.path, change.name)).collect()
}

const SAFE: &str = "function parse(a) {\n  return a;\n}\nfunction other() {\n  return 1;\n}\n";

#[test]
fn a_changed_function_is_found_with_its_line_and_hunk() {
    let after = SAFE.replace("return a;", "if (a === '__proto__') return;\n  return a;");
    let found = changes(&[file("lib/parse.js", SAFE, &after)]);
    let [change] = found.changes.as_slice() else { panic!("{found:?}") };
    assert_eq!((change.name.as_str(), change.kind, change.line), ("parse", SymbolKind::Function, 2));
    assert_eq!(change.hunk, "+  if (a === '__proto__') return;");
}

#[test]
fn layout_moves_and_renames_are_no_change() {
    let formatted = SAFE.replace("  return a;", "    // why\n    return (\n a )").replace("(\n a )", "a");
    assert_eq!(names(&[file("a.js", SAFE, &formatted)]), Vec::<String>::new());
    assert_eq!(names(&[file("a.js", SAFE, ""), file("b.js", "", SAFE)]), Vec::<String>::new());
    assert_eq!(names(&[file("a.js", SAFE, &SAFE.replace("parse", "read"))]), Vec::<String>::new());
}

#[test]
fn a_removed_function_counts_and_a_new_one_does_not_but_its_caller_does() {
    assert_eq!(names(&[file("a.js", SAFE, "function other() {\n  return 1;\n}\n")]), ["a.js:parse"]);
    let guarded = SAFE.replace("return a;", "return check(a);") + "function check(a) { return a; }\n";
    assert_eq!(names(&[file("a.js", SAFE, &guarded)]), ["a.js:parse"]);
}

#[test]
fn a_constant_makes_its_users_vulnerable_and_a_decorator_its_function() {
    let before = "import re\nPATTERN = re.compile('(a+)+')\n\ndef check(text):\n    return PATTERN.match(text)\n\n\
                  def other():\n    return 1\n";
    assert_eq!(names(&[file("m/x.py", before, &before.replace("(a+)+", "a+"))]), ["m/x.py:check"]);
    let before = "@route('/a')\ndef view():\n    return 1\n\ndef other():\n    return 1\n";
    assert_eq!(names(&[file("m/x.py", before, &before.replace("'/a'", "'/a', auth=True"))]), ["m/x.py:view"]);
}

#[test]
fn a_changed_class_attribute_is_the_class_and_an_added_import_is_nothing() {
    let before = format!("const {{ re, t }} = require('./re');\n{SAFE}");
    assert_eq!(names(&[file("a.js", &before, &before.replace("{ re,", "{ safe: re,"))]), Vec::<String>::new());
    let before = "class Loader:\n    safe = False\n    def load(self):\n        return 1\n";
    assert_eq!(names(&[file("m/x.py", before, &before.replace("False", "True"))]), ["m/x.py:Loader"]);
    assert_eq!(names(&[file("m/x.py", before, &format!("import os\n{before}"))]), Vec::<String>::new());
}

#[test]
fn tests_docs_generated_and_broken_files_give_no_symbol() {
    let after = SAFE.replace("return a;", "return 2;");
    let paths =
        ["test/parse.js", "docs/a.js", "node_modules/x/a.js", "src/a.test.js", "dist/a.js", "a.min.js", "a.json"];
    for path in paths {
        assert_eq!(names(&[file(path, SAFE, &after)]), Vec::<String>::new(), "{path}");
    }
    let broken = changes(&[file("a.js", SAFE, "function parse( {")]);
    assert!(broken.changes.is_empty() && broken.problems[0].contains("cannot be parsed"), "{broken:?}");
    let binary = FileChange { path: "a.js".into(), before: Some(vec![0xff, 0]), after: Some(vec![0xfe]) };
    assert_eq!(changes(&[binary]).problems, ["a.js: not UTF-8 text"]);
}

#[test]
fn only_one_or_few_confirmed_functions_reach_s3() {
    let of = |advisory, changed, kind| grade("parseKeys", kind, &Confirmation { advisory, changed, ceiling: None }).0;
    assert_eq!(of("", 1, SymbolKind::Function), Grade::S3);
    assert_eq!(of("", 1, SymbolKind::Module), Grade::S2);
    assert_eq!(of("", 2, SymbolKind::Function), Grade::S2);
    assert_eq!(of("the flaw is in `parseKeys`", 2, SymbolKind::Function), Grade::S3);
    assert_eq!(of("the flaw is in parseKeysDeep", 2, SymbolKind::Function), Grade::S2);
    assert_eq!(of("parseKeys()", FEW_SYMBOLS + 1, SymbolKind::Function), Grade::S2);
    assert_eq!(of("parseKeys()", MAX_SYMBOLS + 1, SymbolKind::Function), Grade::S1);
}

#[test]
fn commits_are_read_from_addresses() {
    let reference = |url: &str| Reference { kind: "FIX".into(), url: url.into() };
    let long = "0123456789abcdef0123456789abcdef01234567";
    let record = Record {
        references: vec![
            reference(&format!("https://git.example/a/b/commit/{long}#diff-1")),
            reference("https://git.example/a/b/commit/0123456789"),
            reference("https://git.example/a/b/pull/7/commits/abcdef1"),
            reference("https://git.example/g/h/i/-/commit/1234567.patch"),
            reference("https://git.example/a/b/commit/not-a-commit"),
            reference("https://git.example/commit/1234567"),
        ],
        ..Record::default()
    };
    let found: Vec<String> = fixes(&[record]).into_iter().map(|f| format!("{} {}", f.repository, f.commit)).collect();
    let expected = [
        format!("https://git.example/a/b {long}"),
        "https://git.example/a/b abcdef1".to_owned(),
        "https://git.example/g/h/i 1234567".to_owned(),
    ];
    assert_eq!(found, expected);
}

#[test]
fn statements_that_only_the_fix_has_are_told() {
    let file = |after: &str| FileChange {
        path: "lib/a.js".to_owned(),
        before: Some(b"function parse(x) { return x; }\nexports.parse = parse;\n".to_vec()),
        after: Some(after.as_bytes().to_vec()),
    };
    let plain = changes(&[file("function parse(x) { return x + 1; }\nexports.parse = parse;\n")]);
    assert_eq!((plain.changes.len(), plain.added.len()), (1, 0));
    let more =
        changes(&[file("function parse(x) { return x + 1; }\nexports.parse = parse;\nObject.freeze(exports);\n")]);
    assert_eq!(more.added, ["lib/a.js"]);
    let loads =
        changes(&[file("const y = require('y');\nfunction parse(x) { return y(x); }\nexports.parse = parse;\n")]);
    assert!(loads.added.is_empty());
}
