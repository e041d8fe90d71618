//! Which packages of a lockfile a member really uses: features and targets, as far as manifests are known.

use std::collections::{HashMap, HashSet};

use super::condition::never;
use super::lockfile::Lock;
use super::manifest::{Dependency, Manifest};
use super::matching::find;
use faultline_package::Scope;

/// Manifests of packages of a lockfile, by index.
pub(super) type Known<'a> = HashMap<usize, &'a Manifest>;

/// A dependency of a package, told apart by its place in the manifest.
type Edge = (usize, usize);

/// What is activated for one member.
pub(super) struct Active {
    /// Packages.
    pub packages: HashSet<usize>,
    /// Dependencies of packages with a known manifest: package and index of the dependency.
    pub edges: HashSet<Edge>,
}

/// Activates a member with its default features, and what follows from that.
///
/// A package without a known manifest activates everything that the lockfile says it depends on.
pub(super) fn activate(lock: &Lock, known: &Known, root: usize) -> Active {
    let mut work = Work {
        lock,
        known,
        root,
        active: Active { packages: HashSet::new(), edges: HashSet::new() },
        features: HashSet::new(),
        weak: HashMap::new(),
        stack: Vec::new(),
    };
    work.package(root);
    work.feature(root, "default");
    work.run();
    work.active
}

/// What is still to be looked at.
enum Task {
    Package(usize),
    Feature(usize, String),
}

struct Work<'a> {
    lock: &'a Lock,
    known: &'a Known<'a>,
    root: usize,
    active: Active,
    features: HashSet<(usize, String)>,
    /// Features that a dependency gets as soon as something else activates it: `x?/f`.
    weak: HashMap<Edge, Vec<String>>,
    stack: Vec<Task>,
}

impl<'a> Work<'a> {
    fn package(&mut self, index: usize) {
        if self.active.packages.insert(index) {
            self.stack.push(Task::Package(index));
        }
    }

    fn feature(&mut self, index: usize, name: &str) {
        if self.known.contains_key(&index) && self.features.insert((index, name.to_owned())) {
            self.stack.push(Task::Feature(index, name.to_owned()));
        }
    }

    fn run(&mut self) {
        while let Some(task) = self.stack.pop() {
            match task {
                Task::Package(index) => self.dependencies(index),
                Task::Feature(index, name) => self.turn_on(index, &name),
            }
        }
    }

    /// What a package always depends on.
    fn dependencies(&mut self, index: usize) {
        let Some(manifest) = self.known.get(&index).copied() else {
            for to in self.lock.packages[index].dependencies.clone() {
                self.package(to);
                self.everything(to);
            }
            return;
        };
        for (at, dependency) in manifest.dependencies.iter().enumerate() {
            let is_dev = dependency.scope() == Scope::Dev && index != self.root;
            if !dependency.optional && !is_dev {
                self.dependency(index, at, dependency);
            }
        }
    }

    /// Nobody knows what an unknown manifest asks for, so everything.
    fn everything(&mut self, index: usize) {
        let Some(manifest) = self.known.get(&index).copied() else { return };
        let names =
            manifest.features.keys().chain(manifest.dependencies.iter().filter(|d| d.optional).map(|d| &d.name));
        for name in names {
            self.feature(index, name);
        }
    }

    fn dependency(&mut self, index: usize, at: usize, dependency: &Dependency) {
        if dependency.target.as_deref().is_some_and(never) || !self.active.edges.insert((index, at)) {
            return;
        }
        let Some(to) = find(self.lock, index, dependency) else { return };
        self.package(to);
        if !dependency.without_defaults {
            self.feature(to, "default");
        }
        let weak = self.weak.remove(&(index, at)).unwrap_or_default();
        for feature in dependency.features.iter().chain(&weak) {
            self.feature(to, feature);
        }
    }

    /// Dependencies of a package by their name in its manifest.
    fn named(&self, index: usize, name: &str) -> Vec<(usize, &'a Dependency)> {
        let manifest = self.known.get(&index).copied();
        let all = manifest.into_iter().flat_map(|m| m.dependencies.iter().enumerate());
        all.filter(|(_, d)| d.name == name && (d.scope() != Scope::Dev || index == self.root)).collect()
    }

    fn turn_on(&mut self, index: usize, name: &str) {
        let Some(manifest) = self.known.get(&index).copied() else { return };
        match manifest.features.get(name) {
            Some(values) => values.iter().for_each(|value| self.value(index, value)),
            // An optional dependency is a feature of its own name.
            None => self.optional(index, name),
        }
    }

    fn optional(&mut self, index: usize, name: &str) {
        for (at, dependency) in self.named(index, name) {
            if dependency.optional {
                self.dependency(index, at, dependency);
            }
        }
    }

    /// One entry of a feature: `dep:x`, `x/f`, `x?/f`, or another feature.
    fn value(&mut self, index: usize, value: &str) {
        if let Some(name) = value.strip_prefix("dep:") {
            return self.optional(index, name);
        }
        let Some((name, feature)) = value.split_once('/') else { return self.feature(index, value) };
        let weak = name.strip_suffix('?');
        for (at, dependency) in self.named(index, weak.unwrap_or(name)) {
            if weak.is_some() && !self.active.edges.contains(&(index, at)) {
                self.weak.entry((index, at)).or_default().push(feature.to_owned());
                continue;
            }
            self.dependency(index, at, dependency);
            if let Some(to) = find(self.lock, index, dependency) {
                self.feature(to, feature);
            }
        }
        if weak.is_none() {
            self.feature(index, name);
        }
    }
}
