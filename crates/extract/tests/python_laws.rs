//! What holds for the facts of every text, however broken.

#![expect(clippy::unwrap_used, clippy::format_collect, reason = "helpers of tests may fail loudly")]

use std::path::Path;

use faultline_extract::extract;
use faultline_facts::{Callee, Facts, Key, Language, Op, Span, decode, encode};
use proptest::prelude::*;

fn sources() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/python");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let python = paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "py"));
    python.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// Cuts, repeats and mixes pieces of real code.
fn mutated() -> impl Strategy<Value = String> {
    let sources = sources();
    let pieces = prop::collection::vec((0..sources.len(), 0_usize..4000, 0_usize..400, 0_usize..3), 1..12);
    let junk = prop::collection::vec(
        prop::sample::select(vec![
            "(", ")", "[", "\n", "    ", ":", "'", "\"\"\"", "f'{", "}", "*", "lambda ", "def ", "é", "\r", "\\\n",
            "@", "=", ",",
        ]),
        0..6,
    );
    (pieces, junk).prop_map(move |(pieces, junk)| {
        let mut out = String::new();
        for (at, (source, start, length, repeat)) in pieces.into_iter().enumerate() {
            let source = &sources[source];
            let piece: String = source.chars().skip(start % source.len()).take(length).collect();
            for _ in 0..=repeat {
                out.push_str(&piece);
            }
            out.push_str(junk.get(at).copied().unwrap_or(""));
        }
        out
    })
}

fn facts(text: &str) -> Facts {
    extract(Language::Python, text.as_bytes())
}

fn assert_well_formed(facts: &Facts, text: &str) {
    assert_eq!(decode(&encode(facts)).as_ref(), Ok(facts));
    assert_slots(facts);
    assert_spans(facts, text);
    let mut names: Vec<&str> = facts.functions.iter().map(|f| facts.text(f.qualified)).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "qualified names are unique");
    for (id, guard) in facts.guards.iter().enumerate() {
        assert!(guard.parent.is_none_or(|parent| (parent.0 as usize) < id));
    }
}

fn assert_slots(facts: &Facts) {
    let mut next = 0;
    for (id, function) in facts.functions.iter().enumerate() {
        assert_eq!(function.slots.0, next);
        next = function.slots.1;
        assert!(facts.slot_owner[function.slots.0 as usize..next as usize].iter().all(|owner| owner.0 as usize == id));
        let known = function.params.iter().map(|param| param.slot).chain([function.ret]).chain(function.yielded);
        assert!(known.into_iter().all(|slot| facts.slot_owner[slot.0 as usize].0 as usize == id));
    }
    assert_eq!(next as usize, facts.slot_owner.len());
    assert!(facts.names.iter().all(|(_, slot)| facts.slot_owner[slot.0 as usize].0 == 0));
    for class in &facts.classes {
        assert!(class.members.iter().all(|member| facts.slot_owner[member.slot.0 as usize] == class.parent));
    }
}

