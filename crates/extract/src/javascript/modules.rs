//! Import and export statements.

use faultline_facts::{ImportId, ImportMode, Imported, Language, Slot};
use oxc_ast::ast::{
    Declaration, ExportAllDeclaration, ExportDefaultDeclaration, ExportDefaultDeclarationKind, ExportFromDeclaration,
    ExportNamedDeclaration, ExportSpecifier, ImportDeclaration, ImportDeclarationSpecifier, ImportOrExportKind,
    ModuleDeclaration, ModuleExportName, Statement, TSImportEqualsDeclaration, TSModuleReference,
};
use oxc_semantic::SymbolId;

use super::functions::Make;
use super::lower::{Lower, Target};
use super::names::Hint;

impl<'b, 'a> Lower<'b, 'a> {
    /// All import statements, which happen before anything else.
    pub(super) fn imports(&mut self, body: &'b [Statement<'a>]) {
        for statement in body {
            if let Statement::ImportDeclaration(import) = statement {
                self.import_declaration(import);
            }
        }
    }

    fn import_declaration(&mut self, node: &'b ImportDeclaration<'a>) {
        let specifier = node.source.value.as_str();
        let type_only = node.import_kind.is_type();
        let Some(specifiers) = node.specifiers.as_ref().filter(|list| !list.is_empty()) else {
            let mode = if type_only { ImportMode::TypeOnly } else { ImportMode::Static };
            self.import(specifier, Imported::Effect, mode, node.span, None);
            return;
        };
        for item in specifiers {
            let what = self.imported(item);
            let local = item.local();
            let explicit = type_only
                || matches!(item, ImportDeclarationSpecifier::ImportSpecifier(item) if item.import_kind.is_type());
            let elided =
                explicit || local.symbol_id.get().is_some_and(|symbol| self.is_elided(symbol, local.name.as_str()));
            let mode = if elided { ImportMode::TypeOnly } else { ImportMode::Static };
            let slot = self.binding_slot(local);
            self.import(specifier, what, mode, node.span, Some(Target { slot, sole: true }));
            if let Some(symbol) = local.symbol_id.get() {
                let import = self.last_import();
                self.imported_symbols.insert(symbol, import);
            }
        }
    }

    fn last_import(&mut self) -> ImportId {
        ImportId(self.builder.facts_mut().imports.len() as u32 - 1)
    }

    fn imported(&mut self, item: &ImportDeclarationSpecifier<'_>) -> Imported {
        match item {
            ImportDeclarationSpecifier::ImportDefaultSpecifier(_) => Imported::Default,
            ImportDeclarationSpecifier::ImportNamespaceSpecifier(_) => Imported::Module,
            ImportDeclarationSpecifier::ImportSpecifier(item) => self.imported_name(item.imported.name().as_str()),
        }
    }

    fn imported_name(&mut self, name: &str) -> Imported {
        if name == "default" { Imported::Default } else { Imported::Name(self.builder.sym(name)) }
    }

    /// TypeScript drops imports that are used as types only, or never.
    fn is_elided(&self, symbol: SymbolId, name: &str) -> bool {
        if self.language != Language::TypeScript {
            return false;
        }
        let mut references = self.scoping.get_resolved_references(symbol).peekable();
        if references.peek().is_none() {
            return !matches!(name, "React" | "h" | "jsx");
        }
        !self.decorated && references.all(|reference| reference.is_type() && !reference.is_value())
    }

    /// A statement of the module system, in its place.
    pub(super) fn module_declaration(&mut self, declaration: &'b ModuleDeclaration<'a>) {
        match declaration {
            ModuleDeclaration::ExportAllDeclaration(node) => self.export_all(node),
            ModuleDeclaration::ExportDefaultDeclaration(node) => self.export_default(node),
            ModuleDeclaration::ExportDeclaration(node) => self.export_declaration(&node.declaration),
            ModuleDeclaration::ExportNamedDeclaration(node) => self.export_named(node),
            ModuleDeclaration::ExportFromDeclaration(node) => self.export_from(node),
            ModuleDeclaration::TSExportAssignment(node) => {
                let module = self.global("module", None);
                self.suggest(&node.expression, || Some(Hint::default()));
                let value = self.value(&node.expression);
                self.store_name(module, "exports", value, node.span);
            }
            ModuleDeclaration::ImportDeclaration(_) | ModuleDeclaration::TSNamespaceExportDeclaration(_) => {}
        }
    }

    fn export_name(&mut self, name: &str, slot: Slot, span: oxc_span::Span) {
        let sym = self.builder.sym(name);
        match self.namespaces.last() {
            Some(namespace) => {
                let namespace = *namespace;
                self.store_name(namespace, name, slot, span);
            }
            None => self.builder.facts_mut().names.push((sym, slot)),
        }
    }

    fn export_declaration(&mut self, declaration: &'b Declaration<'a>) {
        self.declaration(declaration);
        if let Declaration::VariableDeclaration(variables) = declaration {
            for id in variables.declarations.iter().flat_map(|declarator| declarator.id.get_binding_identifiers()) {
                let slot = self.binding_slot(id);
                self.export_name(id.name.as_str(), slot, id.span);
            }
        } else if let Some(id) = declaration.id() {
            let slot = self.binding_slot(id);
            self.export_name(id.name.as_str(), slot, id.span);
        }
    }

    /// `export default function` is hoisted like any function.
    pub(super) fn hoist_default(&mut self, node: &'b ExportDefaultDeclaration<'a>) {
        let ExportDefaultDeclarationKind::FunctionDeclaration(function) = &node.declaration else { return };
        if function.body.is_none() {
            return;
        }
        let slot = match &function.id {
            Some(id) => self.binding_slot(id),
            None => self.temp(),
        };
        let make = Make {
            hint: Some(Hint::plain("default")),
            ..Make::new(faultline_facts::FunctionKind::Function, function.span)
        };
        self.closure(function, make, Some(Target { slot, sole: false }));
        self.export_name("default", slot, node.span);
    }

    fn export_default(&mut self, node: &'b ExportDefaultDeclaration<'a>) {
        let slot = match &node.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(_) => return,
            ExportDefaultDeclarationKind::ClassDeclaration(class) => self.class(class, Some(Hint::plain("default"))),
            ExportDefaultDeclarationKind::TSInterfaceDeclaration(interface) => {
                self.interface(interface);
                self.binding_slot(&interface.id)
            }
            other => {
                let Some(expression) = other.as_expression() else { return };
                self.suggest(expression, || Some(Hint::plain("default")));
                self.value(expression)
            }
        };
        self.export_name("default", slot, node.span);
    }

    fn export_named(&mut self, node: &'b ExportNamedDeclaration<'a>) {
        for specifier in &node.specifiers {
            self.export_local(specifier);
        }
    }

    fn export_local(&mut self, specifier: &'b ExportSpecifier<'a>) {
        let exported = specifier.exported.name();
        let ModuleExportName::IdentifierReference(local) = &specifier.local else { return };
        let slot = match self.symbol_of(local) {
            Some(symbol) => {
                if let Some(import) = self.imported_symbols.get(&symbol).copied() {
                    let sym = self.builder.sym(exported.as_str());
                    self.builder.facts_mut().reexports.push((sym, import));
                    return;
                }
                self.symbol_slot(symbol)
            }
            None => self.global(local.name.as_str(), None),
        };
        self.export_name(exported.as_str(), slot, specifier.span);
    }

    fn export_from(&mut self, node: &'b ExportFromDeclaration<'a>) {
        let source = node.source.value.as_str();
        if node.specifiers.is_empty() {
            self.import(source, Imported::Effect, mode(node.export_kind), node.span, None);
        }
        for specifier in &node.specifiers {
            let what = self.imported_name(specifier.local.name().as_str());
            let kind = if specifier.export_kind.is_type() { specifier.export_kind } else { node.export_kind };
            self.import(source, what, mode(kind), node.span, None);
            let import = self.last_import();
            let exported = self.builder.sym(specifier.exported.name().as_str());
            self.builder.facts_mut().reexports.push((exported, import));
        }
    }

    fn export_all(&mut self, node: &'b ExportAllDeclaration<'a>) {
        let what = if node.exported.is_some() { Imported::Module } else { Imported::Star };
        self.import(node.source.value.as_str(), what, mode(node.export_kind), node.span, None);
        let import = self.last_import();
        match &node.exported {
            Some(name) => {
                let name = self.builder.sym(name.name().as_str());
                self.builder.facts_mut().reexports.push((name, import));
            }
            None => self.builder.facts_mut().stars.push(import),
        }
    }

    /// `import x = require('y')` and `import x = A.B`.
    pub(super) fn import_equals(&mut self, node: &'b TSImportEqualsDeclaration<'a>) {
        let slot = self.binding_slot(&node.id);
        match &node.module_reference {
            TSModuleReference::ExternalModuleReference(external) => {
                let symbol = node.id.symbol_id.get();
                let elided = symbol.is_some_and(|symbol| self.is_elided(symbol, node.id.name.as_str()));
                let type_only = node.import_kind.is_type() || elided;
                let mode = if type_only { ImportMode::TypeOnly } else { ImportMode::Static };
                let target = Some(Target { slot, sole: true });
                self.import(external.expression.value.as_str(), Imported::Module, mode, node.span, target);
            }
            TSModuleReference::IdentifierReference(id) => {
                let src = self.type_identifier(id);
                self.copy(slot, src);
            }
            TSModuleReference::QualifiedName(name) => {
                if let Some(src) = self.qualified_type(name) {
                    self.copy(slot, src);
                }
            }
        }
    }

    /// Notes that the module is written as a test.
    pub(super) fn note_test_call(&mut self) {
        self.test_like |= self.frame.id.0 == 0;
    }

    /// Notes a test framework.
    pub(super) fn note_test_import(&mut self, specifier: &str) {
        const FRAMEWORKS: [&str; 20] = [
            "mocha",
            "chai",
            "tap",
            "tape",
            "ava",
            "vitest",
            "jest",
            "supertest",
            "sinon",
            "node:test",
            "uvu",
            "jasmine",
            "qunit",
            "test",
            "bun:test",
            "should",
            "expect.js",
            "power-assert",
            "node-tap",
            "zora",
        ];
        let package = if specifier.starts_with("@jest/") || specifier.starts_with("@testing-library/") {
            "jest"
        } else {
            specifier.split('/').next().unwrap_or(specifier)
        };
        self.test_like |= FRAMEWORKS.contains(&package) && specifier != "jest-util";
    }
}

fn mode(kind: ImportOrExportKind) -> ImportMode {
    if kind.is_type() { ImportMode::TypeOnly } else { ImportMode::Static }
}
