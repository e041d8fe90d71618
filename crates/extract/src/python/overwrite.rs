//! Items that are overwritten before anything can read them.
//!
//! `d = {"a": f}` and then `d["a"] = g`, with nothing between that could see `d`: `f` is never read from it.
//! Only statements of one block that neither call nor branch come between, so order is certain.

use faultline_facts::{Const, Op};
use ruff_python_ast::{Expr, ExprCall, ExprDict, Stmt};

use super::lower::Lower;

/// Constant keys from the variable to an item: `d["a"]["b"]`.
type Path = Vec<String>;

/// A variable that holds a container made in this block, which nothing else has seen.
#[derive(Debug)]
pub(super) struct Fresh {
    name: String,
    /// Statement of the function that filled the item last.
    items: Vec<(Path, usize)>,
}

/// What a statement does to containers.
enum Effect<'e> {
    /// `x = {…}`.
    Make(&'e str, &'e ExprDict),
    /// `x[k] = v`.
    Set(&'e str, Path),
    /// `x.update({…})`.
    Update(&'e str, &'e ExprDict),
    /// Reads none of the names followed, and calls nothing.
    Quiet,
    Other,
}

impl Lower<'_> {
    /// Lowers a statement of a block and forgets items that it overwrites.
    pub(super) fn tracked(&mut self, stmt: &Stmt, fresh: &mut Vec<Fresh>) {
        let effect = effect(stmt, fresh);
        let start = self.position();
        self.stmt(stmt);
        match effect {
            Effect::Quiet => {}
            Effect::Other => fresh.clear(),
            Effect::Make(name, dict) => {
                let items = self.filled(start, dict);
                fresh.retain(|known| known.name != name);
                fresh.push(Fresh { name: name.to_owned(), items });
            }
            Effect::Set(name, path) => {
                let store = self.last_store(start);
                self.overwrite(fresh, name, &[path], store);
            }
            Effect::Update(name, dict) => {
                let paths: Vec<Path> = dict.iter().filter_map(|item| Some(vec![key(item.key.as_ref()?)?])).collect();
                self.overwrite(fresh, name, &paths, None);
            }
        }
    }

    fn position(&mut self) -> usize {
        self.builder.function_mut(self.frame.function).body.len()
    }

    /// The stores of a literal with constant keys, in order of their evaluation.
    fn filled(&mut self, start: usize, dict: &ExprDict) -> Vec<(Path, usize)> {
        let mut paths = Vec::new();
        order(dict, &mut Vec::new(), &mut paths);
        let body = &self.builder.function_mut(self.frame.function).body;
        let stores = (start..body.len()).filter(|at| matches!(body[*at].op, Op::Store { .. }));
        let stores: Vec<usize> = stores.collect();
        if stores.len() == paths.len() { paths.into_iter().zip(stores).collect() } else { Vec::new() }
    }

    fn last_store(&mut self, start: usize) -> Option<usize> {
        let body = &self.builder.function_mut(self.frame.function).body;
        (start..body.len()).rev().find(|at| matches!(body[*at].op, Op::Store { .. }))
    }

    fn overwrite(&mut self, fresh: &mut [Fresh], name: &str, paths: &[Path], store: Option<usize>) {
        let Some(known) = fresh.iter_mut().find(|known| known.name == name) else { return };
        let unused = self.slot();
        let body = &mut self.builder.function_mut(self.frame.function).body;
        for (_, at) in known.items.iter().filter(|(path, _)| paths.contains(path)) {
            body[*at].op = Op::Const { dst: unused, value: Const::Null };
        }
        // What was inside may live on elsewhere.
        known.items.retain(|(path, _)| !paths.iter().any(|written| path.starts_with(written)));
        if let (Some(at), [path]) = (store, paths) {
            known.items.push((path.clone(), at));
        }
    }
}

fn key(expr: &Expr) -> Option<String> {
    match expr {
        Expr::StringLiteral(text) => Some(format!("'{}", text.value.to_str())),
        Expr::NumberLiteral(number) => number.value.as_int()?.as_i64().map(|int| int.to_string()),
        _ => None,
    }
}

/// Item after item, inner containers before the item that holds them.
fn order(dict: &ExprDict, above: &mut Path, out: &mut Vec<Path>) {
    for item in dict {
        let Some(key) = item.key.as_ref().and_then(key) else { continue };
        above.push(key);
        if let Expr::Dict(inner) = &item.value {
            order(inner, above, out);
        }
        out.push(above.clone());
        above.pop();
    }
}

fn effect<'e>(stmt: &'e Stmt, fresh: &[Fresh]) -> Effect<'e> {
    match stmt {
        Stmt::FunctionDef(def) if def.decorator_list.is_empty() && def.parameters.is_empty() => Effect::Quiet,
        Stmt::Pass(_) => Effect::Quiet,
        Stmt::Assign(node) => match (node.targets.as_slice(), &*node.value) {
            ([Expr::Name(name)], Expr::Dict(dict)) if is_quiet(&node.value, fresh) => {
                Effect::Make(name.id.as_str(), dict)
            }
            ([Expr::Name(name)], value) if is_quiet(value, fresh) && !followed(name.id.as_str(), fresh) => {
                Effect::Quiet
            }
            ([target @ Expr::Subscript(_)], value) if is_quiet(value, fresh) => match path_of(target) {
                Some((name, path)) if followed(name, fresh) => Effect::Set(name, path),
                _ => Effect::Other,
            },
            _ => Effect::Other,
        },
        Stmt::Expr(node) => match &*node.value {
            Expr::Call(call) => update_of(call, fresh).unwrap_or(Effect::Other),
            _ => Effect::Other,
        },
        _ => Effect::Other,
    }
}

fn update_of<'e>(call: &'e ExprCall, fresh: &[Fresh]) -> Option<Effect<'e>> {
    let Expr::Attribute(attribute) = &*call.func else { return None };
    let name = attribute.value.as_name_expr()?.id.as_str();
    let [Expr::Dict(dict)] = &*call.arguments.args else { return None };
    let plain = attribute.attr.as_str() == "update" && call.arguments.keywords.is_empty();
    let quiet = dict.iter().all(|item| is_quiet(&item.value, fresh));
    (plain && quiet && followed(name, fresh)).then_some(Effect::Update(name, dict))
}

fn path_of(expr: &Expr) -> Option<(&str, Path)> {
    match expr {
        Expr::Name(name) => Some((name.id.as_str(), Vec::new())),
        Expr::Subscript(subscript) => {
            let (name, mut path) = path_of(&subscript.value)?;
            path.push(key(&subscript.slice)?);
            Some((name, path))
        }
        _ => None,
    }
}

fn followed(name: &str, fresh: &[Fresh]) -> bool {
    fresh.iter().any(|known| known.name == name)
}

/// Evaluating it runs no code, and shows none of the containers followed.
fn is_quiet(expr: &Expr, fresh: &[Fresh]) -> bool {
    match expr {
        Expr::Name(name) => !followed(name.id.as_str(), fresh),
        Expr::Dict(dict) => {
            dict.iter().all(|item| item.key.as_ref().is_some_and(|k| key(k).is_some()) && is_quiet(&item.value, fresh))
        }
        other => super::literal::is_literal(other) && !other.is_f_string_expr(),
    }
}
