//! `cargo xtask eval`: measures the call graph on public suites that the user has fetched.
//!
//! Nothing of a suite is kept here, and no case of one is known to the product.

mod command;
mod coverage;
mod dynamic;
mod javascript;
mod python;

use std::path::Path;

use anyhow::bail;

const USAGE: &str = "usage: cargo xtask eval python-micro SNIPPETS_DIR | javascript-micro TESTS_DIR
                        | python-dynamic PROJECTS_DIR | javascript-dynamic PROJECTS_DIR [--list]
  python-micro      cases as DIR/CATEGORY/CASE/{main.py,callgraph.json}: complete and sound cases are counted
  javascript-micro  cases as DIR/NAME.json (recorded edges by position) beside their sources
  *-dynamic         projects as DIR/NAME with a DIR/projects.tsv of NAME<tab>TEST COMMAND: their tests are run under
                    coverage, and the functions that ran are looked up in the reachable set";

/// Runs the evaluation that `args` name and prints its table.
pub fn run(args: &[String]) -> anyhow::Result<()> {
    let list = args.iter().any(|a| a == "--list");
    match (args.first().map(String::as_str), args.get(1)) {
        (Some("python-micro"), Some(dir)) => python::run(Path::new(dir), list),
        (Some("javascript-micro"), Some(dir)) => javascript::run(Path::new(dir), list),
        (Some("javascript-dynamic"), Some(dir)) => dynamic::run(dynamic::Runtime::Node, Path::new(dir), list),
        (Some("python-dynamic"), Some(dir)) => dynamic::run(dynamic::Runtime::Python, Path::new(dir), list),
        _ => bail!(USAGE),
    }
}
