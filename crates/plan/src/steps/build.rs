//! From changes to activities.

use crate::remedy::{Action, Changes, Consumer, Member, Release, short};
use crate::schedule::{Activity, Demand, Problem, Reservation, Resource, Time};

use super::model::{Progress, Step, StepKind, Subject};
use super::settings::{ProjectSettings, Settings};
use super::state::State;

const CI: usize = 0;
const REVIEWERS: usize = 1;
const ROLLOUTS: usize = 2;

/// Which way is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Consumers wait for releases.
    Cascade,
    /// Consumers overrule what is in their way, and take the releases later.
    Override,
}

/// Activities and the steps they stand for, by the same index.
pub(super) struct Built {
    pub problem: Problem,
    pub steps: Vec<Step>,
    pub stuck: Vec<usize>,
    pub overrides: usize,
    /// Per consumer the step after which its exposure is gone.
    pub done: Vec<(usize, usize)>,
}

pub(super) struct Builder<'a> {
    members: &'a [Member<'a>],
    changes: &'a Changes,
    settings: &'a Settings,
    state: &'a State,
    built: Built,
    /// Per release the steps after which it can be taken.
    published: Vec<Vec<usize>>,
}

/// Activities of one way.
pub(super) fn build(members: &[Member], changes: &Changes, settings: &Settings, state: &State, way: Way) -> Built {
    let resources = [settings.ci, settings.reviewers, settings.rollouts];
    let resources = resources.map(|capacity| Resource { capacity, reserved: Vec::new() }).to_vec();
    let mut problem = Problem { resources, ..Problem::default() };
    for freeze in &settings.freezes {
        let resource = &mut problem.resources[freeze.resource];
        let amount = resource.capacity;
        resource.reserved.push(Reservation { from: freeze.from, to: freeze.to, amount });
    }
    let built = Built { problem, steps: Vec::new(), stuck: Vec::new(), overrides: 0, done: Vec::new() };
    let published = vec![Vec::new(); changes.releases.len()];
    let mut builder = Builder { members, changes, settings, state, built, published };
    builder.releases();
    for index in 0..changes.consumers.len() {
        builder.consumer(index, way);
    }
    builder.built
}

/// A step before it has a time.
struct Draft {
    subject: Subject,
    member: usize,
    kind: StepKind,
    title: String,
    duration: Time,
    resource: Option<usize>,
    waits: Vec<(usize, Time)>,
}

