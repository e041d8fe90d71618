//! The fix commits that records name.

use std::collections::BTreeSet;

use crate::Record;
use crate::record::{Event, RangeKind};

/// A commit that fixes a vulnerability.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fix {
    /// Address of the repository, without `.git`.
    pub repository: String,
    /// The commit, at least seven digits.
    pub commit: String,
}

/// The fix commits of records, once each: addresses of commits among the references, `fixed` of `GIT` ranges.
pub fn fixes(records: &[Record]) -> Vec<Fix> {
    let mut found = BTreeSet::new();
    for record in records {
        found.extend(record.references.iter().filter_map(|reference| of_address(&reference.url)));
        let ranges = record.affected.iter().flat_map(|affected| &affected.ranges);
        for range in ranges.filter(|range| range.kind == RangeKind::Git) {
            let Some(repository) = range.repository.as_deref() else { continue };
            let fixed = range.events.iter().filter_map(|event| match event {
                Event::Fixed(commit) if is_commit(commit) => Some(commit.to_lowercase()),
                _ => None,
            });
            found.extend(fixed.map(|commit| Fix { repository: plain(repository), commit }));
        }
    }
    // The same commit may be named in full and in short.
    let all: Vec<Fix> = found.into_iter().collect();
    let longer = |fix: &Fix| all.iter().any(|f| f.commit.len() > fix.commit.len() && f.commit.starts_with(&fix.commit));
    all.iter().filter(|fix| !longer(fix)).cloned().collect()
}

/// `https://HOST/OWNER/NAME/commit/ID`, also `/commits/ID`, `/pull/N/commits/ID` and `/-/commit/ID`.
fn of_address(url: &str) -> Option<Fix> {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    let scheme = ["https://", "http://"].into_iter().find(|scheme| url.starts_with(scheme))?;
    let parts: Vec<&str> = url[scheme.len()..].split('/').filter(|part| !part.is_empty()).collect();
    let at = parts.iter().position(|part| matches!(*part, "commit" | "commits"))?;
    let commit = parts.get(at + 1)?.trim_end_matches(".patch").trim_end_matches(".diff");
    let before = parts.get(..at)?;
    let end = before.iter().position(|part| matches!(*part, "-" | "pull")).unwrap_or(before.len());
    let named = before.get(..end).filter(|named| named.len() >= 3)?;
    let repository = plain(&format!("{scheme}{}", named.join("/")));
    is_commit(commit).then(|| Fix { repository, commit: commit.to_lowercase() })
}

fn plain(address: &str) -> String {
    let address = address.trim_end_matches('/');
    address.strip_suffix(".git").unwrap_or(address).to_owned()
}

fn is_commit(text: &str) -> bool {
    (7..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
