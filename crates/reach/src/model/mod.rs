//! Models of the languages' own libraries: what a call of them does to values.

mod bound;
pub(crate) mod files;
mod fire;
mod javascript;
pub(crate) mod jvm;
mod object;
mod promise;
mod python;

use std::{borrow::Cow, sync::OnceLock};

use faultline_facts::CallKind;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    EdgeKind,
    names::Name,
    solve::{ArgMode, ArgNode, CallData, NONE, Node, PathId, Shape, Solver, This, Tok, Token, Watch, key},
};

pub(crate) use fire::fire;

/// A call of something that has a model.
#[derive(Clone, Copy)]
pub(crate) struct Use {
    pub(crate) call: u32,
    pub(crate) path: PathId,
    pub(crate) this: Option<Tok>,
}

/// What a modelled function does.
pub(crate) type Model = for<'a, 'b> fn(&'b mut Solver<'a>, Use);

type Table = &'static [(&'static str, Model)];

const TABLES: [Table; 6] =
    [bound::MODELS, javascript::MODELS, object::MODELS, promise::MODELS, files::MODELS, python::MODELS];

/// The model of an access path.
pub(crate) fn find(path: &str) -> Option<Model> {
    static MODELS: OnceLock<FxHashMap<&'static str, Model>> = OnceLock::new();
    MODELS.get_or_init(|| TABLES.into_iter().flatten().copied().collect()).get(path).copied()
}

/// True for functions of the language's own library that never call what they are given.
pub(crate) fn calls_nothing(path: &str) -> bool {
    const PURE: &[&str] = &[
        "js:Math",
        "js:Date",
        "js:JSON",
        "js:console",
        "js:String",
        "js:Number",
        "js:Boolean",
        "js:RegExp",
        "js:Buffer",
        "js:Symbol",
        "js:BigInt",
        "js:Intl",
        "js:URL",
        "js:URLSearchParams",
        "js:Object",
        "js:Function",
        "js:Array",
        "js:Error",
        "js:TypeError",
        "js:RangeError",
        "js:SyntaxError",
        "js:parseInt",
        "js:parseFloat",
        "js:isNaN",
        "js:isFinite",
        "js:encodeURIComponent",
        "js:decodeURIComponent",
        "js:encodeURI",
        "js:decodeURI",
        "js:escape",
        "js:unescape",
        "js:clearTimeout",
        "js:clearInterval",
        "js:clearImmediate",
        "js:eval",
        "js:process.env",
        "js:process.cwd",
        "js:process.exit",
        "js:Uint8Array",
        "js:ArrayBuffer",
        "js:TextEncoder",
        "js:TextDecoder",
        "node:path",
        "node:url",
        "node:querystring",
        "node:buffer",
        "node:os",
        "node:string_decoder",
        "node:assert",
        "node:punycode",
        "node:util.inspect",
        "node:util.format",
        "node:util.isArray",
        "node:util.types",
        "node:net.isIP",
        "py:logging",
        "py:warnings",
        "py:json",
        "py:os",
        "py:time",
        "py:datetime",
        "py:typing",
        "py:sys",
        "py:math",
        "py:random",
        "py:hashlib",
        "py:base64",
        "py:copy",
        "py:struct",
        "py:pathlib",
        "py:ValueError",
        "py:TypeError",
        "py:RuntimeError",
        "py:KeyError",
        "py:Exception",
        "py:AttributeError",
        "py:NotImplementedError",
        "py:id",
        "py:vars",
        "py:dir",
        "py:range",
        "py:slice",
        "py:bytes",
        "py:format",
        "py:chr",
        "py:ord",
    ];
    let inside = |prefix: &&&str| {
        path.strip_prefix(**prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '(']))
    };
    PURE.iter().find(inside).is_some()
}

/// True when some model has a longer path.
pub(crate) fn is_prefix(path: &str) -> bool {
    static PREFIXES: OnceLock<FxHashSet<&'static str>> = OnceLock::new();
    let prefixes = PREFIXES.get_or_init(|| {
        let keys = TABLES.into_iter().flatten().map(|(key, _)| *key);
        let cuts = keys.flat_map(|key| {
            let at = key.char_indices().filter(|(_, c)| matches!(c, '.' | '(')).map(|(at, _)| at);
            at.chain([key.len()]).map(|at| &key[..at])
        });
        cuts.collect()
    });
    prefixes.contains(path)
}

