//! Python's rules: module names from import roots, relative imports, one environment per project.

use faultline_facts::{Language, Resource};
use faultline_package::Ecosystem;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Linker, ModuleInfo, Target, folder_of};
use crate::{Dependency, Program, Unit, UnitId, solve::Mod};

/// Module names of every unit.
#[derive(Default)]
pub(crate) struct Index<'a> {
    names: FxHashMap<(u32, String), Mod>,
    packages: FxHashSet<(u32, &'a str)>,
    environments: Vec<Vec<UnitId>>,
    trees: FxHashMap<u32, Vec<UnitId>>,
}

impl<'a> Index<'a> {
    pub(super) fn build(modules: &[ModuleInfo<'a>], program: &'a Program) -> Index<'a> {
        let mut index = Index::default();
        for module in modules.iter().filter(|m| m.facts().language == Language::Python) {
            if matches!(module.file.path.rsplit('/').next(), Some("__init__.py")) {
                index.packages.insert((program.unit(module.at.unit).tree, folder_of(&module.file.path)));
            }
        }
        index.add_names(modules, program);
        for (id, unit) in program.units.iter().enumerate() {
            index.environments.push(environment(program, UnitId(id as u32)));
            index.trees.entry(unit.tree).or_default().push(UnitId(id as u32));
        }
        index
    }