impl Builder<'_> {
    /// Edits start at once; a build waits for what it takes in. Trains are built apart and published together.
    fn releases(&mut self) {
        let mut builds = vec![usize::MAX; self.changes.releases.len()];
        for (index, release) in self.changes.releases.iter().enumerate().filter(|(_, r)| !r.exists) {
            let title = format!("{}, set version {}", edits(release), release.to);
            let edit = self.step(self.draft(index, StepKind::Edit, title, Vec::new()));
            let title = format!("build and test {} {}", short(&release.package), release.to);
            builds[index] = self.step(self.draft(index, StepKind::Build, title, vec![(edit, 0)]));
        }
        for (index, release) in self.changes.releases.iter().enumerate().filter(|(_, r)| !r.exists) {
            let train: &[usize] = self.train(index).unwrap_or(std::slice::from_ref(&index));
            let waits = train.iter().map(|r| builds[*r]).filter(|b| *b != usize::MAX).map(|b| (b, 0)).collect();
            let title = format!("publish {} {}", short(&release.package), release.to);
            let publish = self.step(self.draft(index, StepKind::Publish, title, waits));
            self.published[index] = vec![publish];
        }
        for (index, release) in self.changes.releases.iter().enumerate() {
            for wait in &release.need.waits {
                let together = self.train(index).is_some_and(|t| t.contains(&wait.release));
                for publish in self.published[wait.release].clone() {
                    if !together && builds[index] != usize::MAX {
                        self.link(publish, builds[index], self.settings.times.mirror_lag);
                    }
                }
            }
        }
    }

    fn train(&self, release: usize) -> Option<&[usize]> {
        self.changes.trains.iter().find(|t| t.contains(&release)).map(Vec::as_slice)
    }

    fn draft(&self, release: usize, kind: StepKind, title: String, waits: Vec<(usize, Time)>) -> Draft {
        let member = self.changes.releases[release].member;
        let (duration, resource) = self.cost(member, &kind);
        Draft { subject: Subject::Release(release), member, kind, title, duration, resource, waits }
    }

    fn cost(&self, member: usize, kind: &StepKind) -> (Time, Option<usize>) {
        let own = self.own(member);
        match kind {
            StepKind::Edit => (own.and_then(|o| o.edit).unwrap_or(self.settings.times.edit), Some(REVIEWERS)),
            StepKind::Build => (own.and_then(|o| o.build).unwrap_or(self.settings.times.build), Some(CI)),
            StepKind::Publish => (self.settings.times.publish, None),
            StepKind::Deploy(_) => (0, Some(ROLLOUTS)),
        }
    }

    fn own(&self, member: usize) -> Option<&ProjectSettings> {
        self.settings.project(&self.members[member].name())
    }

    fn consumer(&mut self, index: usize, way: Way) {
        let consumer = &self.changes.consumers[index];
        let blocked = consumer.need.action() == Action::Blocked;
        let waits = consumer.need.action() == Action::Cascade;
        let overrules = (blocked || (waits && way == Way::Override)) && movable(consumer);
        match (overrules, consumer.overrule) {
            (true, Some(how)) => {
                self.built.overrides += 1;
                self.work(index, Subject::Consumer(index), format!("override with {how}"), &[]);
                if waits {
                    let releases: Vec<usize> = consumer.need.waits.iter().map(|w| w.release).collect();
                    let title = format!("{}; take the override out", takes(self.changes, consumer));
                    self.work(index, Subject::Cleanup(index), title, &releases);
                }
            }
            _ if blocked => self.built.stuck.push(index),
            _ => {
                let releases: Vec<usize> = consumer.need.waits.iter().map(|w| w.release).collect();
                self.work(index, Subject::Consumer(index), takes(self.changes, consumer), &releases);
            }
        }
    }

    /// Edit, build and, for a service, the stages of its deployment.
    fn work(&mut self, index: usize, subject: Subject, title: String, releases: &[usize]) {
        let member = self.changes.consumers[index].member;
        let edit = self.of(subject, member, StepKind::Edit, title, Vec::new());
        let lag = self.settings.times.mirror_lag;
        let mut waits = vec![(edit, 0)];
        waits.extend(releases.iter().flat_map(|r| &self.published[*r]).map(|publish| (*publish, lag)));
        let name = self.members[member].name();
        let mut last = self.of(subject, member, StepKind::Build, format!("build and test {name}"), waits);
        let mut bake = 0;
        if self.is_service(member) {
            for stage in &self.settings.times.deploy {
                let kind = StepKind::Deploy(stage.name.clone());
                let title = format!("deploy {name}: {}", stage.name);
                let mut draft = Draft {
                    subject,
                    member,
                    kind,
                    title,
                    duration: 0,
                    resource: Some(ROLLOUTS),
                    waits: vec![(last, bake)],
                };
                draft.duration = stage.takes;
                last = self.step(draft);
                bake = stage.bake;
            }
        }
        if !matches!(subject, Subject::Cleanup(_)) {
            self.built.problem.activities[last].weight = self.weight(member);
            self.built.done.push((index, last));
        }
    }

    fn of(
        &mut self,
        subject: Subject,
        member: usize,
        kind: StepKind,
        title: String,
        waits: Vec<(usize, Time)>,
    ) -> usize {
        let (duration, resource) = self.cost(member, &kind);
        self.step(Draft { subject, member, kind, title, duration, resource, waits })
    }

    fn is_service(&self, member: usize) -> bool {
        self.own(member).and_then(|o| o.service).unwrap_or(self.members[member].service)
    }

    fn weight(&self, member: usize) -> u64 {
        let default = if self.is_service(member) { self.members[member].weight } else { 0 };
        self.own(member).and_then(|o| o.weight).unwrap_or(default)
    }

    fn step(&mut self, draft: Draft) -> usize {
        let project = self.members[draft.member].name();
        let suffix = match draft.subject {
            Subject::Release(r) if self.changes.releases[r].backport => format!("@{}", self.changes.releases[r].line),
            Subject::Cleanup(_) => "+cleanup".to_owned(),
            _ => String::new(),
        };
        let id = format!("{project}{suffix}:{}", draft.kind.word());
        let mut activity = Activity {
            duration: draft.duration,
            demands: draft.resource.map(|resource| Demand { resource, amount: 1 }).into_iter().collect(),
            earliest: self.state.now,
            ..Activity::default()
        };
        let fact = self.state.steps.get(&id);
        let mut progress = Progress::Planned;
        let mut late = false;
        if let Some(fact) = fact {
            let length = fact.finished.unwrap_or(self.state.now) - fact.started;
            late = length > activity.duration;
            activity.fixed = Some(fact.started);
            activity.duration = if fact.finished.is_some() { length } else { length.max(activity.duration) };
            progress = if fact.finished.is_some() { Progress::Finished } else { Progress::Started };
        }
        let index = self.built.problem.add(activity);
        let owner = self.own(draft.member).and_then(|o| o.owner.clone());
        self.built.steps.push(Step {
            id,
            subject: draft.subject,
            project,
            kind: draft.kind,
            title: draft.title,
            owner,
            start: 0,
            end: 0,
            progress,
            waits_for: Vec::new(),
            critical: false,
            wave: 0,
            late,
        });
        for (from, lag) in draft.waits {
            self.link(from, index, lag);
        }
        index
    }

    fn link(&mut self, from: usize, to: usize, lag: Time) {
        self.built.problem.after(from, to, lag);
        self.built.steps[to].waits_for.push((from, lag));
    }
}

/// True when there is a good version to move to.
fn movable(consumer: &Consumer) -> bool {
    consumer.need.moves.iter().all(|(_, to)| to.is_some())
}

fn edits(release: &Release) -> String {
    let edit = |c: &crate::remedy::Constraint| format!("let {} {} in", short(&c.of), c.keeps_out);
    let texts: Vec<String> = release.need.edits.iter().map(edit).collect();
    texts.join(", ")
}

/// What a consumer takes in, in words.
fn takes(changes: &Changes, consumer: &Consumer) -> String {
    let release = |w: &crate::remedy::Wait| {
        let release = &changes.releases[w.release];
        format!("{} {}", short(&release.package), release.to)
    };
    let mut parts: Vec<String> = consumer.need.waits.iter().map(release).collect();
    parts.sort();
    parts.dedup();
    if parts.is_empty() {
        let moves =
            consumer.need.moves.iter().filter_map(|(from, to)| Some(format!("{} to {}", short(from), to.as_ref()?)));
        parts = moves.collect();
    }
    let verb = if consumer.need.edits.is_empty() { "resolve the lockfile again" } else { "change the requirement" };
    let joint = if consumer.need.waits.len() > 1 { "; needs them together" } else { "" };
    format!("{verb}: {}{joint}", parts.join(" and "))
}