fn assert_spans(facts: &Facts, text: &str) {
    let lines = text.lines().count() as u32 + text.matches('\r').count() as u32 + 1;
    for function in &facts.functions {
        for stmt in &function.body {
            assert!(stmt.span.end_line <= lines);
            if matches!(stmt.op, Op::Call { .. } | Op::Load { .. } | Op::Import { .. }) {
                assert!(stmt.span.line >= 1 && stmt.span.column >= 1);
                assert!((stmt.span.line, stmt.span.column) <= (stmt.span.end_line, stmt.span.end_column));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn broken_code_gives_well_formed_facts(text in mutated()) {
        assert_well_formed(&facts(&text), &text);
    }

    #[test]
    fn any_bytes_give_facts(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let found = extract(Language::Python, &bytes);
        prop_assert_eq!(found, extract(Language::Python, &bytes));
    }

    /// The text under a call's span is the call, wherever it stands.
    #[test]
    fn spans_point_at_calls(before in "[a-zé ]{0,8}", lines in 0_usize..4) {
        let text = format!("{}s = '{before}'; target.method(1, 'é')\n", "\n".repeat(lines));
        let found = facts(&text);
        let (call, span) = method_call(&found);
        prop_assert_eq!(call, "method");
        prop_assert_eq!(under(&text, span), "target.method(1, 'é')");
    }
}

fn method_call(facts: &Facts) -> (String, Span) {
    let calls = facts.functions[0].body.iter().filter_map(|stmt| match stmt.op {
        Op::Call { call } => Some((&facts.calls[call as usize], stmt.span)),
        _ => None,
    });
    let mut named = calls.filter_map(|(call, span)| match call.callee {
        Callee::Method { key: Key::Named(name), .. } => Some((facts.text(name).to_owned(), span)),
        _ => None,
    });
    named.next().unwrap()
}

fn under(text: &str, span: Span) -> &str {
    let line = text.split('\n').nth(span.line as usize - 1).unwrap();
    &line[span.column as usize - 1..span.end_column as usize - 1]
}

#[test]
fn deep_nesting_is_answered() {
    let deep = 30_000;
    let texts = [
        format!("x = {}1{}\n", "(".repeat(deep), ")".repeat(deep)),
        format!("x = {}1{}\n", "[".repeat(deep), "]".repeat(deep)),
        format!("x = {}1{}\n", "f(".repeat(deep), ")".repeat(deep)),
        format!("x = f{}\n", "()".repeat(deep)),
        format!("x = f{}\n", ".a".repeat(deep)),
        format!("x = 1{}\n", "+1".repeat(deep)),
        format!("x = {}1\n", "not ".repeat(deep)),
        format!("x = {}1\n", "- ".repeat(deep)),
        format!("x = {}1\n", "lambda: ".repeat(deep)),
        format!("x = 1{}\n", " if 1 else 1".repeat(deep)),
        format!("x = {}1\n", "await ".repeat(deep)),
        format!("x: {}int{}\n", "List[".repeat(deep), "]".repeat(deep)),
        format!("x: '{}int{}'\n", "List[".repeat(deep), "]".repeat(deep)),
        format!("match x:\n case {}1{}: pass\n", "[".repeat(deep), "]".repeat(deep)),
        format!("if a: pass\n{}", "elif a: pass\n".repeat(deep)),
        format!("x = {}", "f'{".repeat(deep)),
        format!("x = {}\n", "{1:".repeat(deep)),
        (0..400).map(|depth| format!("{}def f():\n", " ".repeat(depth))).collect::<String>()
            + &" ".repeat(400)
            + "pass\n",
        (0..90).map(|depth| format!("{}if a(b):\n", " ".repeat(depth))).collect::<String>()
            + &" ".repeat(90)
            + "pass\n",
    ];
    for text in texts {
        assert_well_formed(&facts(&text), &text);
    }
}

#[test]
fn many_branches_stay_linear() {
    let text: String = (0..20_000).map(|n| format!("if a{n}:\n    x{} = f{n}\n", n % 5000)).collect();
    let elif: String = (0..5000).map(|n| format!("elif a == {n}:\n    y{n} = 1\n    y{n} = 2\n")).collect();
    let text = format!("{text}if a:\n    pass\n{elif}");
    let found = facts(&text);
    let statements: usize = found.functions.iter().map(|function| function.body.len()).sum();
    assert!(statements < 60 * text.lines().count(), "{statements} statements");
}

#[test]
fn other_encodings_are_read() {
    let latin = b"# -*- coding: latin-1 -*-\nname = '\xe9'\nf(name)\n";
    assert_eq!(extract(Language::Python, latin).calls.len(), 1);
    let mark = b"\xef\xbb\xbff()\n";
    assert_eq!(extract(Language::Python, mark).calls.len(), 1);
    let broken = b"f('\xff')\n";
    assert_eq!(extract(Language::Python, broken).calls.len(), 1);
    assert_eq!(extract(Language::Python, b"f()\r\ng()\r\n").calls.len(), 2);
}
