//! Hostile and damaged input: facts or a problem with a place, never a panic or an overflow.

use faultline_extract::{extract, language_of};
use faultline_facts::{DynamicKind, Facts, Language, Op};
use proptest::prelude::*;

const DEEP: usize = 100_000;

fn javascript(text: &str) -> Facts {
    extract(Language::JavaScript, text.as_bytes())
}

#[test]
fn deep_nesting_is_refused_or_survived() {
    let units = [
        ("(", "1", ")"),
        ("[", "", "]"),
        ("x={a:", "1", "}"),
        ("{", "", "}"),
        ("`${", "1", "}`"),
        ("<a>", "", "</a>"),
        ("function f(){", "", "}"),
        ("class A{m(){", "", "}}"),
        ("a=>", "1", ""),
        ("if(a);else ", ";", ""),
        ("if(a)", ";", ""),
        ("!", "1", ""),
        ("new ", "a", ""),
        ("typeof ", "a", ""),
        ("1+", "1", ""),
        ("a||", "1", ""),
        ("a?b:", "1", ""),
        ("a=", "1", ""),
        ("f(", "", ")"),
        ("a.b().", "c", ""),
        ("do ", ";", ""),
        ("(a=(", "", ""),
    ];
    for (open, middle, close) in units {
        let text = [&open.repeat(DEEP), middle, &close.repeat(DEEP)].concat();
        let facts = javascript(&text);
        let gap = facts.dynamic.iter().any(|dynamic| dynamic.kind == DynamicKind::ParseGap);
        assert_eq!(gap, !facts.problems.is_empty(), "{open}");
        assert_eq!(gap, facts.flags.parse_errors, "{open}");
    }
}

#[test]
fn deep_types_and_data_are_refused_or_survived() {
    for open in ["type A = (", "let a: X<", "let a = b as ", "a!"] {
        extract(Language::TypeScript, open.repeat(DEEP).as_bytes());
    }
    let facts = extract(Language::Json, "[".repeat(DEEP).as_bytes());
    assert_eq!(facts.problems.len(), 1);
}

#[test]
fn usual_nesting_is_no_problem() {
    let depth = 500;
    let text = ["f(function(){".repeat(depth), "})".repeat(depth)].concat();
    let facts = javascript(&text);
    assert!(facts.problems.is_empty());
    assert_eq!(facts.functions.len(), depth + 1);
    let sum = ["x = ", &"'a' + ".repeat(20_000), "b"].concat();
    assert!(javascript(&sum).problems.is_empty());
}

#[test]
fn brackets_in_strings_comments_and_expressions_do_not_nest() {
    let text = format!("x = '{0}'; y = /{0}/; // {0}\n/* {0} */ z = `{0}`", "\\(".repeat(5000));
    assert!(javascript(&text).problems.is_empty());
}

#[test]
fn long_names_of_namespaces_are_refused() {
    for dot in [".", " . ", "/* , ; */.", ".// {\n"] {
        for end in ["{}", "{ const x = 1 }", ";", ""] {
            let name = ["a", dot].concat().repeat(100_000);
            for keyword in ["namespace ", "declare module ", "x(); export namespace /* y */ "] {
                let text = format!("{keyword}{name}a{end}");
                let facts = extract(Language::TypeScript, text.as_bytes());
                assert_eq!(facts.problems.len(), 1, "{keyword}{dot:?}{end}");
            }
        }
    }
    let usual = format!("namespace {}a {{ export const x = 1 }}\nmodule.exports = x;\n", "a.".repeat(100));
    assert!(extract(Language::TypeScript, usual.as_bytes()).problems.is_empty());
    let dots = "a.b.c.d();\n".repeat(5000);
    assert!(javascript(&format!("module.exports = 1;\n{dots}")).problems.is_empty());
}

