//! Which installed packages lie on a dependency path, and which copies of them are the same.

use faultline_package::{EdgeFrom, NodeId, ProjectGraph, Scope};
use rustc_hash::FxHashMap;

/// Index of a class of installed copies that cannot be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClassId(pub u32);

/// True when a graph lists packages without saying which needs which, as a plain list of requirements does.
pub(crate) fn is_flat(graph: &ProjectGraph) -> bool {
    graph.packages.len() > 1 && graph.edges.iter().all(|edge| edge.from == EdgeFrom::Root)
}

/// True for every package from which a target can be reached, and for the targets. In a flat list any package
/// may lead to a target.
pub(crate) fn on_path(graph: &ProjectGraph, targets: &[NodeId]) -> Vec<bool> {
    if is_flat(graph) && !targets.is_empty() {
        return vec![true; graph.packages.len()];
    }
    let mut incoming: Vec<Vec<NodeId>> = vec![Vec::new(); graph.packages.len()];
    for edge in &graph.edges {
        if let EdgeFrom::Node(from) = edge.from {
            incoming[edge.to.0 as usize].push(from);
        }
    }
    let mut on = vec![false; graph.packages.len()];
    let mut stack = targets.to_vec();
    while let Some(node) = stack.pop() {
        if !std::mem::replace(&mut on[node.0 as usize], true) {
            stack.extend(&incoming[node.0 as usize]);
        }
    }
    on
}

/// Most packages that are loaded only because a package on the path uses them.
const MAX_HELPERS: usize = 300;

/// True for packages that packages on the path use, nearest first, up to a limit, without those on the path.
///
/// A package on the path often goes through a helper of its own (a mixin, a callback runner) on the way to its
/// next call, so a path can lead through packages that no dependency path to the target names.
pub(crate) fn helpers(graph: &ProjectGraph, on_path: &[bool]) -> Vec<bool> {
    let outgoing = graph.outgoing();
    let mut queue: std::collections::VecDeque<usize> = (0..on_path.len()).filter(|p| on_path[*p]).collect();
    let mut helps = vec![false; on_path.len()];
    let mut count = 0;
    while let Some(package) = queue.pop_front() {
        for edge in outgoing[package].iter().map(|e| &graph.edges[*e]).filter(|e| e.scope <= Scope::Peer) {
            let index = edge.to.0 as usize;
            if !on_path[index] && !helps[index] && count < MAX_HELPERS {
                helps[index] = true;
                count += 1;
                queue.push_back(index);
            }
        }
    }
    helps
}

/// Groups copies of one package version whose dependencies resolve alike: the coarsest such grouping.
///
/// Returns per package its class; classes are numbered in the order of packages.
pub(crate) fn classes(graph: &ProjectGraph) -> Vec<ClassId> {
    let outgoing = graph.outgoing();
    let purls: Vec<String> = graph.packages.iter().map(|p| p.purl.to_string()).collect();
    let mut class = number(graph.packages.iter().enumerate().map(|(i, p)| (purls[i].as_str(), p.origin, &p.integrity)));
    loop {
        let refined = number((0..class.len()).map(|index| {
            let mut targets: Vec<(String, u32)> = outgoing[index]
                .iter()
                .map(|e| &graph.edges[*e])
                .map(|edge| (import_name(graph, edge), class[edge.to.0 as usize]))
                .collect();
            targets.sort();
            targets.dedup();
            (class[index], targets)
        }));
        if refined == class {
            return class.into_iter().map(ClassId).collect();
        }
        class = refined;
    }
}

/// The name by which the start of an edge imports its end.
pub(crate) fn import_name(graph: &ProjectGraph, edge: &faultline_package::Edge) -> String {
    let node = graph.package(edge.to);
    let name = edge.name.as_ref().or(node.alias.as_ref());
    name.cloned().unwrap_or_else(|| node.purl.full_name())
}

