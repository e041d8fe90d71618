//! From changes to steps with times: settings, state, tracks and waves.

mod build;
mod make;
mod model;
mod settings;
mod state;

pub use make::make;
pub use model::{Measure, Plan, Progress, Step, StepKind, Subject, Track, Wave};
pub use settings::{
    Freeze, Objective, ProjectSettings, RESOURCES, SETTINGS_FILE, Settings, SettingsError, Stage, Times,
};
pub use state::{Fact, State};
