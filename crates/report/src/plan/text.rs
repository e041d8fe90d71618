//! A plan for people on a terminal.

use std::fmt::Write as _;

use faultline_plan::steps::{Plan, Progress, Step, Track};

use super::{Answer, words};
use crate::table;

/// Incomplete inputs that are listed.
const MAX_INCOMPLETE: usize = 10;

/// Everything about a plan; `width` wraps cells on a terminal.
pub fn to_text(answer: &Answer, width: Option<u16>) -> String {
    let plan = answer.plan;
    let mut out = String::new();
    if plan.changes.releases.is_empty() && plan.changes.consumers.is_empty() {
        out.push_str("nothing has to change\n");
    } else {
        write_changes(&mut out, plan, width);
        write_choice(&mut out, plan);
        for track in &plan.tracks {
            write_track(&mut out, plan, track, width);
        }
    }
    list(&mut out, "what can be skipped", &words::skipped(plan));
    if !answer.incomplete.is_empty() {
        let _ = writeln!(out, "\nincomplete: {} inputs", answer.incomplete.len());
        for row in answer.incomplete.iter().take(MAX_INCOMPLETE) {
            let _ = writeln!(out, "  {} {}: {}", row.repository, row.what, row.why);
        }
        if answer.incomplete.len() > MAX_INCOMPLETE {
            out.push_str("  … the rest is in --format json\n");
        }
    }
    out
}

fn list(out: &mut String, title: &str, lines: &[String]) {
    if !lines.is_empty() {
        let _ = writeln!(out, "\n{title}");
        for line in lines {
            let _ = writeln!(out, "  {line}");
        }
    }
}

fn write_changes(out: &mut String, plan: &Plan, width: Option<u16>) {
    let _ = writeln!(out, "what must change");
    let releases = plan.changes.releases.iter().map(|r| {
        let because = r.need.edits.first().map(words::sentence).unwrap_or_default();
        let version = if r.exists { r.to.clone() } else { format!("{} -> {}", r.from, r.to) };
        vec![plan.names[r.member].clone(), words::release_action(r).to_owned(), version, because]
    });
    let consumers = plan.changes.consumers.iter().map(|c| {
        let because = words::blocked_by(plan, c).first().cloned().unwrap_or_else(|| chain(&c.need.chain));
        vec![plan.names[c.member].clone(), words::consumer_action(c), moves(&c.need.moves), because]
    });
    let rows: Vec<Vec<String>> = releases.chain(consumers).collect();
    out.push_str(&table::layout(&["PROJECT", "ACTION", "VERSION", "BECAUSE"], &rows, width));
    for train in &plan.changes.trains {
        let names: Vec<String> = train.iter().map(|r| words::short(&plan.changes.releases[*r].package)).collect();
        let _ = writeln!(out, "cycle: {} wait for each other; they are one release train", names.join(", "));
    }
    for consumer in &plan.changes.consumers {
        let name = &plan.names[consumer.member];
        list(out, &format!("what blocks {name}"), &more(words::blocked_by(plan, consumer)));
        list(out, &format!("ways out for {name}"), &words::ways_out(consumer));
        let unknown: Vec<String> = consumer.need.unknown.iter().map(words::sentence).collect();
        list(out, &format!("only the resolver of {name} can say"), &unknown);
    }
}

fn chain(packages: &[String]) -> String {
    packages.iter().map(|p| words::short(p)).collect::<Vec<_>>().join(" > ")
}

/// One blocker stands in the table already.
fn more(lines: Vec<String>) -> Vec<String> {
    if lines.len() > 1 { lines } else { Vec::new() }
}

fn moves(moves: &[(String, Option<String>)]) -> String {
    let one =
        |(from, to): &(String, Option<String>)| format!("{} -> {}", words::short(from), to.as_deref().unwrap_or("?"));
    moves.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn write_choice(out: &mut String, plan: &Plan) {
    let [first, second] = plan.tracks.as_slice() else { return };
    let difference = (second.exposure.upper - first.exposure.upper).abs();
    let less = if second.exposure.upper >= first.exposure.upper { "less" } else { "more" };
    let _ = writeln!(
        out,
        "\ntwo ways: `{}` is recommended; it has {} {less} exposure than `{}`, {} overrides against {}",
        first.name,
        words::as_exposure(difference),
        second.name,
        first.overrides,
        second.overrides
    );
}

fn write_track(out: &mut String, plan: &Plan, track: &Track, width: Option<u16>) {
    let _ = writeln!(out, "\nway: {}", words::track_title(track));
    let _ = writeln!(out, "  done after {}", words::quality(track.makespan, words::as_time));
    let _ = writeln!(out, "  exposure {}", words::quality(track.exposure, words::as_exposure));
    let _ = writeln!(out, "  {} publishes, {} overrides", track.publishes, track.overrides);
    for (number, wave) in track.waves.iter().enumerate() {
        let share = wave.removed_in_all * 100 / track.weight.max(1);
        let names: Vec<&str> =
            wave.consumers.iter().map(|c| plan.names[plan.changes.consumers[*c].member].as_str()).collect();
        let after = words::time(wave.end);
        let _ = writeln!(
            out,
            "  wave {}: {share} % of the exposure is gone after {after}: {}",
            number + 1,
            names.join(", ")
        );
    }
    for consumer in &track.stuck {
        let name = &plan.names[plan.changes.consumers[*consumer].member];
        let _ = writeln!(out, "  {name} has no step: it waits for others, see its ways out");
    }
    let rows: Vec<Vec<String>> = track.steps.iter().map(row).collect();
    out.push_str(&table::layout(&["START", "END", "STEP", "WHAT", "OWNER", "WAVE", "STATE"], &rows, width));
    let now: Vec<String> = blocking_now(plan, track);
    list(out, "what blocks us now", &now);
    let critical: Vec<&str> = track.steps.iter().filter(|s| s.critical).map(|s| s.id.as_str()).collect();
    let _ = writeln!(out, "\ncritical path: {}", critical.join(" > "));
}

fn row(step: &Step) -> Vec<String> {
    let late = if step.late { ", late" } else { "" };
    vec![
        words::time(step.start),
        words::time(step.end),
        step.id.clone(),
        step.title.clone(),
        step.owner.clone().unwrap_or_else(|| "-".to_owned()),
        step.wave.to_string(),
        format!("{}{late}", step.progress.as_str()),
    ]
}

/// Open critical steps whose needs are all met, and those in work that are late.
pub(super) fn blocking_now(plan: &Plan, track: &Track) -> Vec<String> {
    let free = |step: &Step| {
        step.waits_for.iter().all(|(w, _)| track.steps[*w].progress == Progress::Finished)
            && step.progress != Progress::Finished
    };
    let steps = track.steps.iter().filter(|s| free(s) && (s.critical || s.late));
    let line = |step: &Step| {
        let owner = step.owner.as_deref().unwrap_or("no owner is known");
        let from = if step.progress == Progress::Started { "in work since" } else { "can start at" };
        format!(
            "{} ({owner}): {from} {}",
            step.id,
            words::time(step.start.max(if from == "can start at" { plan.now } else { 0 }))
        )
    };
    steps.map(line).collect()
}