/// Numbers keys in the order of their first appearance.
fn number<K: std::hash::Hash + Eq>(keys: impl Iterator<Item = K>) -> Vec<u32> {
    let mut seen: FxHashMap<K, u32> = FxHashMap::default();
    keys.map(|key| {
        let next = u32::try_from(seen.len()).unwrap_or(u32::MAX);
        *seen.entry(key).or_insert(next)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use faultline_package::{Edge, Origin, PackageNode, Purl, Relationship};

    use super::*;

    fn graph(packages: &[(&str, &str)], edges: &[(Option<&str>, &str)]) -> ProjectGraph {
        let mut graph = ProjectGraph::default();
        for (id, purl) in packages {
            graph.add(PackageNode {
                id: (*id).to_owned(),
                purl: Purl::parse(purl).unwrap(),
                origin: Origin::Registry,
                alias: None,
                integrity: Vec::new(),
                relationship: Relationship::Transitive,
                scope: Scope::Runtime,
                marker: None,
                locations: Vec::new(),
                resolved: None,
                path: None,
            });
        }
        let find = |id: &str| {
            let index = packages.iter().position(|(p, _)| *p == id).unwrap();
            NodeId(u32::try_from(index).unwrap())
        };
        for (from, to) in edges {
            let from = from.map_or(EdgeFrom::Root, |id| EdgeFrom::Node(find(id)));
            let edge = Edge { from, to: find(to), requirement: String::new(), scope: Scope::Runtime, name: None };
            graph.edges.push(edge);
        }
        graph
    }

    #[test]
    fn only_what_leads_to_the_target_is_on_the_path() {
        let graph = graph(
            &[("a", "pkg:npm/a@1"), ("b", "pkg:npm/b@1"), ("c", "pkg:npm/c@1"), ("d", "pkg:npm/d@1")],
            &[(None, "a"), (Some("a"), "b"), (Some("b"), "a"), (Some("a"), "c"), (Some("c"), "d")],
        );
        assert_eq!(on_path(&graph, &[NodeId(2)]), [true, true, true, false]);
    }

    #[test]
    fn helpers_are_what_packages_on_the_path_use() {
        let graph = graph(
            &[
                ("a", "pkg:npm/a@1"),
                ("b", "pkg:npm/b@1"),
                ("c", "pkg:npm/c@1"),
                ("d", "pkg:npm/d@1"),
                ("e", "pkg:npm/e@1"),
            ],
            &[(None, "a"), (Some("a"), "b"), (Some("a"), "c"), (Some("c"), "d"), (None, "e")],
        );
        let on = on_path(&graph, &[NodeId(1)]);
        assert_eq!(helpers(&graph, &on), [false, false, true, true, false]);
    }

    #[test]
    fn in_a_flat_list_everything_may_lead_to_the_target() {
        let graph = graph(&[("a", "pkg:pypi/a@1"), ("b", "pkg:pypi/b@1")], &[(None, "a"), (None, "b")]);
        assert_eq!(on_path(&graph, &[NodeId(1)]), [true, true]);
        assert_eq!(on_path(&graph, &[]), [false, false]);
    }

    #[test]
    fn copies_with_the_same_dependencies_are_one_class() {
        let graph = graph(
            &[
                ("q1", "pkg:npm/q@1"),
                ("q2", "pkg:npm/q@1"),
                ("p1", "pkg:npm/p@1"),
                ("p2", "pkg:npm/p@1"),
                ("x", "pkg:npm/x@2"),
            ],
            &[(Some("p1"), "q1"), (Some("p2"), "q2"), (None, "p1"), (None, "p2"), (None, "x")],
        );
        let class = classes(&graph);
        assert_eq!((class[0], class[2]), (class[1], class[3]));
        assert_ne!(class[0], class[4]);
    }

    #[test]
    fn copies_with_other_dependencies_stay_apart() {
        let graph = graph(
            &[("p1", "pkg:npm/p@1"), ("p2", "pkg:npm/p@1"), ("x1", "pkg:npm/x@1"), ("x2", "pkg:npm/x@2")],
            &[(Some("p1"), "x1"), (Some("p2"), "x2")],
        );
        let class = classes(&graph);
        assert_ne!(class[0], class[1]);
    }
}