    fn add_names(&mut self, modules: &[ModuleInfo<'a>], program: &'a Program) {
        // Sources win over stubs, and better names over worse ones, whatever the order of files.
        for rank in 0..4 {
            for (id, module) in modules.iter().enumerate() {
                let stub = module.file.path.strip_suffix("pyi").is_some_and(|stem| stem.ends_with('.'));
                if module.facts().language != Language::Python || stub != (rank == 3) {
                    continue;
                }
                let unit = program.unit(module.at.unit);
                let names =
                    module_names(unit, &module.file.path, &|folder| self.packages.contains(&(unit.tree, folder)));
                let wanted = if stub { &names[..] } else { names.get(rank..=rank).unwrap_or_default() };
                for name in wanted {
                    self.names.entry((module.at.unit.0, name.clone())).or_insert(Mod(id as u32));
                }
            }
        }
    }

    fn find(&self, unit: UnitId, name: &str) -> Option<Mod> {
        self.names.get(&(unit.0, name.to_owned())).copied()
    }
}

/// The names by which a file can be imported, best first.
pub(crate) fn module_names(unit: &Unit, path: &str, is_package: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut roots: Vec<String> = Vec::new();
    for (at, resource) in &unit.resources {
        if let Resource::Python(manifest) = resource {
            roots.extend(manifest.package_roots.iter().filter_map(|root| super::join(folder_of(at), root)));
        }
    }
    let mut top = folder_of(path);
    while !top.is_empty() && is_package(top) {
        top = folder_of(top);
    }
    let src = if unit.root.is_empty() { "src".to_owned() } else { format!("{}/src", unit.root) };
    roots.extend([src, unit.root.clone(), top.to_owned(), String::new()]);
    let mut names: Vec<String> = Vec::new();
    for root in roots {
        if let Some(name) = name_below(&root, path)
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names.truncate(3);
    names
}

fn name_below(root: &str, path: &str) -> Option<String> {
    let rest = if root.is_empty() { path } else { path.strip_prefix(root)?.strip_prefix('/')? };
    let stem = rest.rsplit_once('.').map_or(rest, |(stem, _)| stem);
    let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
    Some(stem.replace('/', "."))
}

/// The unit and everything that it depends on, nearest first.
fn environment(program: &Program, start: UnitId) -> Vec<UnitId> {
    let mut order = vec![start];
    let mut seen = FxHashSet::from_iter([start]);
    let mut next = 0;
    while next < order.len() {
        for (_, dependency) in &program.unit(order[next]).dependencies {
            if let Dependency::Unit(id) = dependency
                && seen.insert(*id)
            {
                order.push(*id);
            }
        }
        next += 1;
    }
    order
}

impl Linker<'_> {
    pub(super) fn resolve_python(&self, from: Mod, specifier: &str, level: u32) -> Vec<Target> {
        if level > 0 {
            return self.relative_python(from, specifier, level).into_iter().collect();
        }
        if let Some(found) = self.python_module(from, specifier) {
            return vec![Target::Module(found)];
        }
        self.outside_python(from, specifier).into_iter().collect()
    }

    /// The file of an absolute module name as seen from a file.
    pub(crate) fn python_module(&self, from: Mod, name: &str) -> Option<Mod> {
        if name.is_empty() {
            return None;
        }
        let unit = self.info(from).at.unit;
        let own = self.python.find(unit, name).or_else(|| self.sibling(from, name));
        own.or_else(|| {
            let tree = self.python.trees.get(&self.tree(from)).into_iter().flatten();
            let environment = self.python.environments[unit.0 as usize].iter();
            tree.chain(environment).find_map(|unit| self.python.find(*unit, name))
        })
        .or_else(|| self.anywhere(name))
    }

    /// Every package of the program, for an environment whose edges are not known.
    fn anywhere(&self, name: &str) -> Option<Mod> {
        let packages = self.program.units.iter().enumerate();
        let mut packages = packages.filter(|(_, unit)| unit.package.is_some() && unit.ecosystem == Ecosystem::PyPi);
        packages.find_map(|(id, _)| self.python.find(UnitId(id as u32), name))
    }

    /// A file beside a script: its folder is on the path when the script runs.
    fn sibling(&self, from: Mod, name: &str) -> Option<Mod> {
        let folder = folder_of(self.path_of(from));
        if self.python.packages.contains(&(self.tree(from), folder)) {
            return None;
        }
        self.below(from, folder, &name.replace('.', "/"))
    }

    fn below(&self, from: Mod, folder: &str, path: &str) -> Option<Mod> {
        let base = if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") };
        let base = base.trim_end_matches('/');
        let tails = [".py", "/__init__.py", ".pyi", "/__init__.pyi"];
        tails.iter().find_map(|tail| self.file_at(from, format!("{base}{tail}").trim_start_matches('/')))
    }

    fn relative_python(&self, from: Mod, specifier: &str, level: u32) -> Option<Target> {
        let mut folder = folder_of(self.path_of(from));
        for _ in 1..level {
            folder = folder_of(folder);
        }
        self.below(from, folder, &specifier.replace('.', "/")).map(Target::Module)
    }

    /// A submodule `name` of the package whose `__init__` is `package`.
    pub(crate) fn submodule(&self, package: Mod, name: &str) -> Option<Mod> {
        let path = self.path_of(package);
        let folder = path.strip_suffix("/__init__.py").or_else(|| path.strip_suffix("/__init__.pyi"))?;
        self.below(package, folder, name)
    }

    /// The modules directly in a package whose names begin with a prefix.
    pub(crate) fn modules_below(&self, package: Mod, begins: &str) -> Vec<Mod> {
        let folder = folder_of(self.path_of(package));
        let all = (0..self.modules.len() as u32).map(Mod).filter(|module| self.tree(*module) == self.tree(package));
        let below = all.filter(|module| {
            let inside = self.path_of(*module).strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
            let inside = inside.map(|rest| rest.strip_suffix("/__init__.py").unwrap_or(rest));
            inside.is_some_and(|name| name.starts_with(begins) && !name.contains('/') && *module != package)
        });
        below.filter(|module| self.info(*module).facts().language == Language::Python).collect()
    }

    /// A module in the folder that a relative import without name means, when it has no `__init__`.
    pub(crate) fn relative_sibling(&self, from: Mod, level: u32, path: &str) -> Option<Mod> {
        let mut folder = folder_of(self.path_of(from));
        for _ in 1..level {
            folder = folder_of(folder);
        }
        self.below(from, folder, &path.replace('.', "/"))
    }

    fn outside_python(&self, from: Mod, specifier: &str) -> Option<Target> {
        let top = specifier.split('.').next()?;
        let unit = self.info(from).at.unit;
        for id in &self.python.environments[unit.0 as usize] {
            for (name, dependency) in &self.program.unit(*id).dependencies {
                if let Dependency::External(purl) = dependency
                    && normal(name) == normal(top)
                {
                    return Some(Target::External(format!("{purl}{}", &specifier[top.len()..])));
                }
            }
        }
        let root = if is_standard_library(top) { "py:" } else { "pkg:pypi/" };
        Some(Target::External(format!("{root}{specifier}")))
    }
}

fn normal(name: &str) -> String {
    name.to_lowercase().replace(['-', '.'], "_")
}

/// True for top-level modules of Python's own library.
pub(crate) fn is_standard_library(name: &str) -> bool {
    const MODULES: &str = " __future__ __main__ _thread abc argparse array ast asyncio atexit base64 bdb binascii bisect \
        builtins bz2 calendar cgi cgitb cmath cmd code codecs codeop collections colorsys compileall concurrent \
        configparser contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal \
        difflib dis distutils doctest email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch \
        fractions ftplib functools gc getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http imaplib \
        imp importlib inspect io ipaddress itertools json keyword linecache locale logging lzma mailbox marshal math \
        mimetypes mmap modulefinder multiprocessing netrc nntplib ntpath numbers operator optparse os pathlib pdb pickle \
        pickletools pkgutil platform plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr \
        pydoc queue quopri random re readline reprlib resource rlcompleter runpy sched secrets select selectors shelve \
        shlex shutil signal site smtplib socket socketserver sqlite3 ssl stat statistics string stringprep struct \
        subprocess symtable sys sysconfig syslog tarfile tempfile termios textwrap threading time timeit tkinter token \
        tokenize tomllib trace traceback tracemalloc tty turtle types typing unicodedata unittest urllib uuid venv \
        warnings wave weakref webbrowser winreg wsgiref xml xmlrpc zipapp zipfile zipimport zlib zoneinfo ";
    MODULES.contains(&format!(" {name} "))
}
