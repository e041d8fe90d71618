//! Words and numbers that every form of a plan uses.

pub use faultline_plan::remedy::short;
use faultline_plan::remedy::{Constraint, Consumer, Release, Untouched};
use faultline_plan::schedule::Time;
use faultline_plan::steps::{Measure, Plan, Track};

/// `2d 3h`, `1h 30m`, `0m`.
pub fn time(minutes: Time) -> String {
    let units = [(minutes / 1440, 'd'), (minutes % 1440 / 60, 'h'), (minutes % 60, 'm')];
    let parts: Vec<String> = units.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    if parts.is_empty() { "0m".to_owned() } else { parts.join(" ") }
}

/// `file:line`, or what stands for it.
pub fn place(constraint: &Constraint) -> String {
    match &constraint.place {
        Some(place) if place.line > 0 => format!("{}:{}", place.file, place.line),
        Some(place) => place.file.clone(),
        None => "-".to_owned(),
    }
}

/// One requirement in the way, as a sentence.
pub fn sentence(constraint: &Constraint) -> String {
    format!(
        "{} asks for {} `{}`, which keeps {} out ({})",
        short(&constraint.by),
        short(&constraint.of),
        constraint.requirement,
        constraint.keeps_out,
        place(constraint)
    )
}

/// `7h (proved best)`, or the least there could be and the gap.
pub fn quality(measure: Measure, unit: impl Fn(i128) -> String) -> String {
    if measure.proved() {
        return format!("{} (proved best)", unit(measure.upper));
    }
    format!("{} (no plan is below {}, gap {})", unit(measure.upper), unit(measure.lower), gap(measure))
}

/// The gap in per cent with one decimal.
pub fn gap(measure: Measure) -> String {
    let tenths = (measure.upper - measure.lower) * 1000 / measure.lower.max(1);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// A makespan in words.
pub fn as_time(value: i128) -> String {
    time(Time::try_from(value).unwrap_or(Time::MAX))
}

/// Weight-minutes as weight-hours.
pub fn as_exposure(value: i128) -> String {
    format!("{}.{} weight-hours", value / 60, value % 60 / 6)
}

/// What has to happen in a consumer, with the way out.
pub fn consumer_action(consumer: &Consumer) -> String {
    consumer.need.action().as_str().to_owned()
}

/// What has to happen in a release.
pub fn release_action(release: &Release) -> &'static str {
    match (release.exists, release.backport) {
        (true, _) => "none (released already)",
        (false, true) => "backport, publish",
        (false, false) => "bump, publish",
    }
}

/// Everything that stands in the way of a consumer.
pub fn blocked_by(plan: &Plan, consumer: &Consumer) -> Vec<String> {
    let own = consumer.need.edits.iter().map(sentence);
    let waits = consumer.need.waits.iter().map(|w| {
        let release = &plan.changes.releases[w.release];
        format!("waits for {} {}: {}", short(&release.package), release.to, sentence(&w.constraint))
    });
    let third = consumer.need.blockers.iter().map(|b| format!("third party: {}", sentence(&b.constraint)));
    let nowhere = consumer.need.moves.iter().filter(|(_, to)| to.is_none());
    let nowhere = nowhere.map(|(from, _)| format!("{} has no fixed version that is known", short(from)));
    own.chain(waits).chain(third).chain(nowhere).collect()
}

/// Ways out for what third parties block.
pub fn ways_out(consumer: &Consumer) -> Vec<String> {
    if consumer.need.blockers.is_empty() && consumer.need.moves.iter().all(|(_, to)| to.is_some()) {
        return Vec::new();
    }
    let overrule = consumer.overrule.map(|how| format!("override with {how}; a debt until the third party releases"));
    let rest = ["ask the third party for a release", "replace or drop it", "mitigate at the edge"].map(str::to_owned);
    overrule.into_iter().chain(rest).collect()
}

/// What nothing has to be done about, and why.
pub fn skipped(plan: &Plan) -> Vec<String> {
    let untouched = plan.changes.untouched.iter();
    let lets_in = |untouched: &Untouched| {
        let name = &plan.names[untouched.member];
        match untouched.blockers.first() {
            Some(blocker) => format!("{name}: no release of it helps before {} has one", short(&blocker.package)),
            None => format!("{name}: its requirements let the fixed version in"),
        }
    };
    let existing = plan.changes.releases.iter().filter(|r| r.exists);
    let exists = existing.map(|r| format!("{}: {} {} is good already", plan.names[r.member], short(&r.package), r.to));
    untouched.map(lets_in).chain(exists).collect()
}

/// Name of a track with what it means.
pub fn track_title(track: &Track) -> &'static str {
    match track.name {
        "override" => "override now, cascade later",
        _ => "cascade",
    }
}
