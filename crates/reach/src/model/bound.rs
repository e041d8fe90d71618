//! `call`, `apply`, `bind` and their like: functions as receivers.

use super::{Table, Use};
use crate::solve::{ArgMode, ArgNode, CallData, Known, NONE, Node, PathId, Solver, This, Tok, Token, Watch, key};
use faultline_facts::CallKind;

pub(super) const MODELS: Table = &[
    ("js:Function.prototype.call", call),
    ("js:Function.prototype.apply", apply),
    ("js:Function.prototype.bind", bind),
    ("js:Reflect.apply", reflect_apply),
    ("js:Reflect.construct", reflect_construct),
];

fn call(solver: &mut Solver<'_>, at: Use) {
    let args = solver.args_of(at.call).to_vec();
    let this = args.first().map_or(This::None, |arg| This::Node(arg.node));
    forward(solver, at, args.get(1..).unwrap_or_default(), this);
}

fn apply(solver: &mut Solver<'_>, at: Use) {
    let this = solver.arg(at.call, 0).map_or(This::None, This::Node);
    let mut args: Vec<ArgNode> = solver.args_of(at.call).get(1..).unwrap_or_default().to_vec();
    for arg in &mut args {
        arg.mode = ArgMode::Spread;
    }
    forward(solver, at, &args, this);
}

/// Calls the receiver itself with other arguments.
fn forward(solver: &mut Solver<'_>, at: Use, args: &[ArgNode], this: This) {
    let Some(callee) = at.this else { return };
    let sub = solver.sub_call(at.call, key(30, callee.0), |solver| CallData {
        args: solver.add_args(args),
        this,
        kind: CallKind::Call,
        ..solver.calls[at.call as usize]
    });
    solver.forward_this(sub, callee, this);
}

impl Solver<'_> {
    /// Calls a token where the receiver is a node: models want each token of it.
    fn forward_this(&mut self, call: u32, callee: Tok, this: This) {
        match (self.tokens.get(callee), this) {
            (Token::Path(path), This::Node(node)) if self.paths[path.0 as usize].model.is_some() => {
                self.store.watch(node, Watch::ThisOf { call, callee });
            }
            _ => self.invoke(call, callee, This::None),
        }
    }
}

fn bind(solver: &mut Solver<'_>, at: Use) {
    let Some(func) = at.this else { return };
    if !can_bind(solver, func) {
        // What is bound stays bound, and what is outside stays outside.
        return solver.give_token(at.call, func);
    }
    let args: Vec<ArgNode> = solver.args_of(at.call).get(1..).unwrap_or_default().to_vec();
    let list = if args.is_empty() {
        NONE
    } else {
        solver.sub_call(at.call, key(31, 0), |solver| CallData {
            args: solver.add_args(&args),
            result: NONE,
            ..solver.calls[at.call as usize]
        })
    };
    if let Token::Function { .. } | Token::Class { .. } = solver.tokens.get(func) {
        let nothing = solver.tokens.intern(Token::Nothing);
        let bound = solver.tokens.intern(Token::Bound { func, this: nothing, args: list });
        solver.give_token(at.call, bound);
    }
    if let Some(this) = receiver_of(solver, at.call) {
        solver.store.watch(this, Watch::BindThis { call: at.call, func, args: list });
    }
}

/// Functions of the program, and those of the language that pass a receiver on: `call.bind(f)` calls `f`.
fn can_bind(solver: &Solver<'_>, func: Tok) -> bool {
    matches!(solver.tokens.get(func), Token::Function { .. } | Token::Class { .. }) || passes_on(solver, func)
}

fn passes_on(solver: &Solver<'_>, func: Tok) -> bool {
    let Token::Path(path) = solver.tokens.get(func) else { return false };
    matches!(solver.path_text(path).strip_prefix("js:Function.prototype."), Some("call" | "apply" | "bind"))
}

/// `bind` with a receiver: of `call` and the like only functions are one, and nothing that is bound already.
pub(super) fn bind_this(solver: &mut Solver<'_>, call: u32, func: Tok, this: Tok, args: u32) {
    if passes_on(solver, func) {
        let known = match solver.tokens.get(this) {
            Token::Function { .. } | Token::Class { .. } => true,
            Token::Path(path) => solver.paths[path.0 as usize].model.is_some(),
            _ => false,
        };
        if !known {
            if let Token::Path(_) = solver.tokens.get(this) {
                solver.give_token(call, this);
            }
            return;
        }
    }
    let bound = solver.tokens.intern(Token::Bound { func, this, args });
    solver.give_token(call, bound);
}

/// The first argument, which may come out of a spread list.
fn receiver_of(solver: &mut Solver<'_>, call: u32) -> Option<Node> {
    let first = *solver.args_of(call).first()?;
    if first.mode != ArgMode::Spread {
        return solver.arg(call, 0);
    }
    let (name, dst) = (solver.index_name(0), solver.temp(call, key(39, 0)));
    solver.store.watch(first.node, Watch::Read { name, dst });
    Some(dst)
}

impl Solver<'_> {
    /// A call with the constant name of a method of the language: when it gives something from outside, it gives
    /// that method, to be called with the receiver first or on the receiver.
    pub(crate) fn named_method(&mut self, call: u32) {
        let data = self.calls[call as usize];
        let first = self.args_of(call).first().and_then(|arg| arg.known);
        let (Some(Known::Text(name)), true) = (first, data.result != NONE) else { return };
        let text = self.names.text(name).trim_matches('%');
        if !text.contains(".prototype.") {
            return;
        }
        let text = format!("js:{text}");
        if super::find(&text).is_some() {
            let path = self.path(&text);
            self.store.watch(data.result, Watch::NamedMethod { path, dst: data.result });
        }
    }

    pub(super) fn give_named_method(&mut self, tok: Tok, path: PathId, dst: Node) {
        let Token::Path(found) = self.tokens.get(tok) else { return };
        if found == path {
            return;
        }
        let method = self.tokens.intern(Token::Path(path));
        let call = self.path_token("js:Function.prototype.call");
        self.store.add(dst, method);
        self.add(dst, Token::Bound { func: call, this: method, args: NONE });
    }
}

fn reflect_apply(solver: &mut Solver<'_>, at: Use) {
    let args = solver.args_of(at.call).to_vec();
    let (Some(callee), Some(list)) = (solver.arg(at.call, 0), args.get(2)) else { return };
    let this = solver.arg(at.call, 1).map_or(This::None, This::Node);
    let list = ArgNode { mode: ArgMode::Spread, ..*list };
    let result = solver.call_back_args(at.call, 0, callee, &[list], this);
    solver.give(at.call, result);
}

fn reflect_construct(solver: &mut Solver<'_>, at: Use) {
    let args = solver.args_of(at.call).to_vec();
    let (Some(callee), Some(list)) = (solver.arg(at.call, 0), args.get(1)) else { return };
    let list = ArgNode { mode: ArgMode::Spread, ..*list };
    let sub = solver.sub_call(at.call, key(32, 0), |solver| CallData {
        args: solver.add_args(&[list]),
        kind: CallKind::New,
        ..solver.calls[at.call as usize]
    });
    solver.store.watch(callee, Watch::Call { call: sub });
}