/// Different ways to the same thing become one path.
pub(crate) fn canonical(path: &str) -> Cow<'_, str> {
    if let Some(rest) = path.strip_prefix("js:globalThis.").or_else(|| path.strip_prefix("js:global.")) {
        return Cow::Owned(format!("js:{rest}"));
    }
    if let Some(rest) = path.strip_prefix("js:window.").or_else(|| path.strip_prefix("js:self.")) {
        return Cow::Owned(format!("js:{rest}"));
    }
    if let Some(rest) = path.strip_prefix("py:builtins.") {
        return Cow::Owned(format!("py:{rest}"));
    }
    if let Some(rest) = path.strip_prefix("node:")
        && let Some((module, tail)) = rest.split_once('.')
    {
        let tail = tail.strip_prefix("default.").unwrap_or(tail);
        return match (module, tail) {
            (module, "default") => Cow::Owned(format!("node:{module}")),
            ("events", "EventEmitter") => Cow::Borrowed("node:events"),
            ("events", tail) => {
                let tail = tail.strip_prefix("EventEmitter.").unwrap_or(tail);
                Cow::Owned(format!("node:events.{tail}"))
            }
            ("process", tail) => Cow::Owned(format!("js:process.{tail}")),
            ("timers", tail) => Cow::Owned(format!("js:{tail}")),
            _ => Cow::Owned(format!("node:{module}.{tail}")),
        };
    }
    Cow::Borrowed(path)
}

/// Does nothing and gives nothing.
pub(crate) fn nothing(_: &mut Solver<'_>, _: Use) {}

/// Gives its first argument.
pub(crate) fn identity(solver: &mut Solver<'_>, at: Use) {
    if let Some(node) = solver.arg(at.call, 0) {
        solver.give(at.call, node);
    }
}

/// Gives its receiver.
pub(crate) fn receiver(solver: &mut Solver<'_>, at: Use) {
    if let Some(this) = at.this {
        solver.give_token(at.call, this);
    }
}

impl Solver<'_> {
    /// The node of a positional argument.
    pub(crate) fn arg(&self, call: u32, index: usize) -> Option<Node> {
        let args = self.args_of(call);
        let arg = args.get(index)?;
        (arg.mode == ArgMode::Positional).then_some(arg.node)
    }

    /// The node of an argument passed by name.
    pub(crate) fn keyword(&self, call: u32, name: &str) -> Option<Node> {
        let name = self.names.get(name)?;
        self.args_of(call).iter().find(|arg| arg.mode == ArgMode::Keyword(name)).map(|arg| arg.node)
    }

    /// The call's result is what `node` holds.
    pub(crate) fn give(&mut self, call: u32, node: Node) {
        let result = self.calls[call as usize].result;
        if result != NONE {
            self.store.edge(node, result, true);
        }
    }

    pub(crate) fn give_token(&mut self, call: u32, tok: Tok) {
        let result = self.calls[call as usize].result;
        if result != NONE {
            self.store.add(result, tok);
        }
    }

    /// The node of the result, when it is used.
    pub(crate) fn result(&self, call: u32) -> Option<Node> {
        let result = self.calls[call as usize].result;
        (result != NONE).then_some(result)
    }

    /// A callable with a receiver fixed.
    pub(crate) fn bound(&mut self, func: Tok, this: Tok) -> Tok {
        self.tokens.intern(Token::Bound { func, this, args: NONE })
    }

    /// A fresh object of a call.
    pub(crate) fn make(&mut self, call: u32, part: u8, shape: Shape) -> Tok {
        let data = self.calls[call as usize];
        self.tokens.intern(Token::Object { inst: data.inst, stmt: data.stmt, part: part + 1, shape })
    }

    /// A fresh object that the call gives.
    pub(crate) fn give_object(&mut self, call: u32, shape: Shape) -> Tok {
        let tok = self.make(call, 0, shape);
        self.give_token(call, tok);
        tok
    }

    /// The model calls the functions in `callee`; gives the node of their results.
    pub(crate) fn call_back_with(&mut self, call: u32, purpose: u32, callee: Node, args: &[Node], this: This) -> Node {
        let list: Vec<ArgNode> = args.iter().map(|node| ArgNode::positional(*node)).collect();
        self.call_back_args(call, purpose, callee, &list, this)
    }

    pub(crate) fn call_back_args(
        &mut self,
        call: u32,
        purpose: u32,
        callee: Node,
        args: &[ArgNode],
        this: This,
    ) -> Node {
        let result = self.temp(call, key(20, purpose));
        let sub = self.sub_call(call, key(21, purpose), |solver| CallData {
            args: solver.add_args(args),
            result,
            kind: CallKind::Implicit,
            edge: EdgeKind::Callback,
            this,
            base: NONE,
            ..solver.calls[call as usize]
        });
        self.store.watch(callee, Watch::Call { call: sub });
        result
    }

    /// A node of all elements of a token.
    pub(crate) fn elements_of(&mut self, call: u32, tok: Tok) -> Node {
        let node = self.temp(call, key(22, tok.0));
        self.iterate(tok, node);
        node
    }

    /// A node of all elements of what a node holds.
    pub(crate) fn elements_in(&mut self, call: u32, purpose: u32, src: Node) -> Node {
        let node = self.temp(call, key(23, purpose));
        self.store.watch(src, Watch::Elements { dst: node });
        node
    }

    /// An array that holds what `node` holds.
    pub(crate) fn give_list(&mut self, call: u32, shape: Shape, elements: Node) -> Tok {
        let list = self.give_object(call, shape);
        let field = self.write_field(list, Name::ELEMENT);
        self.store.edge(elements, field, true);
        list
    }
}
