//! The first walk: who binds which name where.
//!
//! Leaves its findings in the tree's node indices: scopes on functions, classes, lambdas and comprehensions,
//! regions on loops and `try`.

use faultline_facts::{Builder, Sym};
use ruff_python_ast::visitor::source_order::{
    SourceOrderVisitor, TraversalSignal, walk_except_handler, walk_expr, walk_pattern, walk_stmt,
};
use ruff_python_ast::{
    AnyNodeRef, Comprehension, ExceptHandler, Expr, ExprLambda, NodeIndex, Parameters, Pattern, Stmt, StmtClassDef,
    StmtFunctionDef, StmtTry,
};

use super::scope::{Entry, MODULE, ScopeId, ScopeKind, Table};

/// Finds the scopes of a module.
pub(super) fn bind(builder: &mut Builder, body: &[Stmt]) -> Table {
    let mut binder = Binder { builder, table: Table::default(), scope: MODULE, nonlocals: Vec::new() };
    binder.table.add_scope(ScopeKind::Module, None);
    binder.visit_body(body);
    binder.share_nonlocals();
    binder.table
}

struct Binder<'b> {
    builder: &'b mut Builder,
    table: Table,
    scope: ScopeId,
    nonlocals: Vec<(ScopeId, Sym)>,
}

impl<'a> SourceOrderVisitor<'a> for Binder<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => self.function(def),
            Stmt::ClassDef(def) => self.class(def),
            Stmt::For(node) => node.node_index.set(NodeIndex::from(self.region(|b| walk_stmt(b, stmt)))),
            Stmt::While(node) => node.node_index.set(NodeIndex::from(self.region(|b| walk_stmt(b, stmt)))),
            Stmt::Try(node) => self.try_stmt(node),
            Stmt::Import(node) => {
                for alias in &node.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
                    self.name(name.split('.').next().unwrap_or(name));
                }
            }
            Stmt::ImportFrom(node) => {
                for alias in node.names.iter().filter(|alias| alias.name.as_str() != "*") {
                    self.name(alias.asname.as_ref().unwrap_or(&alias.name).as_str());
                }
            }
            Stmt::Global(node) => node.names.iter().for_each(|name| self.declare(name.as_str(), Entry::Global)),
            Stmt::Nonlocal(node) => node.names.iter().for_each(|name| self.declare(name.as_str(), Entry::Nonlocal)),
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.ctx.is_store() => self.name(name.id.as_str()),
            Expr::Name(_)
            | Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::BooleanLiteral(_) => {}
            Expr::Named(named) => self.walrus(&named.target, &named.value),
            Expr::Lambda(lambda) => self.lambda(lambda),
            Expr::ListComp(comp) => {
                let scope = self.comprehension(&[&comp.elt], &comp.generators);
                comp.node_index.set(NodeIndex::from(scope));
            }
            Expr::SetComp(comp) => {
                let scope = self.comprehension(&[&comp.elt], &comp.generators);
                comp.node_index.set(NodeIndex::from(scope));
            }
            Expr::Generator(comp) => {
                let scope = self.comprehension(&[&comp.elt], &comp.generators);
                comp.node_index.set(NodeIndex::from(scope));
            }
            Expr::DictComp(comp) => {
                let parts: Vec<&Expr> = comp.key.iter().map(AsRef::as_ref).chain([comp.value.as_ref()]).collect();
                let scope = self.comprehension(&parts, &comp.generators);
                comp.node_index.set(NodeIndex::from(scope));
            }
            _ => walk_expr(self, expr),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            self.name(name.as_str());
        }
        walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(inner) => inner.name.as_ref(),
            Pattern::MatchStar(inner) => inner.name.as_ref(),
            Pattern::MatchMapping(inner) => inner.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.name(name.as_str());
        }
        walk_pattern(self, pattern);
    }

    fn enter_node(&mut self, _: AnyNodeRef<'a>) -> TraversalSignal {
        TraversalSignal::Traverse
    }
}

