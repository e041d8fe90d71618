//! Modules: running them, importing from them, globals.

use faultline_facts::{ImportId, ImportMode, Imported, Language, ModuleKind, Span};

use super::{Inst, Mod, Node, Shape, Solver, Tok, Token, Watch};
use crate::{EdgeKind, link::Target, names::Name};

/// Marks a statement number that stands for an import.
const IMPORT_SITE: u32 = 1 << 31;

impl Solver<'_> {
    /// Runs a module's body, imported from `from`.
    pub(crate) fn enter_module(&mut self, module: Mod, from: Option<(Inst, u32, Span)>) {
        if self.is_go(module) {
            return self.enter_go_package(module, from);
        }
        if self.is_python(module) {
            self.enter_packages(module, from);
        }
        let inst = self.module_instance(module);
        if let Some((importer, site, span)) = from
            && importer != inst
        {
            self.record(importer, site, inst, EdgeKind::Import, span);
        }
        self.enter(inst);
    }

    /// Python runs every package above, and binds each module in the one above it.
    fn enter_packages(&mut self, module: Mod, from: Option<(Inst, u32, Span)>) {
        let mut at = module;
        for _ in 0..32 {
            let path = self.linker.path_of(at);
            let stem = path.strip_suffix("/__init__.py").or_else(|| path.rsplit_once('.').map(|(stem, _)| stem));
            let Some((folder, name)) = stem.and_then(|stem| stem.rsplit_once('/')) else { return };
            let Some(parent) = self.linker.file_at(at, &format!("{folder}/__init__.py")) else { return };
            if parent == at {
                return;
            }
            let name = self.names.intern(name);
            let package = self.tokens.intern(Token::Module(parent));
            let attribute = self.write_field(package, name);
            self.add(attribute, Token::Module(at));
            let inst = self.module_instance(parent);
            if let Some((importer, site, span)) = from
                && importer != inst
            {
                self.record(importer, site, inst, EdgeKind::Import, span);
            }
            self.enter(inst);
            at = parent;
        }
    }

    /// What a module body has before its first statement.
    pub(crate) fn start_module(&mut self, module: Mod, inst: Inst) {
        let facts = self.facts(module);
        if facts.language == Language::Go {
            return;
        }
        if let Some(this) = facts.functions[0].this {
            let this = self.node_of(inst, this);
            self.add(this, Token::Exports(module));
        }
        if self.is_python(module) {
            self.call_module_getattr(module, inst);
        }
        let forwarded = facts.reexports.iter().map(|(_, import)| *import).chain(facts.stars.iter().copied());
        for import in forwarded {
            self.run_import(inst, module, import);
        }
    }

    /// Runs what an import loads, without binding anything.
    fn run_import(&mut self, inst: Inst, module: Mod, id: ImportId) -> Vec<Target> {
        let facts = self.facts(module);
        let Some(import) = facts.imports.get(id.0 as usize) else { return Vec::new() };
        let targets = self.linker.resolve(module, facts.text(import.specifier), import.level);
        if import.mode != ImportMode::TypeOnly {
            for target in &targets {
                if let Target::Module(target) = target {
                    self.enter_module(*target, Some((inst, IMPORT_SITE | id.0, import.span)));
                }
            }
        }
        targets
    }

    pub(crate) fn import_op(&mut self, inst: Inst, module: Mod, id: ImportId, dst: Node) {
        let facts = self.facts(module);
        let Some(import) = facts.imports.get(id.0 as usize) else { return };
        let targets = self.run_import(inst, module, id);
        let dst = if import.mode == ImportMode::Dynamic && !self.is_python(module) {
            let promise = Token::Object { inst, stmt: IMPORT_SITE | id.0, part: 0, shape: Shape::Promise };
            let promise = self.tokens.intern(promise);
            self.store.add(dst, promise);
            self.write_field(promise, Name::VALUE)
        } else {
            dst
        };
        self.bind_import(inst, module, id, &targets, dst);
    }

    /// Binds what an import gives to a node.
    fn bind_import(&mut self, inst: Inst, module: Mod, id: ImportId, targets: &[Target], dst: Node) {
        let facts = self.facts(module);
        let import = &facts.imports[id.0 as usize];
        let python = self.is_python(module);
        let name = if let Imported::Name(sym) = import.what { Some(self.name(module, sym)) } else { None };
        if let (true, Some(name)) = (python, name) {
            let site = (import.mode != ImportMode::TypeOnly).then_some((inst, IMPORT_SITE | id.0, import.span));
            self.import_submodule(module, id, name, targets, site, dst);
        }
        // The files of a Go package are one namespace: the first stands for all.
        let count = if self.is_go(module) { 1 } else { targets.len() };
        for target in targets.iter().take(count) {
            match target {
                Target::Module(target) => self.bind_module(*target, import.what, name, dst),
                Target::External(path) => self.bind_external(path, import.what, name, dst),
            }
        }
    }

    fn import_submodule(
        &mut self,
        module: Mod,
        id: ImportId,
        name: Name,
        targets: &[Target],
        site: Option<(Inst, u32, Span)>,
        dst: Node,
    ) {
        let import = &self.facts(module).imports[id.0 as usize];
        let text = self.names.text(name).to_owned();
        let specifier = self.facts(module).text(import.specifier);
        let found = match targets.first() {
            Some(Target::Module(package)) => {
                let known = self.statics(*package).attributes.contains_key(&name);
                if known && *package != module { None } else { self.linker.submodule(*package, &text) }
            }
            _ if import.level > 0 => {
                let path = if specifier.is_empty() { text.clone() } else { format!("{specifier}.{text}") };
                self.linker.relative_sibling(module, import.level, &path)
            }
            _ => self.linker.python_module(module, &format!("{specifier}.{text}")),
        };
        if let Some(found) = found {
            if site.is_some() {
                self.enter_module(found, site);
            }
            self.add(dst, Token::Module(found));
        }
    }

    /// The values of `module.exports`.
    pub(crate) fn exports_node(&mut self, module: Mod) -> Node {
        let object = self.tokens.intern(Token::CommonJs(module));
        self.lookup(object, Name::EXPORTS)
    }

    fn is_namespace(&self, module: Mod) -> bool {
        matches!(self.facts(module).kind, ModuleKind::Esm | ModuleKind::Python | ModuleKind::Go)
    }

    /// Binds a module, one of its names, or its default.
    pub(crate) fn bind_module(&mut self, module: Mod, what: Imported, name: Option<Name>, dst: Node) {
        self.module_instance(module);
        if self.is_namespace(module) {
            let namespace = self.tokens.intern(Token::Module(module));
            match what {
                Imported::Module => {
                    self.store.add(dst, namespace);
                }
                Imported::Name(_) | Imported::Default => {
                    let found = self.lookup(namespace, name.unwrap_or(Name::DEFAULT));
                    self.store.edge(found, dst, true);
                }
                Imported::Star | Imported::Effect => {}
            }
            return;
        }
        let exports = self.exports_node(module);
        match what {
            Imported::Module => self.store.edge(exports, dst, true),
            Imported::Default => {
                self.store.edge(exports, dst, true);
                self.store.watch(exports, Watch::Read { name: Name::DEFAULT, dst });
            }
            Imported::Name(_) => {
                self.store.watch(exports, Watch::Read { name: name.unwrap_or(Name::DEFAULT), dst });
            }
            Imported::Star | Imported::Effect => {}
        }
    }

    fn bind_external(&mut self, path: &str, what: Imported, name: Option<Name>, dst: Node) {
        let id = self.path(path);
        match (what, name) {
            (Imported::Module | Imported::Default, _) => self.add(dst, Token::Path(id)),
            (_, Some(name)) => {
                let token = self.tokens.intern(Token::Path(id));
                let found = self.lookup(token, name);
                self.store.edge(found, dst, true);
            }
            _ => {}
        }
    }

    /// Fields and parents of a module namespace.
    pub(crate) fn seed_module(&mut self, of: Tok, module: Mod, parents: Node) {
        let facts = self.facts(module);
        let inst = self.module_instance(module);
        let statics = self.statics(module);
        for (sym, slot) in &facts.names {
            let node = self.node_of(inst, *slot);
            self.set_field(of, statics.names[sym.0 as usize], node);
        }
        for (sym, import) in &facts.reexports {
            let name = statics.names[sym.0 as usize];
            let node = self.write_field(of, name);
            let targets = self.targets(module, *import);
            self.bind_import(inst, module, *import, &targets, node);
        }
        for import in &facts.stars {
            for target in self.targets(module, *import) {
                self.star_parent(&target, parents);
            }
        }
    }

    fn star_parent(&mut self, target: &Target, parents: Node) {
        match target {
            Target::Module(target) if self.is_namespace(*target) => self.add(parents, Token::Module(*target)),
            Target::Module(target) => {
                let exports = self.exports_node(*target);
                self.store.edge(exports, parents, true);
            }
            Target::External(path) => {
                let token = self.path_token(path);
                self.store.add(parents, token);
            }
        }
    }

    fn targets(&mut self, module: Mod, import: ImportId) -> Vec<Target> {
        let facts = self.facts(module);
        let Some(import) = facts.imports.get(import.0 as usize) else { return Vec::new() };
        self.linker.resolve(module, facts.text(import.specifier), import.level)
    }

    /// True when a star import of the module gives the name.
    pub(crate) fn is_public(&self, module: Mod, name: Name) -> bool {
        let text = self.names.text(name);
        let facts = self.facts(module);
        match &facts.all {
            Some(all) => all.iter().any(|sym| facts.text(*sym) == text),
            None if self.is_python(module) => !text.starts_with('_'),
            None => name != Name::DEFAULT,
        }
    }

    pub(crate) fn global_node(&mut self, name: Name) -> Node {
        if let Some(node) = self.globals.get(&name) {
            return *node;
        }
        let node = self.store.node();
        self.globals.insert(name, node);
        node
    }

    /// What an undeclared name may be.
    pub(crate) fn global(&mut self, module: Mod, name: Name, dst: Node) {
        if self.is_python(module) {
            return self.python_global(module, name, dst);
        }
        if self.is_go(module) {
            return self.go_global(module, name, dst);
        }
        match name {
            Name::MODULE => self.add(dst, Token::CommonJs(module)),
            Name::EXPORTS => self.add(dst, Token::Exports(module)),
            Name::THROWN => {
                let thrown = self.global_node(name);
                self.store.edge(thrown, dst, true);
            }
            name if self.own_place(module, name, dst) => {}
            name => {
                let global = self.global_node(name);
                self.store.edge(global, dst, true);
                if self.names.text(name) == "import.meta" {
                    self.import_meta(module, dst);
                }
                let path = format!("js:{}", self.names.text(name));
                let token = self.path_token(&path);
                self.store.add(dst, token);
            }
        }
    }

    fn python_global(&mut self, module: Mod, name: Name, dst: Node) {
        let facts = self.facts(module);
        if !facts.stars.is_empty() {
            let namespace = self.tokens.intern(Token::Module(module));
            let found = self.lookup(namespace, name);
            self.store.edge(found, dst, true);
        }
        let global = self.global_node(name);
        self.store.edge(global, dst, true);
        let path = format!("py:{}", self.names.text(name));
        if facts.stars.is_empty() || crate::model::find(&path).is_some() {
            let token = self.path_token(&path);
            self.store.add(dst, token);
        }
    }
}
