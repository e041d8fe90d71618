//! `faultline.plan/1`.

use faultline_plan::remedy::{Constraint, Need};
use faultline_plan::steps::{Measure, Plan, Settings, Step, Subject, Track, Wave};
use serde_json::{Value, json};

use super::{Answer, words};

/// Name and number of the schema, see `docs/schemas/plan.json`.
const SCHEMA: &str = "faultline.plan/1";

/// The plan as one JSON document, indented, with a final line end.
pub fn to_json(answer: &Answer) -> serde_json::Result<String> {
    let plan = answer.plan;
    let document = json!({
        "schema": SCHEMA,
        "target": answer.target,
        "now": plan.now,
        "settings": settings(&plan.settings),
        "changes": changes(plan),
        "tracks": plan.tracks.iter().map(|t| track(plan, t)).collect::<Vec<_>>(),
        "recommended": plan.tracks.first().map(|t| t.name),
        "skipped": words::skipped(plan),
        "incomplete": answer.incomplete,
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn settings(settings: &Settings) -> Value {
    let times = &settings.times;
    let stage = |s: &faultline_plan::steps::Stage| json!({"name": s.name, "takes": s.takes, "bake": s.bake});
    json!({
        "times": {
            "edit": times.edit,
            "build": times.build,
            "publish": times.publish,
            "mirror_lag": times.mirror_lag,
            "deploy": times.deploy.iter().map(stage).collect::<Vec<_>>(),
        },
        "capacity": {"ci": settings.ci, "reviewers": settings.reviewers, "rollouts": settings.rollouts},
        "order": settings.order.iter().map(|o| o.as_str()).collect::<Vec<_>>(),
    })
}

fn changes(plan: &Plan) -> Value {
    let releases = plan.changes.releases.iter().map(|r| {
        json!({
            "package": r.package,
            "project": plan.names[r.member],
            "line": r.line,
            "from": r.from,
            "to": r.to,
            "action": words::release_action(r),
            "exists": r.exists,
            "backport": r.backport,
            "need": need(plan, &r.need),
        })
    });
    let consumers = plan.changes.consumers.iter().map(|c| {
        json!({
            "project": plan.names[c.member],
            "action": c.need.action().as_str(),
            "override": c.overrule,
            "need": need(plan, &c.need),
            "blocked_by": words::blocked_by(plan, c),
            "ways_out": words::ways_out(c),
        })
    });
    let package = |r: &usize| plan.changes.releases[*r].package.clone();
    let trains = plan.changes.trains.iter().map(|t| t.iter().map(package).collect::<Vec<_>>());
    json!({
        "releases": releases.collect::<Vec<_>>(),
        "consumers": consumers.collect::<Vec<_>>(),
        "trains": trains.collect::<Vec<_>>(),
    })
}

fn need(plan: &Plan, need: &Need) -> Value {
    let waits = need.waits.iter().map(|w| {
        let release = &plan.changes.releases[w.release];
        json!({"package": release.package, "version": release.to, "because": constraint(&w.constraint)})
    });
    let blockers = need.blockers.iter().map(|b| json!({"package": b.package, "because": constraint(&b.constraint)}));
    json!({
        "edits": need.edits.iter().map(constraint).collect::<Vec<_>>(),
        "waits_for": waits.collect::<Vec<_>>(),
        "blockers": blockers.collect::<Vec<_>>(),
        "moves": need.moves.iter().map(|(from, to)| json!({"from": from, "to": to})).collect::<Vec<_>>(),
        "unknown": need.unknown.iter().map(constraint).collect::<Vec<_>>(),
        "chain": need.chain,
    })
}

fn constraint(constraint: &Constraint) -> Value {
    json!({
        "by": constraint.by,
        "of": constraint.of,
        "requirement": constraint.requirement,
        "keeps_out": constraint.keeps_out,
        "file": constraint.place.as_ref().map(|p| &p.file),
        "line": constraint.place.as_ref().map(|p| p.line).filter(|l| *l > 0),
    })
}

fn track(plan: &Plan, track: &Track) -> Value {
    json!({
        "name": track.name,
        "makespan": measure(track.makespan),
        "exposure": measure(track.exposure),
        "publishes": track.publishes,
        "overrides": track.overrides,
        "weight": track.weight,
        "waves": track.waves.iter().map(|w| wave(plan, w)).collect::<Vec<_>>(),
        "steps": track.steps.iter().map(|s| step(plan, track, s)).collect::<Vec<_>>(),
        "stuck": track.stuck.iter().map(|c| &plan.names[plan.changes.consumers[*c].member]).collect::<Vec<_>>(),
    })
}

fn measure(measure: Measure) -> Value {
    let number = |n: i128| i64::try_from(n).unwrap_or(i64::MAX);
    json!({"value": number(measure.upper), "lower_bound": number(measure.lower), "proved": measure.proved()})
}

fn wave(plan: &Plan, wave: &Wave) -> Value {
    let name = |c: &usize| plan.names[plan.changes.consumers[*c].member].clone();
    json!({
        "end": wave.end,
        "removed": wave.removed,
        "removed_in_all": wave.removed_in_all,
        "projects": wave.consumers.iter().map(name).collect::<Vec<_>>(),
    })
}

fn step(plan: &Plan, track: &Track, step: &Step) -> Value {
    let waits = step.waits_for.iter().map(|(s, lag)| json!({"step": track.steps[*s].id, "lag": lag}));
    json!({
        "id": step.id,
        "project": step.project,
        "kind": step.kind.word(),
        "title": step.title,
        "owner": step.owner,
        "start": step.start,
        "end": step.end,
        "state": step.progress.as_str(),
        "late": step.late,
        "critical": step.critical,
        "wave": step.wave,
        "waits_for": waits.collect::<Vec<_>>(),
        "chain": chain(plan, step.subject),
    })
}

/// Why a step is needed.
fn chain(plan: &Plan, subject: Subject) -> Vec<String> {
    match subject {
        Subject::Release(r) => plan.changes.releases[r].need.chain.clone(),
        Subject::Consumer(c) | Subject::Cleanup(c) => plan.changes.consumers[c].need.chain.clone(),
    }
}