impl Binder<'_> {
    fn name(&mut self, name: &str) {
        let sym = self.builder.sym(name);
        self.binding(self.scope, sym);
    }

    fn binding(&mut self, scope: ScopeId, sym: Sym) {
        match self.table.scope(scope).entries.get(&sym) {
            Some(Entry::Global) if scope != MODULE => self.share_global(sym),
            Some(Entry::Nonlocal) => self.nonlocals.push((scope, sym)),
            _ => {
                let var = self.table.local(scope, sym);
                self.table.vars[var as usize].assigns += 1;
                self.table.scope_mut(scope).log.push(var);
            }
        }
    }

    fn share_global(&mut self, sym: Sym) {
        let var = self.table.local(MODULE, sym);
        let var = &mut self.table.vars[var as usize];
        var.assigns += 1;
        var.shared = true;
    }

    fn declare(&mut self, name: &str, entry: Entry) {
        if self.scope == MODULE {
            return;
        }
        let sym = self.builder.sym(name);
        self.table.scope_mut(self.scope).entries.entry(sym).or_insert(entry);
    }

    fn share_nonlocals(&mut self) {
        for (scope, sym) in std::mem::take(&mut self.nonlocals) {
            if let Some(var) = self.table.resolve(scope, sym) {
                let var = &mut self.table.vars[var as usize];
                var.assigns += 1;
                var.shared = true;
            }
        }
    }

    fn inside(&mut self, scope: ScopeId, walk: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.scope, scope);
        walk(self);
        self.scope = outer;
    }

    fn region(&mut self, walk: impl FnOnce(&mut Self)) -> u32 {
        let start = self.table.scope(self.scope).log.len() as u32;
        walk(self);
        let end = self.table.scope(self.scope).log.len() as u32;
        self.table.regions.push((start, end));
        self.table.regions.len() as u32 - 1
    }

    fn try_stmt(&mut self, node: &StmtTry) {
        let region = self.region(|b| b.visit_body(&node.body));
        node.node_index.set(NodeIndex::from(region));
        node.handlers.iter().for_each(|handler| self.visit_except_handler(handler));
        self.visit_body(&node.orelse);
        self.visit_body(&node.finalbody);
    }

    fn function(&mut self, def: &StmtFunctionDef) {
        def.decorator_list.iter().for_each(|d| self.visit_expr(&d.expression));
        self.name(def.name.as_str());
        self.signature(&def.parameters);
        if let Some(returns) = &def.returns {
            self.visit_expr(returns);
        }
        let scope = self.table.add_scope(ScopeKind::Function, Some(self.scope));
        def.node_index.set(NodeIndex::from(scope));
        self.inside(scope, |b| {
            b.params(&def.parameters);
            b.visit_body(&def.body);
        });
    }

    fn class(&mut self, def: &StmtClassDef) {
        def.decorator_list.iter().for_each(|d| self.visit_expr(&d.expression));
        self.name(def.name.as_str());
        if let Some(arguments) = &def.arguments {
            self.visit_arguments(arguments);
        }
        let scope = self.table.add_scope(ScopeKind::Class, Some(self.scope));
        def.node_index.set(NodeIndex::from(scope));
        self.inside(scope, |b| b.visit_body(&def.body));
    }

    fn lambda(&mut self, lambda: &ExprLambda) {
        let mut counter = self.scope;
        while let (ScopeKind::Comprehension, Some(parent)) =
            (self.table.scope(counter).kind, self.table.scope(counter).parent)
        {
            counter = parent;
        }
        self.table.scope_mut(counter).lambdas += 1;
        let number = self.table.scope(counter).lambdas;
        if let Some(parameters) = &lambda.parameters {
            self.signature(parameters);
        }
        let scope = self.table.add_scope(ScopeKind::Function, Some(self.scope));
        self.table.scope_mut(scope).number = number;
        lambda.node_index.set(NodeIndex::from(scope));
        self.inside(scope, |b| {
            if let Some(parameters) = &lambda.parameters {
                b.params(parameters);
            }
            b.visit_expr(&lambda.body);
        });
    }

    /// Defaults and annotations belong to the enclosing scope.
    fn signature(&mut self, parameters: &Parameters) {
        for parameter in parameters.iter_source_order() {
            if let Some(annotation) = parameter.annotation() {
                self.visit_expr(annotation);
            }
            if let Some(default) = parameter.default() {
                self.visit_expr(default);
            }
        }
    }

    fn params(&mut self, parameters: &Parameters) {
        for parameter in parameters.iter_source_order() {
            let sym = self.builder.sym(parameter.name().as_str());
            self.binding(self.scope, sym);
            let var = self.table.local(self.scope, sym);
            self.table.vars[var as usize].param = true;
        }
    }

    fn walrus(&mut self, target: &Expr, value: &Expr) {
        if let Expr::Name(name) = target {
            let sym = self.builder.sym(name.id.as_str());
            let mut scope = self.scope;
            while let (ScopeKind::Comprehension, Some(parent)) =
                (self.table.scope(scope).kind, self.table.scope(scope).parent)
            {
                scope = parent;
            }
            self.binding(scope, sym);
        }
        self.visit_expr(value);
    }

    /// The first iterable belongs to the enclosing scope.
    fn comprehension(&mut self, parts: &[&Expr], generators: &[Comprehension]) -> ScopeId {
        let outer = self.scope;
        let scope = self.table.add_scope(ScopeKind::Comprehension, Some(outer));
        self.inside(scope, |b| {
            for part in parts {
                b.visit_expr(part);
            }
            for (at, generator) in generators.iter().enumerate() {
                b.visit_expr(&generator.target);
                let iter_scope = if at == 0 { outer } else { scope };
                b.inside(iter_scope, |b| b.visit_expr(&generator.iter));
                generator.ifs.iter().for_each(|test| b.visit_expr(test));
            }
        });
        scope
    }
}
