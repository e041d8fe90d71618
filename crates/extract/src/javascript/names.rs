//! Names of functions and classes as the call graph prints them.
//!
//! Every function, class and namespace is a node below the one that contains it. Names are put together
//! at the end, in source order, so that `#2` goes to what stands second in the text.

use std::borrow::Cow;

use faultline_facts::{Builder, ClassId, FunctionId, Sym};
use rustc_hash::FxHashMap;

/// Longest prefix that is still repeated in nested names.
const MAX_PREFIX: usize = 300;

/// What is to be named.
#[derive(Clone, Copy)]
pub(super) enum Named {
    Function(FunctionId),
    Class(ClassId),
    Namespace,
}

/// A name below that of a parent node.
struct Node<'b> {
    parent: u32,
    start: u32,
    relative: Cow<'b, str>,
    target: Named,
}

/// A name that a value gets from where it is put.
#[derive(Clone, Default)]
pub(super) struct Hint<'b> {
    /// Owner path, empty for none: `o.a` in `o.a.m = function () {}`.
    pub owner: String,
    /// Last part.
    pub name: Cow<'b, str>,
}

impl<'b> Hint<'b> {
    /// A plain name.
    pub(super) fn plain(name: impl Into<Cow<'b, str>>) -> Hint<'b> {
        Hint { owner: String::new(), name: name.into() }
    }

    /// The whole path.
    pub(super) fn path(&self) -> String {
        join(&self.owner, &self.name)
    }
}

/// `a` and `b` joined by a dot, or the one that is not empty.
pub(super) fn join(owner: &str, name: &str) -> String {
    match (owner.is_empty(), name.is_empty()) {
        (true, _) => name.to_owned(),
        (_, true) => owner.to_owned(),
        _ => [owner, ".", name].concat(),
    }
}

/// All names of a file. Node 0 is the module.
pub(super) struct Names<'b> {
    nodes: Vec<Node<'b>>,
}

impl<'b> Names<'b> {
    /// With the module body alone.
    pub(super) fn new() -> Names<'b> {
        Names { nodes: vec![Node { parent: 0, start: 0, relative: Cow::Borrowed(""), target: Named::Namespace }] }
    }

    /// Adds a node below `parent`.
    pub(super) fn add(&mut self, parent: u32, start: u32, relative: Cow<'b, str>, target: Named) -> u32 {
        self.nodes.push(Node { parent, start, relative, target });
        self.nodes.len() as u32 - 1
    }

    /// Writes all qualified names.
    pub(super) fn assign(self, builder: &mut Builder) {
        let mut order: Vec<u32> = (1..self.nodes.len() as u32).collect();
        order.sort_by_key(|node| (self.nodes[*node as usize].start, *node));
        let mut full: Vec<String> = vec![String::new(); self.nodes.len()];
        let mut seen: FxHashMap<Sym, u32> = FxHashMap::default();
        for index in order {
            let node = &self.nodes[index as usize];
            let prefix = full[node.parent as usize].as_str();
            let mut name = join(if prefix.len() > MAX_PREFIX { "" } else { prefix }, &node.relative);
            if !matches!(node.target, Named::Namespace) {
                let sym = number(builder, &mut name, &mut seen);
                write(builder, node.target, sym);
            }
            full[index as usize] = name;
        }
    }
}

/// The name's symbol, with its number added when the name was there before.
fn number(builder: &mut Builder, name: &mut String, seen: &mut FxHashMap<Sym, u32>) -> Sym {
    let sym = builder.sym(name);
    let count = seen.entry(sym).or_insert(0);
    *count += 1;
    if *count == 1 {
        return sym;
    }
    name.push('#');
    name.push_str(&count.to_string());
    builder.sym(name)
}

fn write(builder: &mut Builder, target: Named, sym: Sym) {
    match target {
        Named::Function(id) => builder.function_mut(id).qualified = sym,
        Named::Class(id) => builder.class_mut(id).qualified = sym,
        Named::Namespace => {}
    }
}
