//! Progress bars on stderr, only on a terminal.

use std::sync::Mutex;
use std::time::Duration;

use faultline_engine::Progress;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// How often a bar without news is redrawn.
const TICK: Duration = Duration::from_millis(120);

/// Bars, the innermost step last.
#[derive(Debug, Default)]
pub struct Bars {
    all: MultiProgress,
    open: Mutex<Vec<ProgressBar>>,
}

impl Bars {
    fn with_open<T>(&self, work: impl FnOnce(&mut Vec<ProgressBar>) -> T) -> T {
        work(&mut self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Progress for Bars {
    fn begin(&self, what: &str, total: Option<u64>) {
        let bar = match total {
            Some(total) => ProgressBar::new(total).with_style(style("{msg:<34} {bar:30} {pos}/{len}")),
            None => ProgressBar::new_spinner().with_style(style("{spinner} {msg}")),
        };
        let bar = self.all.add(bar);
        bar.set_message(crate::output::shown(what).into_owned());
        bar.enable_steady_tick(TICK);
        self.with_open(|open| open.push(bar));
    }

    fn advance(&self, items: u64) {
        self.with_open(|open| open.last().inspect(|bar| bar.inc(items)).is_some());
    }

    fn end(&self) {
        if let Some(bar) = self.with_open(Vec::pop) {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
