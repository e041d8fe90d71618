//! `faultline-plan.toml`: how long steps take, what is scarce, what counts.

use serde::Deserialize;
use toml::Spanned;

use crate::schedule::{Goal, Time};

/// The usual name of the file.
pub const SETTINGS_FILE: &str = "faultline-plan.toml";

/// What a plan is made with. Times are minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Times of projects that have no own.
    pub times: Times,
    /// Builds that run at once.
    pub ci: u32,
    /// Changes that are in work and review at once.
    pub reviewers: u32,
    /// Deployments that run at once.
    pub rollouts: u32,
    /// When a resource is not to be had.
    pub freezes: Vec<Freeze>,
    /// Projects with settings of their own.
    pub projects: Vec<ProjectSettings>,
    /// What counts, the first most.
    pub order: Vec<Objective>,
}

/// How long the steps of a project take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// Change and review.
    pub edit: Time,
    /// Build and test.
    pub build: Time,
    /// Publish.
    pub publish: Time,
    /// From published to installable everywhere.
    pub mirror_lag: Time,
    /// Stages of a deployment, in order.
    pub deploy: Vec<Stage>,
}

/// One stage of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// How long the rollout takes.
    pub takes: Time,
    /// How long it is watched before the next stage.
    pub bake: Time,
}

/// A resource and when it is not to be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freeze {
    /// `ci`, `reviewers` or `rollouts`, as the index of the resource.
    pub resource: usize,
    /// Minutes after the start of the plan.
    pub from: Time,
    /// The same, exclusive.
    pub to: Time,
}

/// Settings of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectSettings {
    /// `repository` or `repository/path`.
    pub name: String,
    /// Line of the entry.
    pub line: usize,
    /// What each hour of its exposure costs.
    pub weight: Option<u64>,
    /// Whether something is deployed from it.
    pub service: Option<bool>,
    /// Who does its steps.
    pub owner: Option<String>,
    /// Change and review.
    pub edit: Option<Time>,
    /// Build and test.
    pub build: Option<Time>,
}

/// What a plan minimises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Objective {
    /// Sum over the services of weight × time until the last stage ends.
    Exposure,
    /// Time until the last step ends.
    Makespan,
    /// Number of releases and overrides.
    Changes,
    /// Differences from the last plan.
    Stability,
}

impl Objective {
    /// The word in the file and in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Objective::Exposure => "exposure",
            Objective::Makespan => "makespan",
            Objective::Changes => "changes",
            Objective::Stability => "stability",
        }
    }

    /// What the schedule can do about it.
    pub fn goal(self) -> Option<Goal> {
        match self {
            Objective::Exposure => Some(Goal::WeightedCompletion),
            Objective::Makespan => Some(Goal::Makespan),
            Objective::Changes | Objective::Stability => None,
        }
    }
}

/// Resources by index: names in the file.
pub const RESOURCES: [&str; 3] = ["ci", "reviewers", "rollouts"];

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            times: Times::default(),
            ci: 4,
            reviewers: 4,
            rollouts: 2,
            freezes: Vec::new(),
            projects: Vec::new(),
            order: vec![Objective::Exposure, Objective::Makespan, Objective::Changes, Objective::Stability],
        }
    }
}

impl Default for Times {
    fn default() -> Times {
        let stage = |name: &str, takes, bake| Stage { name: name.to_owned(), takes, bake };
        Times {
            edit: 60,
            build: 20,
            publish: 5,
            mirror_lag: 10,
            deploy: vec![stage("canary", 15, 60), stage("everywhere", 30, 0)],
        }
    }
}

