//! Exported access paths of units: what `package.name` means.

use std::collections::BTreeMap;

use faultline_facts::Language;

use super::{Mod, Solver, Tok, Token};
use crate::{FunctionRef, UnitId, link::Target, names::Name};

/// Length of access paths.
const MAX_DEPTH: usize = 3;
/// Access paths of one unit.
const MAX_PATHS: usize = 20_000;

type Exports = BTreeMap<(UnitId, String), Vec<FunctionRef>>;

impl Solver<'_> {
    /// Access paths from the main module of every npm unit, and from every module of Python units.
    pub(crate) fn export_paths(&mut self) -> Exports {
        let mut out = Exports::new();
        for id in 0..self.linker.program.units.len() {
            let unit = UnitId(id as u32);
            for target in self.linker.in_unit(unit, "") {
                if let Target::Module(module) = target
                    && self.facts(module).language != Language::Python
                {
                    let values = self.export_values(module);
                    self.walk(unit, "", &values, &mut Vec::new(), &mut out);
                }
            }
        }
        self.python_exports(&mut out);
        for functions in out.values_mut() {
            functions.sort_unstable();
            functions.dedup();
        }
        out
    }

    fn export_values(&mut self, module: Mod) -> Vec<Tok> {
        if self.module_inst[module.0 as usize].is_none() {
            return Vec::new();
        }
        if matches!(self.facts(module).kind, faultline_facts::ModuleKind::Esm) {
            return vec![self.tokens.intern(Token::Module(module))];
        }
        let object = self.tokens.intern(Token::CommonJs(module));
        let node = self.field(object, Name::EXPORTS);
        self.store.tokens(node).iter().map(|tok| Tok(*tok)).collect()
    }

    fn python_exports(&mut self, out: &mut Exports) {
        for id in 0..self.linker.modules.len() {
            let module = Mod(id as u32);
            if !self.is_python(module) || self.module_inst[id].is_none() {
                continue;
            }
            let unit = self.linker.info(module).at.unit;
            let name = crate::naming::module_name(&self.linker, module);
            let token = self.tokens.intern(Token::Module(module));
            self.walk(unit, &name, &[token], &mut Vec::new(), out);
        }
    }

    fn walk(&mut self, unit: UnitId, prefix: &str, values: &[Tok], above: &mut Vec<Tok>, out: &mut Exports) {
        for value in values {
            if let Token::Function { func, .. } = self.tokens.get(*value) {
                out.entry((unit, prefix.to_owned())).or_default().push(FunctionRef(func.0));
            }
            if above.len() >= MAX_DEPTH || above.contains(value) || out.len() > MAX_PATHS {
                continue;
            }
            above.push(*value);
            self.walk_fields(unit, prefix, *value, above, out);
            above.pop();
        }
    }

    fn walk_fields(&mut self, unit: UnitId, prefix: &str, value: Tok, above: &mut Vec<Tok>, out: &mut Exports) {
        if !self.exports_fields(value, above.len()) {
            return;
        }
        for (name, node) in self.written(value) {
            let text = self.names.text(name);
            if text.starts_with(['@', '\'', '[']) {
                continue;
            }
            let inner = match (prefix.is_empty(), name == Name::PROTOTYPE || name == Name::EXPORTS) {
                (_, true) => prefix.to_owned(),
                (true, false) => text.to_owned(),
                (false, false) => format!("{prefix}.{text}"),
            };
            let tokens = self.store.tokens(node).iter().map(|tok| self.unwrapped(Tok(*tok))).collect::<Vec<_>>();
            self.walk(unit, &inner, &tokens, above, out);
        }
        if let Token::Function { .. } | Token::Class { .. } = self.tokens.get(value) {
            let prototype = self.tokens.intern(Token::Prototype(value));
            if self.object_of.contains_key(&prototype) {
                self.walk_fields(unit, prefix, prototype, above, out);
            }
        }
    }

    fn unwrapped(&self, tok: Tok) -> Tok {
        match self.tokens.get(tok) {
            Token::Getter(inner) | Token::Setter(inner) => inner,
            Token::Bound { func, .. } => func,
            _ => tok,
        }
    }

    /// Modules inside modules are exports of their own unit, so the walk does not enter them.
    fn exports_fields(&mut self, value: Tok, depth: usize) -> bool {
        match self.tokens.get(value) {
            Token::Module(_) => depth == 1,
            token => matches!(
                token,
                Token::Class { .. }
                    | Token::Exports(_)
                    | Token::Object { .. }
                    | Token::Function { .. }
                    | Token::Prototype(_)
            ),
        }
    }
}
