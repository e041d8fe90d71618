//! The recommended way as a Gantt chart in SVG.

use std::fmt::Write as _;

use faultline_plan::schedule::Time;
use faultline_plan::steps::{Plan, Progress, Step, StepKind};

use super::diagram::entities;
use super::words;

const ROW: usize = 22;
const LEFT: i64 = 320;
const WIDTH: i64 = 900;
const TOP: usize = 40;

/// One bar a step, time to the right, the critical path outlined.
pub fn to_svg(plan: &Plan) -> String {
    let steps: &[Step] = plan.tracks.first().map_or(&[], |t| &t.steps);
    let end = steps.iter().map(|s| s.end).max().unwrap_or(0).max(1);
    let (width, height) = (LEFT + WIDTH + 20, TOP + steps.len() * ROW + 20);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for tick in 0..=8 {
        let at = end * tick / 8;
        let x = place(at, end);
        let _ = writeln!(out, "<line x1=\"{x}\" y1=\"{TOP}\" x2=\"{x}\" y2=\"{height}\" stroke=\"#ddd\"/>");
        let _ = writeln!(out, "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{}</text>", TOP - 12, words::time(at));
    }
    for (row, step) in steps.iter().enumerate() {
        bar(&mut out, TOP + row * ROW, step, end);
    }
    out.push_str("</svg>\n");
    out
}

fn place(at: Time, end: Time) -> i64 {
    LEFT + at * WIDTH / end
}

fn bar(out: &mut String, y: usize, step: &Step, end: Time) {
    let (from, to) = (place(step.start, end), place(step.end, end));
    let stroke = if step.critical { " stroke=\"#c00\" stroke-width=\"2\"" } else { "" };
    let opacity = if step.progress == Progress::Finished { " opacity=\"0.4\"" } else { "" };
    let label: String = step.id.chars().take(48).collect();
    let _ = writeln!(out, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", LEFT - 8, y + 15, entities(&label));
    let _ = writeln!(
        out,
        "<rect x=\"{from}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"2\" fill=\"{}\"{stroke}{opacity}><title>{}</title></rect>",
        y + 3,
        (to - from).max(2),
        ROW - 6,
        colour(&step.kind),
        entities(&format!("{} ({} to {})", step.title, words::time(step.start), words::time(step.end)))
    );
}

fn colour(kind: &StepKind) -> &'static str {
    match kind {
        StepKind::Edit => "#6c8ebf",
        StepKind::Build => "#d6b656",
        StepKind::Publish => "#9673a6",
        StepKind::Deploy(_) => "#82b366",
    }
}
