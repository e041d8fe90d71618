//! A plan as a run-book in Markdown.

use std::fmt::Write as _;

use faultline_plan::steps::{Plan, Progress, Track};

use super::{Answer, words};

/// The recommended way as a check list, wave by wave.
pub fn to_markdown(answer: &Answer) -> String {
    let plan = answer.plan;
    let mut out = format!("# Plan for {}\n", escaped(&answer.target.query));
    match plan.tracks.first().filter(|t| !t.steps.is_empty()) {
        None => out.push_str("\nNothing has to change.\n"),
        Some(track) => {
            write_summary(&mut out, plan, track);
            write_waves(&mut out, plan, track);
        }
    }
    write_blocked(&mut out, plan);
    let skipped = words::skipped(plan);
    if !skipped.is_empty() {
        out.push_str("\n## What can be skipped\n\n");
        for line in skipped {
            let _ = writeln!(out, "- {}", escaped(&line));
        }
    }
    if !answer.incomplete.is_empty() {
        let _ =
            writeln!(out, "\nIncomplete: {} inputs could not be read or are not complete.", answer.incomplete.len());
    }
    out
}

fn write_summary(out: &mut String, plan: &Plan, track: &Track) {
    let _ = writeln!(out, "\n- Way: {}", words::track_title(track));
    let _ = writeln!(out, "- Done after: {}", words::quality(track.makespan, words::as_time));
    let _ = writeln!(out, "- Exposure: {}", words::quality(track.exposure, words::as_exposure));
    for other in plan.tracks.iter().skip(1) {
        let exposure = words::quality(other.exposure, words::as_exposure);
        let done = words::as_time(other.makespan.upper);
        let _ = writeln!(out, "- Instead, {}: {exposure}, done after {done}", words::track_title(other));
    }
}

fn write_waves(out: &mut String, plan: &Plan, track: &Track) {
    for number in 1..=track.waves.len() + 1 {
        let steps: Vec<_> = track.steps.iter().filter(|s| s.wave == number).collect();
        if steps.is_empty() {
            continue;
        }
        match track.waves.get(number - 1) {
            Some(wave) => {
                let share = wave.removed_in_all * 100 / track.weight.max(1);
                let _ = writeln!(
                    out,
                    "\n## Wave {number}: {share} % of the exposure gone after {}\n",
                    words::time(wave.end)
                );
            }
            None => out.push_str("\n## Afterwards\n\n"),
        }
        for step in steps {
            let done = if step.progress == Progress::Finished { "x" } else { " " };
            let owner = step.owner.as_deref().map(|o| format!(", {}", escaped(o))).unwrap_or_default();
            let critical = if step.critical { ", **critical**" } else { "" };
            let from = words::time(step.start);
            let title = escaped(&step.title);
            let _ = writeln!(
                out,
                "- [{done}] {} `{}`: {title} (from {from} to {}{owner}{critical})",
                escaped(&step.project),
                step.kind.word(),
                words::time(step.end)
            );
        }
    }
    let now = super::text::blocking_now(plan, track);
    if !now.is_empty() {
        out.push_str("\n## What blocks us now\n\n");
        for line in now {
            let _ = writeln!(out, "- {}", escaped(&line));
        }
    }
}

fn write_blocked(out: &mut String, plan: &Plan) {
    for consumer in &plan.changes.consumers {
        let lines = words::blocked_by(plan, consumer);
        if lines.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n## What stands in the way of {}\n", escaped(&plan.names[consumer.member]));
        for line in lines {
            let _ = writeln!(out, "- {}", escaped(&line));
        }
        for way in words::ways_out(consumer) {
            let _ = writeln!(out, "- way out: {}", escaped(&way));
        }
    }
}

/// Text from outside makes no markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '[' | ']' | '*' | '_' | '|' | '\\' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}
