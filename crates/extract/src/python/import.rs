//! Imports.

use faultline_facts::{FunctionId, Import, ImportId, ImportMode, Imported, Op};
use ruff_python_ast::{Alias, Expr, StmtImport, StmtImportFrom};
use ruff_text_size::{Ranged, TextRange};

use super::lower::Lower;

impl Lower<'_> {
    pub(super) fn import(&mut self, node: &StmtImport) {
        for alias in &node.names {
            let path = alias.name.as_str();
            match (&alias.asname, path.split_once('.')) {
                (Some(name), _) => self.import_module(path, Some((name.as_str(), path)), node.range()),
                (None, Some((top, _))) => {
                    self.import_module(path, None, node.range());
                    self.import_module(top, Some((top, top)), node.range());
                }
                (None, None) => self.import_module(path, Some((path, path)), node.range()),
            }
        }
    }

    /// Imports a module; binds it to a name whose origin is the given path.
    fn import_module(&mut self, path: &str, name: Option<(&str, &str)>, range: TextRange) {
        let import = self.add_import(path, 0, Imported::Module, range);
        self.bind_import(import, name, range);
    }

    pub(super) fn import_from(&mut self, node: &StmtImportFrom) {
        let module = node.module.as_ref().map_or("", |module| module.as_str());
        for alias in &node.names {
            if alias.name.as_str() == "*" {
                self.star(module, node.level, node.range());
            } else {
                self.import_name(module, node.level, alias, node.range());
            }
        }
    }

    fn star(&mut self, module: &str, level: u32, range: TextRange) {
        let import = self.add_import(module, level, Imported::Star, range);
        self.builder.facts_mut().stars.push(import);
        self.bind_import(import, None, range);
    }

    fn import_name(&mut self, module: &str, level: u32, alias: &Alias, range: TextRange) {
        let what = Imported::Name(self.builder.sym(alias.name.as_str()));
        let import = self.add_import(module, level, what, range);
        let name = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
        let origin = format!("{}{module}.{}", ".".repeat(level.min(9) as usize), alias.name.as_str());
        self.bind_import(import, Some((name, &origin)), range);
    }

    fn add_import(&mut self, specifier: &str, level: u32, what: Imported, range: TextRange) -> ImportId {
        let import = Import {
            specifier: self.builder.sym(specifier),
            level,
            what,
            mode: self.import_mode(),
            function: self.frame.function,
            span: self.span(range),
        };
        self.builder.import(import)
    }

    fn import_mode(&self) -> ImportMode {
        if self.frame.type_only {
            ImportMode::TypeOnly
        } else if self.frame.function != FunctionId(0) || self.frame.conditional > 0 {
            ImportMode::Conditional
        } else {
            ImportMode::Static
        }
    }

    fn bind_import(&mut self, import: ImportId, name: Option<(&str, &str)>, range: TextRange) {
        let var = name.and_then(|(name, origin)| self.lookup(name).map(|var| (var, origin)));
        let dst = match var {
            Some((var, origin)) => {
                self.origins.entry(var).or_insert_with(|| origin.to_owned());
                self.define(var)
            }
            None => self.slot(),
        };
        self.push_at(Op::Import { dst, import }, range);
    }

    pub(super) fn is_type_checking(&mut self, test: &Expr) -> bool {
        let named = match test {
            Expr::Name(name) => name.id.as_str() == "TYPE_CHECKING",
            Expr::Attribute(attribute) => attribute.attr.as_str() == "TYPE_CHECKING",
            _ => false,
        };
        named
            && matches!(
                self.origin(test).as_deref(),
                Some("typing.TYPE_CHECKING" | "typing_extensions.TYPE_CHECKING") | None
            )
    }
}
