//! Edges between crates: only those of the table in `ARCHITECTURE.md`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::ensure;

use crate::Fault;
use crate::files::Crate;

/// Crate name → the crates it may use.
type Allowed = BTreeMap<String, BTreeSet<String>>;

pub(crate) fn check(architecture: &str, crates: &[Crate]) -> anyhow::Result<Vec<Fault>> {
    let allowed = parse_table(architecture);
    ensure!(!allowed.is_empty(), "ARCHITECTURE.md: the table of crates was not found");
    Ok(crates.iter().flat_map(|member| check_crate(&allowed, member)).collect())
}

fn check_crate(allowed: &Allowed, member: &Crate) -> Vec<Fault> {
    let place = format!("crates/{}/Cargo.toml", member.name);
    let Some(may) = allowed.get(&member.name) else {
        return vec![format!("{place}: `{}` is not in the table of ARCHITECTURE.md; add it", member.name)];
    };
    let mut faults = Vec::new();
    // Tests may use what they like: they are no part of what others build on.
    for table in ["dependencies", "build-dependencies"] {
        for used in internal(member, table) {
            if !may.contains(&used) {
                faults.push(format!("{place}: uses `{used}`, which the table of ARCHITECTURE.md does not allow"));
            }
        }
    }
    faults
}

fn internal(member: &Crate, table: &str) -> Vec<String> {
    let Some(table) = member.manifest.get(table).and_then(|t| t.as_table()) else { return Vec::new() };
    table.keys().filter_map(|name| name.strip_prefix("faultline-")).map(str::to_owned).collect()
}

/// Rows `| `crate` | purpose | may use |`; a row may name several crates; "everything" and "all above" mean
/// every crate of the rows before.
fn parse_table(text: &str) -> Allowed {
    let mut allowed = Allowed::new();
    for line in text.lines().filter(|l| l.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [names, _, may] = cells.as_slice() else { continue };
        let known: BTreeSet<String> = allowed.keys().cloned().collect();
        let may = match *may {
            "everything" | "all above" => known,
            words => words.split_whitespace().filter(|w| *w != "–").map(str::to_owned).collect(),
        };
        for name in names.split('`').skip(1).step_by(2) {
            allowed.insert(name.to_owned(), may.clone());
        }
    }
    allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "
| crate (`crates/…`) | one purpose | may use |
|---|---|---|
| `low` | words | – |
| `mid` | more | low |
| `top`, `side` | edges | everything |
";

    fn member(name: &str, manifest: &str) -> Crate {
        Crate { name: name.to_owned(), manifest: manifest.parse().unwrap(), sources: Vec::new() }
    }

    #[test]
    fn allowed_edges_pass() {
        let top = member("top", "[dependencies]\nfaultline-mid = '1'\nfaultline-low = '1'\nserde = '1'");
        let mid = member("mid", "[dependencies]\nfaultline-low = '1'\n[dev-dependencies]\nfaultline-testkit = '1'");
        assert_eq!(check(TABLE, &[top, mid]).unwrap(), Vec::<Fault>::new());
    }

    #[test]
    fn other_edges_and_unknown_crates_are_faults() {
        let low = member("low", "[dependencies]\nfaultline-mid = '1'");
        let new = member("new", "");
        let faults = check(TABLE, &[low, new]).unwrap();
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].contains("uses `mid`") && faults[1].contains("`new` is not in the table"));
    }

    #[test]
    fn a_missing_table_is_an_error() {
        assert!(check("# nothing", &[]).is_err());
    }
}
