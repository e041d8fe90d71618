//! Solves PSPLIB `.sm` files: prints `instance makespan lower_bound proved seconds` for each.
//!
//! `cargo run --release -p faultline-plan --example psplib -- [--seconds S] [--cpu] FILE.sm…`
//!
//! `--cpu` counts processor time instead of the clock on the wall, for measuring on a busy machine.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use faultline_plan::psplib;
use faultline_plan::schedule::{Goal, polish, solve};

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &[String]) -> anyhow::Result<()> {
    let mut seconds = 5.0;
    let mut clock = Clock::Wall;
    let mut files = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--seconds" {
            let value = args.next().context("--seconds needs a number")?;
            seconds = value.parse().ok().filter(|s| (0.0..1e9).contains(s)).context("--seconds needs a number")?;
        } else if arg == "--cpu" {
            clock = Clock::Processor;
        } else {
            files.push(arg);
        }
    }
    if files.is_empty() {
        bail!("usage: psplib [--seconds S] [--cpu] FILE.sm…");
    }
    files.into_iter().try_for_each(|file| one(Path::new(file), clock, Duration::from_secs_f64(seconds)))
}

fn one(file: &Path, clock: Clock, limit: Duration) -> anyhow::Result<()> {
    let elapsed = clock.start();
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let problem = psplib::read(&text).with_context(|| file.display().to_string())?;
    // What is not proved by then gets the rest of the time for a better schedule.
    let mut stop = || elapsed() >= limit.mul_f64(0.85);
    let mut solution = solve(&problem, Goal::Makespan, &mut stop).with_context(|| file.display().to_string())?;
    if !solution.proved() {
        solution = polish(&problem, Goal::Makespan, solution, &mut || elapsed() >= limit)?;
    }
    solution.schedule.check(&problem).with_context(|| file.display().to_string())?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let (upper, lower, proved) = (solution.upper, solution.lower, solution.proved());
    println!("{name} {upper} {lower} {proved} {:.2}", elapsed().as_secs_f64());
    Ok(())
}

#[derive(Clone, Copy)]
enum Clock {
    Wall,
    Processor,
}

impl Clock {
    /// Says how much time has gone since now.
    fn start(self) -> Box<dyn Fn() -> Duration> {
        match self {
            Clock::Wall => {
                let started = Instant::now();
                Box::new(move || started.elapsed())
            }
            Clock::Processor => {
                let started = processor_time();
                Box::new(move || processor_time().saturating_sub(started))
            }
        }
    }
}

fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}
