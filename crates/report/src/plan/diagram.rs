//! The recommended way as a graph: DOT and Mermaid.

use std::fmt::Write as _;

use faultline_plan::steps::{Plan, Step};

use super::words;

/// For Graphviz.
pub fn to_dot(plan: &Plan) -> String {
    let mut out = String::from("digraph plan {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n");
    for (index, step) in steps(plan).iter().enumerate() {
        let style = if step.critical { ", color=red, penwidth=2" } else { "" };
        let label = format!("{}\\n{} to {}", quoted(&step.id), words::time(step.start), words::time(step.end));
        let _ = writeln!(out, "  s{index} [label=\"{label}\"{style}];");
    }
    for (index, step) in steps(plan).iter().enumerate() {
        for (from, lag) in &step.waits_for {
            let label = if *lag > 0 { format!(" [label=\"{}\"]", words::time(*lag)) } else { String::new() };
            let _ = writeln!(out, "  s{from} -> s{index}{label};");
        }
    }
    out.push_str("}\n");
    out
}

/// For Mermaid.
pub fn to_mermaid(plan: &Plan) -> String {
    let mut out = String::from("flowchart LR\n");
    for (index, step) in steps(plan).iter().enumerate() {
        let label = entities(&step.id);
        let _ = writeln!(out, "  s{index}[\"{label}<br/>{} to {}\"]", words::time(step.start), words::time(step.end));
        for (from, lag) in &step.waits_for {
            let label = if *lag > 0 { format!("|{}|", words::time(*lag)) } else { String::new() };
            let _ = writeln!(out, "  s{from} -->{label} s{index}");
        }
    }
    out.push_str("  classDef critical stroke:#c00,stroke-width:3px\n");
    for (index, _) in steps(plan).iter().enumerate().filter(|(_, s)| s.critical) {
        let _ = writeln!(out, "  class s{index} critical");
    }
    out
}

fn steps(plan: &Plan) -> &[Step] {
    plan.tracks.first().map_or(&[], |t| &t.steps)
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ")
}

/// Characters that would end a label or make markup.
pub(super) fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
