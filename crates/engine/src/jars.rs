//! Jars that lie in a checkout: their classes are code beside the checkout's own.

use std::sync::Arc;

use faultline_extract::extract;
use faultline_inventory::Tree;
use faultline_package::Ecosystem;
use faultline_reach::{SourceFile, Unit};
use faultline_source::{PackageFiles, unpack_jar};
use rayon::prelude::*;

use crate::Engine;
use crate::checkout::Checkout;
use crate::paths::source_language;

impl Engine {
    /// One unit per jar of a checkout, and the paths of those that cannot be read. With code of its own beside them the
    /// jars are only linked, else they are what the question is about.
    pub(crate) fn jars_of(&self, checkout: &Checkout, first_tree: u32) -> (Vec<Unit>, Vec<String>) {
        let is_jar = |path: &str| [".jar", ".war", ".ear"].iter().any(|end| path.ends_with(end));
        let rows: Vec<_> = checkout.files.iter().filter(|row| is_jar(&row.path)).collect();
        let limits = &self.settings().limits;
        let Some(snapshot) = (!rows.is_empty()).then(|| checkout.snapshot(limits)).flatten() else {
            return (Vec::new(), Vec::new());
        };
        let linked = checkout.files.iter().any(|row| row.language.is_some_and(faultline_facts::Language::is_jvm));
        let (mut units, mut unread) = (Vec::new(), Vec::new());
        for (tree, row) in (first_tree..).zip(rows) {
            let bytes = snapshot.get(&row.path).and_then(|entry| snapshot.read(entry).ok());
            match bytes.and_then(|bytes| unpack_jar(&row.path, &bytes, limits, &keeps).ok()) {
                Some(files) => units.push(self.jar_unit(&row.path, &files, tree, linked)),
                None => unread.push(row.path.clone()),
            }
        }
        (units, unread)
    }

    fn jar_unit(&self, jar: &str, files: &PackageFiles, tree: u32, linked: bool) -> Unit {
        let mut unit = Unit::new(jar, Ecosystem::Maven, tree);
        unit.linked = linked;
        let source = |(path, bytes): &(String, Arc<[u8]>)| {
            let language = source_language(path, bytes.len() as u64)?;
            Some(SourceFile { path: format!("{jar}!/{path}"), facts: Arc::new(extract(language, bytes)), test: false })
        };
        unit.files = self.parsers.install(|| files.files.par_iter().filter_map(source).collect());
        let paths: Vec<String> = files.files.iter().map(|(path, _)| path.clone()).collect();
        let read = |path: &str| files.get(path).cloned().ok_or_else(|| "is not there".to_owned());
        unit.resources = faultline_inventory::read(&Tree { paths: &paths, read: &read }).resources;
        unit
    }
}

fn keeps(path: &str) -> bool {
    source_language(path, 0).is_some_and(faultline_facts::Language::is_jvm) || path.contains("META-INF/")
}