/// What is wrong with the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}: {why}")]
pub struct SettingsError {
    /// 1-based line.
    pub line: usize,
    /// What is wrong, with a remedy.
    pub why: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    times: RawTimes,
    capacity: RawCapacity,
    freeze: Vec<Spanned<RawFreeze>>,
    project: Vec<Spanned<RawProject>>,
    order: Option<Spanned<Vec<String>>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawTimes {
    edit: Option<Spanned<Raw>>,
    build: Option<Spanned<Raw>>,
    publish: Option<Spanned<Raw>>,
    mirror_lag: Option<Spanned<Raw>>,
    deploy: Option<Vec<RawStage>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStage {
    name: String,
    takes: Spanned<Raw>,
    bake: Option<Spanned<Raw>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawCapacity {
    ci: Option<Spanned<i64>>,
    reviewers: Option<Spanned<i64>>,
    rollouts: Option<Spanned<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFreeze {
    resource: Spanned<String>,
    from: Spanned<Raw>,
    to: Spanned<Raw>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProject {
    name: Spanned<String>,
    weight: Option<Spanned<i64>>,
    service: Option<bool>,
    owner: Option<String>,
    edit: Option<Spanned<Raw>>,
    build: Option<Spanned<Raw>>,
}

/// A time: minutes, or text such as `1h30m`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Raw {
    Minutes(i64),
    Text(String),
}

impl Settings {
    /// Reads the file; what it does not say keeps its default.
    pub fn parse(text: &str) -> Result<Settings, SettingsError> {
        let reader = Reader { text };
        let file: File = toml::from_str(text).map_err(|error| reader.syntax(&error))?;
        let mut settings = Settings::default();
        reader.times(&file.times, &mut settings.times)?;
        reader.count(file.capacity.ci.as_ref(), &mut settings.ci)?;
        reader.count(file.capacity.reviewers.as_ref(), &mut settings.reviewers)?;
        reader.count(file.capacity.rollouts.as_ref(), &mut settings.rollouts)?;
        settings.freezes = file.freeze.iter().map(|f| reader.freeze(f.get_ref())).collect::<Result<_, _>>()?;
        for project in &file.project {
            reader.project(project.get_ref(), &mut settings.projects)?;
        }
        if let Some(order) = &file.order {
            settings.order = reader.order(order)?;
        }
        Ok(settings)
    }

    /// Refuses entries about projects that do not exist.
    pub fn check_projects(&self, exists: impl Fn(&str) -> bool) -> Result<(), SettingsError> {
        match self.projects.iter().find(|p| !exists(&p.name)) {
            Some(project) => Err(SettingsError {
                line: project.line,
                why: format!("no project is named `{}`; `faultline repos` lists the repositories", project.name),
            }),
            None => Ok(()),
        }
    }

    /// The entry of a project.
    pub fn project(&self, name: &str) -> Option<&ProjectSettings> {
        self.projects.iter().find(|p| p.name == name)
    }
}

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn line(&self, at: usize) -> usize {
        self.text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count() + 1
    }

    fn error<T>(&self, at: &Spanned<T>, why: String) -> SettingsError {
        SettingsError { line: self.line(at.span().start), why }
    }

    fn syntax(&self, error: &toml::de::Error) -> SettingsError {
        let line = error.span().map_or(1, |span| self.line(span.start));
        SettingsError { line, why: error.message().to_owned() }
    }

    fn time(&self, raw: &Spanned<Raw>) -> Result<Time, SettingsError> {
        let minutes = match raw.get_ref() {
            Raw::Minutes(minutes) => Some(*minutes),
            Raw::Text(text) => minutes(text),
        };
        let minutes = minutes.ok_or_else(|| self.error(raw, "not a time; write `90m`, `1h30m` or `2d`".to_owned()))?;
        // A year: longer times are typing errors.
        if (0..=525_600).contains(&minutes) {
            return Ok(minutes);
        }
        Err(self.error(raw, format!("a time of {minutes} minutes; it is between 0 and a year")))
    }

    fn times(&self, raw: &RawTimes, times: &mut Times) -> Result<(), SettingsError> {
        let fields = [
            (&raw.edit, &mut times.edit),
            (&raw.build, &mut times.build),
            (&raw.publish, &mut times.publish),
            (&raw.mirror_lag, &mut times.mirror_lag),
        ];
        for (raw, time) in fields {
            if let Some(raw) = raw {
                *time = self.time(raw)?;
            }
        }
        if let Some(stages) = &raw.deploy {
            times.deploy = stages.iter().map(|s| self.stage(s)).collect::<Result<_, _>>()?;
        }
        Ok(())
    }

    fn stage(&self, raw: &RawStage) -> Result<Stage, SettingsError> {
        let bake = raw.bake.as_ref().map_or(Ok(0), |b| self.time(b))?;
        Ok(Stage { name: raw.name.clone(), takes: self.time(&raw.takes)?, bake })
    }

    fn count(&self, raw: Option<&Spanned<i64>>, count: &mut u32) -> Result<(), SettingsError> {
        let Some(raw) = raw else { return Ok(()) };
        match u32::try_from(*raw.get_ref()) {
            Ok(n @ 1..=1_000_000) => *count = n,
            _ => {
                return Err(self
                    .error(raw, format!("a capacity of {}; with less than 1 nothing could ever run", raw.get_ref())));
            }
        }
        Ok(())
    }

    fn freeze(&self, raw: &RawFreeze) -> Result<Freeze, SettingsError> {
        let name = raw.resource.get_ref();
        let resource = RESOURCES.iter().position(|r| r == name);
        let resource = resource.ok_or_else(|| {
            self.error(&raw.resource, format!("no resource `{name}`; it is one of {}", RESOURCES.join(", ")))
        })?;
        let (from, to) = (self.time(&raw.from)?, self.time(&raw.to)?);
        if from >= to {
            return Err(self.error(&raw.to, "the freeze ends before it starts".to_owned()));
        }
        Ok(Freeze { resource, from, to })
    }

    fn project(&self, raw: &RawProject, known: &mut Vec<ProjectSettings>) -> Result<(), SettingsError> {
        let name = raw.name.get_ref().clone();
        if let Some(other) = known.iter().find(|p| p.name == name) {
            return Err(self.error(&raw.name, format!("`{name}` has an entry in line {} already", other.line)));
        }
        let weight = match &raw.weight {
            Some(weight) => Some(
                u64::try_from(*weight.get_ref())
                    .ok()
                    .filter(|w| *w <= 1_000_000)
                    .ok_or_else(|| self.error(weight, "a weight is between 0 and 1000000".to_owned()))?,
            ),
            None => None,
        };
        let time = |raw: &Option<Spanned<Raw>>| raw.as_ref().map(|r| self.time(r)).transpose();
        let (edit, build) = (time(&raw.edit)?, time(&raw.build)?);
        let (service, owner) = (raw.service, raw.owner.clone());
        known.push(ProjectSettings {
            line: self.line(raw.name.span().start),
            name,
            weight,
            service,
            owner,
            edit,
            build,
        });
        Ok(())
    }

    fn order(&self, raw: &Spanned<Vec<String>>) -> Result<Vec<Objective>, SettingsError> {
        let all = [Objective::Exposure, Objective::Makespan, Objective::Changes, Objective::Stability];
        let mut order = Vec::new();
        for word in raw.get_ref() {
            let objective = all.into_iter().find(|o| o.as_str() == word);
            let Some(objective) = objective.filter(|o| !order.contains(o)) else {
                let known = "the order names exposure, makespan, changes, stability";
                return Err(self.error(raw, format!("`{word}` is unknown or twice there; {known}")));
            };
            order.push(objective);
        }
        Ok(order)
    }
}

/// `2d`, `1h30m`, `45m`, a bare number of minutes.
fn minutes(text: &str) -> Option<i64> {
    if let Ok(minutes) = text.trim().parse::<i64>() {
        return Some(minutes);
    }
    let mut total: i64 = 0;
    let mut number = String::new();
    for c in text.trim().chars() {
        match c {
            '0'..='9' => number.push(c),
            'd' | 'h' | 'm' => {
                let unit = match c {
                    'd' => 1440,
                    'h' => 60,
                    _ => 1,
                };
                total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
                number.clear();
            }
            _ => return None,
        }
    }
    (number.is_empty() && !text.trim().is_empty()).then_some(total)
}