#[test]
fn a_byte_order_mark_and_bad_bytes_are_survived() {
    let marked = extract(Language::JavaScript, b"\xef\xbb\xbf#!/usr/bin/env node\nrequire('x')");
    assert!(marked.problems.is_empty() && marked.flags.main_like);
    assert_eq!(marked.imports.len(), 1);
    let damaged = extract(Language::JavaScript, b"require('x') // \xff\xfe");
    assert_eq!((damaged.imports.len(), damaged.problems.len()), (1, 1));
}

#[test]
fn one_broken_statement_does_not_hide_the_others() {
    let facts = javascript("const a = require('a')\nconst = ;\nconst b = require('b')\nfunction (\n\nrequire('c')\n");
    assert_eq!(facts.imports.len(), 3);
    assert_eq!(facts.problems.len(), 2);
    assert_eq!((facts.problems[0].line, facts.problems[1].line), (2, 4));
}

#[test]
fn large_json_is_only_flagged() {
    let text = format!("[{}0]", "\"word\",".repeat(400_000));
    let facts = extract(Language::Json, text.as_bytes());
    assert_eq!(facts.problems.len(), 1);
    assert!(facts.functions[0].body.is_empty());
}

#[test]
fn languages_are_told_by_file_name() {
    let cases = [
        ("a/b.js", Some(Language::JavaScript)),
        ("b.test.mjs", Some(Language::JavaScript)),
        ("b.cjs", Some(Language::JavaScript)),
        ("b.jsx", Some(Language::JavaScript)),
        ("b.ts", Some(Language::TypeScript)),
        ("b.tsx", Some(Language::TypeScript)),
        ("b.d.ts", None),
        ("b.d.mts", None),
        ("b.py", Some(Language::Python)),
        ("package.json", Some(Language::Json)),
        ("Makefile", None),
        ("b.js.map", None),
    ];
    for (path, language) in cases {
        assert_eq!(language_of(path), language, "{path}");
    }
}

/// Every slot is owned, inside its function's range, and everything that is pointed to exists.
fn check(facts: &Facts) {
    for function in &facts.functions {
        assert!(function.slots.0 <= function.slots.1);
        for stmt in &function.body {
            match stmt.op {
                Op::Call { call } => assert!((call as usize) < facts.calls.len()),
                Op::Closure { function, .. } => assert!((function.0 as usize) < facts.functions.len()),
                Op::Import { import, .. } => assert!((import.0 as usize) < facts.imports.len()),
                Op::Class { class, .. } => assert!((class.0 as usize) < facts.classes.len()),
                _ => {}
            }
            assert!(stmt.guard.is_none_or(|guard| (guard.0 as usize) < facts.guards.len()));
        }
    }
    assert!(facts.slot_owner.is_sorted());
}

fn sources() -> Vec<(Language, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/javascript");
    let paths = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut sources: Vec<_> = paths
        .filter_map(|path| Some((language_of(&path.to_string_lossy())?, std::fs::read_to_string(&path).ok()?)))
        .collect();
    sources.sort();
    assert!(sources.len() > 10);
    sources
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_sources_never_panic(which in 0..100_usize, cuts in prop::collection::vec((0..4000_usize, 0..60_usize, 0..16_usize), 1..4)) {
        const INSERTS: [&str; 16] =
            ["", "(", ")", "{", "}", "`", "'", "/", "=>", "...", "class", "await", "?.", "<", "${", "\u{e9}\n"];
        let sources = sources();
        let (language, text) = &sources[which % sources.len()];
        let mut bytes = text.clone().into_bytes();
        for (at, length, insert) in cuts {
            let at = at % (bytes.len() + 1);
            let end = (at + length).min(bytes.len());
            bytes.splice(at..end, INSERTS[insert].bytes());
        }
        let facts = extract(*language, &bytes);
        check(&facts);
        prop_assert_eq!(&facts, &extract(*language, &bytes));
    }

    #[test]
    fn any_text_never_panics(text in "[a-z(){}\\[\\]=>.,;:'`$/*+!?<&|@#\n 0-9-]{0,200}") {
        check(&javascript(&text));
        check(&extract(Language::TypeScript, text.as_bytes()));
        check(&extract(Language::Json, text.as_bytes()));
    }
}
