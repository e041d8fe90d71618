//! Releases that wait for each other: strongly connected parts of the graph of waits.

use super::need::Release;

/// Groups of two and more, each sorted; found by two passes of depth-first search without recursion.
pub(super) fn of(releases: &[Release]) -> Vec<Vec<usize>> {
    let forward: Vec<Vec<usize>> = releases.iter().map(|r| r.need.waits.iter().map(|w| w.release).collect()).collect();
    let mut backward = vec![Vec::new(); releases.len()];
    for (from, tos) in forward.iter().enumerate() {
        for to in tos {
            backward[*to].push(from);
        }
    }
    let mut seen = vec![false; releases.len()];
    let mut finished = Vec::new();
    for start in 0..releases.len() {
        collect(&forward, start, &mut seen, &mut finished);
    }
    let mut seen = vec![false; releases.len()];
    let mut groups = Vec::new();
    for &start in finished.iter().rev() {
        let mut group = Vec::new();
        collect(&backward, start, &mut seen, &mut group);
        group.sort_unstable();
        if group.len() > 1 {
            groups.push(group);
        }
    }
    groups.sort();
    groups
}

/// Adds what is reached from `start`, each after all that it leads to.
fn collect(edges: &[Vec<usize>], start: usize, seen: &mut [bool], out: &mut Vec<usize>) {
    if std::mem::replace(&mut seen[start], true) {
        return;
    }
    let mut stack = vec![(start, 0)];
    while let Some((node, next)) = stack.pop() {
        let Some(&to) = edges[node].get(next) else {
            out.push(node);
            continue;
        };
        stack.push((node, next + 1));
        if !std::mem::replace(&mut seen[to], true) {
            stack.push((to, 0));
        }
    }
}
