//! From the name of a vulnerable symbol to functions.

use crate::{Analysis, FunctionRef, UnitId};

impl Analysis {
    /// The functions that `symbol` names in a unit: `lib/parse.js:parse`, `parse`, `qs.parse`, `yaml.load`,
    /// `Class.method`, a class, or a module.
    ///
    /// An exact name wins, then an exported access path, then the end of a name. Names of packages are
    /// resolved only when the unit was reached or inspected.
    pub fn find_symbols(&self, unit: UnitId, symbol: &str) -> Vec<FunctionRef> {
        let symbol = symbol.trim().trim_end_matches("()");
        let inside: Vec<FunctionRef> = self.functions_of(unit).collect();
        if let Some(package) = symbol.strip_suffix(".*") {
            return self.matching(&inside, |name| in_go_package(name, package) && !is_starter(name));
        }
        let exact: Vec<FunctionRef> = self.matching(&inside, |name| name == symbol || plain(name) == symbol);
        if !exact.is_empty() {
            return exact;
        }
        for candidate in self.spellings(unit, symbol) {
            if let Some(found) = self.exports.get(&(unit, candidate)) {
                return self.named_alike(found, symbol);
            }
        }
        let found = self.by_suffix(&inside, symbol);
        if found.is_empty() { self.in_file(unit, symbol) } else { found }
    }

    /// Names of a unit's code: those of its functions, and those under which it exports them.
    pub fn symbol_names(&self, unit: UnitId) -> impl Iterator<Item = &str> {
        let exports = self.exports.keys().filter(move |(of, _)| *of == unit).map(|(_, name)| name.as_str());
        self.functions_of(unit).map(|function| self.function(function).name.as_str()).chain(exports)
    }

    /// Of several functions that one exported name may hold, those whose own name is that name, when there are some.
    fn named_alike(&self, found: &[FunctionRef], symbol: &str) -> Vec<FunctionRef> {
        let last = symbol.rsplit(['.', ':']).next().unwrap_or(symbol);
        let own = |name: &str| plain(name).rsplit(['.', ':']).next() == Some(last);
        let alike = self.matching(found, own);
        if alike.is_empty() { found.to_vec() } else { alike }
    }

    /// `FILE:NAME` where NAME is how the package exports a function of that file.
    fn in_file(&self, unit: UnitId, symbol: &str) -> Vec<FunctionRef> {
        let Some((file, name)) = symbol.rsplit_once(':') else { return Vec::new() };
        let inside = format!("{file}:");
        let exported = self.exports.get(&(unit, name.to_owned())).map(Vec::as_slice).unwrap_or_default();
        self.matching(exported, |function| function.starts_with(&inside) || function.contains(&format!("/{inside}")))
    }

    fn functions_of(&self, unit: UnitId) -> impl Iterator<Item = FunctionRef> {
        let functions = self.functions.iter().enumerate();
        functions.filter(move |(_, f)| f.file.unit == unit).map(|(id, _)| FunctionRef(id as u32))
    }

    fn matching(&self, inside: &[FunctionRef], test: impl Fn(&str) -> bool) -> Vec<FunctionRef> {
        inside.iter().copied().filter(|function| test(&self.function(*function).name)).collect()
    }

    /// The symbol as written, and without the package's name in front.
    fn spellings(&self, unit: UnitId, symbol: &str) -> Vec<String> {
        let mut spellings = vec![symbol.to_owned()];
        let package = self.packages.get(unit.0 as usize).cloned().flatten().unwrap_or_default();
        let name = package.rsplit('/').next().unwrap_or_default().split('@').next().unwrap_or_default().to_owned();
        let plain = name.replace(['-', '.'], "_");
        for prefix in [name, plain] {
            if let Some(rest) = symbol.strip_prefix(&format!("{prefix}.")) {
                spellings.push(rest.to_owned());
            }
            if symbol == prefix {
                spellings.push(String::new());
            }
        }
        spellings
    }

    /// Files of a unit that belong to the Go package with an import path.
    pub fn files_of_package(&self, unit: UnitId, path: &str) -> Vec<crate::FileRef> {
        let mut files: Vec<crate::FileRef> = self
            .functions_of(unit)
            .map(|function| self.function(function))
            .filter(|function| in_go_package(&function.name, path))
            .map(|function| function.file)
            .collect();
        files.dedup();
        files
    }

    /// True when a unit has a file of the Go package with an import path.
    pub fn has_package(&self, unit: UnitId, path: &str) -> bool {
        self.functions_of(unit).any(|function| in_go_package(&self.function(function).name, path))
    }

    fn by_suffix(&self, inside: &[FunctionRef], symbol: &str) -> Vec<FunctionRef> {
        let ends = |name: &str, symbol: &str| {
            let name = if symbol.contains('(') { name } else { plain(name) };
            name.strip_suffix(symbol).is_some_and(|before| before.ends_with(['.', ':', '/', ' ']))
        };
        let mut rest = symbol;
        loop {
            let found = self.matching(inside, |name| ends(name, rest));
            if !found.is_empty() {
                return found;
            }
            let members = self.matching(inside, |name| {
                let name = plain(name);
                [":", "."]
                    .iter()
                    .any(|mark| name.starts_with(&format!("{rest}.")) || name.contains(&format!("{mark}{rest}.")))
            });
            if !members.is_empty() {
                return members;
            }
            match rest.split_once('.') {
                // A dotted symbol may start with names that functions do not carry.
                Some((_, shorter)) if shorter.contains('.') => rest = shorter,
                _ => return Vec::new(),
            }
        }
    }
}

/// `a/b.f` and `a/b.T.m` are in the package `a/b`.
fn in_go_package(name: &str, package: &str) -> bool {
    name.strip_prefix(package).and_then(|rest| rest.strip_prefix('.')).is_some_and(|rest| !rest.contains('/'))
}

/// What runs when a package is loaded.
fn is_starter(name: &str) -> bool {
    name.rsplit('.').next().is_some_and(|last| last == "init" || last.starts_with("init#"))
}

/// A name without the parameter types that Java's have; names that hold places in brackets stay.
fn plain(name: &str) -> &str {
    if name.ends_with(')') { name.split('(').next().unwrap_or(name) } else { name }
}
