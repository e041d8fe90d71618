//! Python: builtins, containers, `functools`, threads, import by name.

use super::{Table, Use, identity, nothing, receiver};
use crate::{
    names::Name,
    solve::{ArgMode, ArgNode, CallData, NONE, Node, Shape, Solver, This, Token, Watch, key},
};
use faultline_facts::CallKind;

pub(super) const MODELS: Table = &[
    ("py:map", map),
    ("py:filter", filter),
    ("py:sorted", sorted),
    ("py:min", sorted),
    ("py:max", sorted),
    ("py:heapq.nlargest", nothing),
    ("py:iter", iter),
    ("py:aiter", iter),
    ("py:next", next),
    ("py:anext", next),
    ("py:zip", zip),
    ("py:enumerate", enumerate),
    ("py:reversed", list),
    ("py:list", list),
    ("py:tuple", list),
    ("py:set", list),
    ("py:frozenset", list),
    ("py:collections.deque", list),
    ("py:itertools.chain", chain),
    ("py:dict", dict),
    ("py:collections.OrderedDict", dict),
    ("py:collections.defaultdict", default_dict),
    ("py:getattr", getattr),
    ("py:setattr", setattr),
    ("py:hasattr", nothing),
    ("py:isinstance", nothing),
    ("py:issubclass", nothing),
    ("py:callable", nothing),
    ("py:type", class_of),
    ("py:staticmethod", identity),
    ("py:classmethod", identity),
    ("py:str", text),
    ("py:repr", repr),
    ("py:int", integer),
    ("py:float", nothing),
    ("py:bool", boolean),
    ("py:len", length),
    ("py:hash", hash),
    ("py:abs", absolute),
    ("py:print", print),
    ("py:any", consume),
    ("py:all", consume),
    ("py:sum", consume),
    ("py:object", object),
    ("py:functools.partial", partial),
    ("py:functools.partialmethod", partial),
    ("py:functools.reduce", reduce),
    ("py:functools.wraps", factory),
    ("py:functools.wraps()", identity),
    ("py:functools.update_wrapper", identity),
    ("py:functools.lru_cache", decorator),
    ("py:functools.lru_cache()", identity),
    ("py:functools.cache", identity),
    ("py:functools.singledispatch", identity),
    ("py:functools.total_ordering", identity),
    ("py:dataclasses.dataclass", decorator),
    ("py:dataclasses.dataclass()", identity),
    ("py:contextlib.contextmanager", identity),
    ("py:contextlib.asynccontextmanager", identity),
    ("py:abc.abstractmethod", identity),
    ("py:typing.cast", second),
    ("py:typing.final", identity),
    ("py:typing.runtime_checkable", identity),
    ("py:typing.no_type_check", identity),
    ("py:typing.TypeVar", nothing),
    ("py:typing.NewType", second),
    ("py:enum.unique", identity),
    ("py:importlib.import_module", import_module),
    ("py:__import__", import_module),
    ("py:threading.Thread", thread),
    ("py:multiprocessing.Process", thread),
    ("py:threading.Timer", timer),
    ("py:atexit.register", submit),
    ("py:concurrent.futures.ThreadPoolExecutor().submit", submit),
    ("py:concurrent.futures.ProcessPoolExecutor().submit", submit),
    ("py:concurrent.futures.ThreadPoolExecutor().map", map),
    ("py:concurrent.futures.ProcessPoolExecutor().map", map),
    ("py:asyncio.run", coroutines),
    ("py:asyncio.create_task", coroutines),
    ("py:asyncio.ensure_future", coroutines),
    ("py:asyncio.wait_for", coroutines),
    ("py:asyncio.shield", coroutines),
    ("py:asyncio.gather", gather),
    ("py:asyncio.to_thread", submit),
    ("py:list.append", append),
    ("py:list.insert", insert),
    ("py:list.extend", extend),
    ("py:list.pop", elements),
    ("py:list.copy", receiver),
    ("py:list.sort", sort),
    ("py:list.reverse", nothing),
    ("py:list.__add__", concatenate),
    ("py:list.__iadd__", extend_self),
    ("py:list.appendleft", append),
    ("py:list.popleft", elements),
    ("py:tuple.__add__", concatenate),
    ("py:set.add", append),
    ("py:set.update", extend),
    ("py:set.pop", elements),
    ("py:set.union", concatenate),
    ("py:set.copy", receiver),
    ("py:dict.get", get),
    ("py:dict.pop", get),
    ("py:dict.setdefault", set_default),
    ("py:dict.items", items),
    ("py:dict.values", values),
    ("py:dict.keys", receiver),
    ("py:dict.copy", receiver),
    ("py:dict.update", update),
    ("py:dict.popitem", items),
    ("py:generator.__iter__", receiver),
    ("py:generator.__aiter__", receiver),
    ("py:generator.__next__", elements),
    ("py:generator.__anext__", elements),
    ("py:generator.send", elements),
    ("py:generator.__enter__", elements),
    ("py:generator.__aenter__", elements),
    ("py:generator.__exit__", nothing),
    ("py:generator.close", nothing),
    ("py:property.__init__", property_init),
];

fn map(solver: &mut Solver<'_>, at: Use) {
    let args = solver.args_of(at.call).to_vec();
    let results = solver.temp(at.call, key(69, 0));
    for (index, callback) in args.iter().enumerate() {
        let mut elements = Vec::new();
        for (other, source) in args.iter().enumerate().filter(|(other, _)| *other != index) {
            elements.push(solver.elements_in(at.call, other as u32, source.node));
        }
        let result = solver.call_back_with(at.call, index as u32, callback.node, &elements, This::None);
        solver.store.edge(result, results, true);
    }
    solver.give_list(at.call, Shape::Iterator, results);
}

fn filter(solver: &mut Solver<'_>, at: Use) {
    let (Some(callback), Some(source)) = (solver.arg(at.call, 0), solver.arg(at.call, 1)) else { return };
    let elements = solver.elements_in(at.call, 0, source);
    solver.call_back_with(at.call, 0, callback, &[elements], This::None);
    solver.give_list(at.call, Shape::Iterator, elements);
}

/// Elements of the first argument, or the arguments themselves, compared by `key`.
fn sorted(solver: &mut Solver<'_>, at: Use) {
    let Some(source) = solver.arg(at.call, 0) else { return };
    let elements = if solver.arg(at.call, 1).is_some() { source } else { solver.elements_in(at.call, 0, source) };
    if let Some(callback) = solver.keyword(at.call, "key") {
        solver.call_back_with(at.call, 0, callback, &[elements], This::None);
    }
    dunder(solver, at.call, elements, "__lt__", 70);
    solver.give_list(at.call, Shape::Array, elements);
    solver.give(at.call, elements);
}

/// Calls a special method on everything in a node; gives the node of results.
fn dunder(solver: &mut Solver<'_>, call: u32, node: Node, name: &str, purpose: u64) -> Node {
    let result = solver.temp(call, key(purpose, node));
    let Some(name) = solver.names.get(name) else { return result };
    let sub = solver.sub_call(call, key(purpose + 100, node), |solver| CallData {
        args: (0, 0),
        result,
        kind: CallKind::Implicit,
        this: This::None,
        base: NONE,
        ..solver.calls[call as usize]
    });
    solver.store.watch(node, Watch::Method { call: sub, name });
    result
}

fn iter(solver: &mut Solver<'_>, at: Use) {
    let Some(source) = solver.arg(at.call, 0) else { return };
    let result = dunder(solver, at.call, source, "__iter__", 71);
    solver.give(at.call, result);
    let elements = solver.elements_in(at.call, 0, source);
    solver.give_list(at.call, Shape::Iterator, elements);
}

fn next(solver: &mut Solver<'_>, at: Use) {
    let Some(source) = solver.arg(at.call, 0) else { return };
    let result = dunder(solver, at.call, source, "__next__", 72);
    solver.give(at.call, result);
    let elements = solver.elements_in(at.call, 0, source);
    solver.give(at.call, elements);
    if let Some(default) = solver.arg(at.call, 1) {
        solver.give(at.call, default);
    }
}

/// Gives an iterator of one tuple with these parts.
fn give_tuples(solver: &mut Solver<'_>, at: Use, parts: &[Node]) {
    let tuple = solver.make(at.call, 1, Shape::Tuple);
    for (index, part) in parts.iter().enumerate() {
        let name = solver.index_name(index as u32);
        let field = solver.write_field(tuple, name);
        solver.store.edge(*part, field, true);
    }
    let node = solver.token_node(tuple);
    solver.give_list(at.call, Shape::Iterator, node);
}

fn zip(solver: &mut Solver<'_>, at: Use) {
    let args = solver.args_of(at.call).to_vec();
    let mut parts = Vec::new();
    for (index, arg) in args.iter().filter(|arg| arg.mode == ArgMode::Positional).enumerate() {
        parts.push(solver.elements_in(at.call, index as u32, arg.node));
    }
    give_tuples(solver, at, &parts);
}

fn enumerate(solver: &mut Solver<'_>, at: Use) {
    let Some(source) = solver.arg(at.call, 0) else { return };
    let elements = solver.elements_in(at.call, 0, source);
    let count = solver.temp(at.call, key(73, 0));
    give_tuples(solver, at, &[count, elements]);
}

fn list(solver: &mut Solver<'_>, at: Use) {
    let elements = match solver.arg(at.call, 0) {
        Some(source) => {
            dunder(solver, at.call, source, "__iter__", 71);
            solver.elements_in(at.call, 0, source)
        }
        None => solver.temp(at.call, key(74, 0)),
    };
    solver.give_list(at.call, Shape::Array, elements);
}

fn chain(solver: &mut Solver<'_>, at: Use) {
    let list = solver.give_object(at.call, Shape::Iterator);
    let field = solver.write_field(list, Name::ELEMENT);
    for arg in solver.args_of(at.call).to_vec() {
        solver.store.watch(arg.node, Watch::Elements { dst: field });
    }
}

fn dict(solver: &mut Solver<'_>, at: Use) {
    let dict = solver.give_object(at.call, Shape::Dict);
    fill(solver, at.call, dict);
}

/// Copies mappings and keyword arguments into a dictionary.
fn fill(solver: &mut Solver<'_>, call: u32, dict: crate::solve::Tok) {
    let dst = solver.token_node(dict);
    for arg in solver.args_of(call).to_vec() {
        match arg.mode {
            ArgMode::Keyword(name) => {
                let item = solver.item(name);
                solver.write(dict, item, arg.node);
            }
            ArgMode::Positional | ArgMode::KeywordSpread => solver.store.watch(arg.node, Watch::SpreadFrom { dst }),
            ArgMode::Spread => {}
        }
    }
}

fn default_dict(solver: &mut Solver<'_>, at: Use) {
    let dict = solver.give_object(at.call, Shape::Dict);
    let Some(make) = solver.arg(at.call, 0) else { return };
    let made = solver.call_back_with(at.call, 0, make, &[], This::None);
    let field = solver.write_field(dict, Name::ELEMENT);
    solver.store.edge(made, field, true);
}

fn getattr(solver: &mut Solver<'_>, at: Use) {
    let (Some(base), Some(name)) = (solver.arg(at.call, 0), solver.arg(at.call, 1)) else { return };
    if let Some(dst) = solver.result(at.call) {
        solver.store.watch(name, Watch::NamedRead { base, dst });
    }
    if let Some(default) = solver.arg(at.call, 2) {
        solver.give(at.call, default);
    }
}

fn setattr(solver: &mut Solver<'_>, at: Use) {
    let (Some(base), Some(name)) = (solver.arg(at.call, 0), solver.arg(at.call, 1)) else { return };
    if let Some(src) = solver.arg(at.call, 2) {
        solver.store.watch(name, Watch::NamedWrite { base, src });
    }
}

fn class_of(solver: &mut Solver<'_>, at: Use) {
    let (Some(object), Some(dst)) = (solver.arg(at.call, 0), solver.result(at.call)) else { return };
    if solver.arg(at.call, 1).is_none() {
        solver.store.watch(object, Watch::ClassOf { dst });
    }
}

fn first_dunder(solver: &mut Solver<'_>, at: Use, names: &[&str]) {
    let Some(object) = solver.arg(at.call, 0) else { return };
    for (index, name) in names.iter().enumerate() {
        let result = dunder(solver, at.call, object, name, 75 + index as u64);
        solver.give(at.call, result);
    }
}

fn text(solver: &mut Solver<'_>, at: Use) {
    first_dunder(solver, at, &["__str__"]);
    identity_text(solver, at);
}

/// `str` of a string is that string.
fn identity_text(solver: &mut Solver<'_>, at: Use) {
    let (Some(src), Some(dst)) = (solver.arg(at.call, 0), solver.result(at.call)) else { return };
    solver.store.watch(src, Watch::TextOnly { dst });
}

fn repr(solver: &mut Solver<'_>, at: Use) {
    first_dunder(solver, at, &["__repr__"]);
}

fn integer(solver: &mut Solver<'_>, at: Use) {
    first_dunder(solver, at, &["__int__", "__index__"]);
}

fn boolean(solver: &mut Solver<'_>, at: Use) {
    first_dunder(solver, at, &["__bool__", "__len__"]);
}

fn length(solver: &mut Solver<'_>, at: Use) {
    first_dunder(solver, at, &["__len__"]);
}

fn hash(solver: &mut Solver<'_>, at: Use) {
    first_dunder(solver, at, &["__hash__"]);
}

fn absolute(solver: &mut Solver<'_>, at: Use) {
    first_dunder(solver, at, &["__abs__"]);
}

fn print(solver: &mut Solver<'_>, at: Use) {
    for arg in solver.args_of(at.call).to_vec() {
        if arg.mode == ArgMode::Positional {
            dunder(solver, at.call, arg.node, "__str__", 75);
        }
    }
}

fn consume(solver: &mut Solver<'_>, at: Use) {
    if let Some(source) = solver.arg(at.call, 0) {
        dunder(solver, at.call, source, "__iter__", 71);
    }
}

fn object(solver: &mut Solver<'_>, at: Use) {
    let class = solver.tokens.intern(Token::Path(at.path));
    let instance = solver.tokens.intern(Token::Instance(class));
    solver.give_token(at.call, instance);
}

fn partial(solver: &mut Solver<'_>, at: Use) {
    let args: Vec<ArgNode> = solver.args_of(at.call).to_vec();
    let Some((callee, rest)) = args.split_first() else { return };
    let list = solver.sub_call(at.call, key(77, 0), |solver| CallData {
        args: solver.add_args(rest),
        result: NONE,
        ..solver.calls[at.call as usize]
    });
    solver.store.watch(callee.node, Watch::Partial { call: at.call, args: list });
}

fn reduce(solver: &mut Solver<'_>, at: Use) {
    let (Some(callback), Some(source)) = (solver.arg(at.call, 0), solver.arg(at.call, 1)) else { return };
    let elements = solver.elements_in(at.call, 0, source);
    let total = solver.temp(at.call, key(78, 0));
    let first = solver.arg(at.call, 2).unwrap_or(elements);
    solver.store.edge(first, total, true);
    let result = solver.call_back_with(at.call, 0, callback, &[total, elements], This::None);
    solver.store.edge(result, total, true);
    solver.give(at.call, total);
}

/// Gives a decorator, without calling what it is given.
fn factory(solver: &mut Solver<'_>, at: Use) {
    let made = solver.child(at.path, "()");
    let made = solver.tokens.intern(Token::Path(made));
    solver.give_token(at.call, made);
}

/// A decorator with or without arguments.
fn decorator(solver: &mut Solver<'_>, at: Use) {
    if solver.arg(at.call, 0).is_some() { identity(solver, at) } else { factory(solver, at) }
}

fn second(solver: &mut Solver<'_>, at: Use) {
    if let Some(node) = solver.arg(at.call, 1) {
        solver.give(at.call, node);
    }
}

fn import_module(solver: &mut Solver<'_>, at: Use) {
    if let Some(name) = solver.arg(at.call, 0) {
        solver.store.watch(name, Watch::Require { call: at.call, python: true });
    }
}

fn thread(solver: &mut Solver<'_>, at: Use) {
    object(solver, at);
    let Some(target) = solver.keyword(at.call, "target").or_else(|| solver.arg(at.call, 1)) else { return };
    let mut args = Vec::new();
    if let Some(node) = solver.keyword(at.call, "args").or_else(|| solver.arg(at.call, 3)) {
        args.push(ArgNode { node, mode: ArgMode::Spread, known: None });
    }
    if let Some(node) = solver.keyword(at.call, "kwargs") {
        args.push(ArgNode { node, mode: ArgMode::KeywordSpread, known: None });
    }
    solver.call_back_args(at.call, 0, target, &args, This::None);
}

fn timer(solver: &mut Solver<'_>, at: Use) {
    if let Some(target) = solver.arg(at.call, 1).or_else(|| solver.keyword(at.call, "function")) {
        solver.call_back_with(at.call, 0, target, &[], This::None);
    }
}

/// Calls the first argument with the others.
fn submit(solver: &mut Solver<'_>, at: Use) {
    let args: Vec<ArgNode> = solver.args_of(at.call).to_vec();
    let Some((callee, rest)) = args.split_first() else { return };
    let result = solver.call_back_args(at.call, 0, callee.node, rest, This::None);
    let future = solver.give_object(at.call, Shape::Promise);
    let value = solver.write_field(future, Name::VALUE);
    solver.store.edge(result, value, true);
    solver.give(at.call, callee.node);
}

fn coroutines(solver: &mut Solver<'_>, at: Use) {
    let Some(dst) = solver.result(at.call) else { return };
    if let Some(src) = solver.arg(at.call, 0) {
        solver.store.edge(src, dst, true);
        solver.store.watch(src, Watch::Await { dst });
    }
}

fn gather(solver: &mut Solver<'_>, at: Use) {
    let future = solver.give_object(at.call, Shape::Promise);
    let value = solver.write_field(future, Name::VALUE);
    let list = solver.make(at.call, 1, Shape::Array);
    solver.store.add(value, list);
    let field = solver.write_field(list, Name::ELEMENT);
    for arg in solver.args_of(at.call).to_vec() {
        let src = if arg.mode == ArgMode::Spread { solver.elements_in(at.call, arg.node, arg.node) } else { arg.node };
        solver.store.watch(src, Watch::Await { dst: field });
    }
}

fn add_elements(solver: &mut Solver<'_>, at: Use, index: usize) {
    let (Some(this), Some(src)) = (at.this, solver.arg(at.call, index)) else { return };
    let field = solver.write_field(this, Name::ELEMENT);
    solver.store.edge(src, field, true);
}

fn append(solver: &mut Solver<'_>, at: Use) {
    add_elements(solver, at, 0);
}

fn insert(solver: &mut Solver<'_>, at: Use) {
    add_elements(solver, at, 1);
}

fn extend(solver: &mut Solver<'_>, at: Use) {
    let (Some(this), Some(src)) = (at.this, solver.arg(at.call, 0)) else { return };
    let field = solver.write_field(this, Name::ELEMENT);
    solver.store.watch(src, Watch::Elements { dst: field });
}

fn extend_self(solver: &mut Solver<'_>, at: Use) {
    extend(solver, at);
    receiver(solver, at);
}

fn elements(solver: &mut Solver<'_>, at: Use) {
    let (Some(this), Some(dst)) = (at.this, solver.result(at.call)) else { return };
    solver.read_elements(this, dst);
}

fn sort(solver: &mut Solver<'_>, at: Use) {
    let (Some(this), Some(callback)) = (at.this, solver.keyword(at.call, "key")) else { return };
    let elements = solver.elements_of(at.call, this);
    solver.call_back_with(at.call, 0, callback, &[elements], This::None);
}

fn concatenate(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let elements = solver.elements_of(at.call, this);
    let list = solver.give_list(at.call, Shape::Array, elements);
    if let Some(other) = solver.arg(at.call, 0) {
        let field = solver.write_field(list, Name::ELEMENT);
        solver.store.watch(other, Watch::Elements { dst: field });
    }
}

fn get(solver: &mut Solver<'_>, at: Use) {
    let (Some(this), Some(dst)) = (at.this, solver.result(at.call)) else { return };
    let Some(name) = solver.arg(at.call, 0) else { return };
    if solver.texts(name).is_empty() {
        solver.watch_fields(this, crate::solve::FieldWatch::Values { dst });
    } else {
        let base = solver.token_node(this);
        solver.store.watch(name, Watch::NamedRead { base, dst });
        let rest = solver.lookup(this, Name::ELEMENT);
        solver.store.edge(rest, dst, true);
    }
    second(solver, at);
}

fn set_default(solver: &mut Solver<'_>, at: Use) {
    add_elements(solver, at, 1);
    get(solver, at);
}

fn items(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let (names, values) = (solver.temp(at.call, key(79, this.0)), solver.temp(at.call, key(80, this.0)));
    solver.watch_fields(this, crate::solve::FieldWatch::Names { dst: names });
    solver.watch_fields(this, crate::solve::FieldWatch::Values { dst: values });
    give_tuples(solver, at, &[names, values]);
}

fn values(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let values = solver.temp(at.call, key(80, this.0));
    solver.watch_fields(this, crate::solve::FieldWatch::Values { dst: values });
    solver.give_list(at.call, Shape::Iterator, values);
}

fn update(solver: &mut Solver<'_>, at: Use) {
    if let Some(this) = at.this {
        fill(solver, at.call, this);
    }
}

/// A class derived from `property` keeps its functions under these names.
fn property_init(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    for (index, name) in ["fget", "fset", "fdel"].into_iter().enumerate() {
        if let Some(node) = solver.arg(at.call, index).or_else(|| solver.keyword(at.call, name)) {
            let name = solver.names.intern(name);
            let field = solver.write_field(this, name);
            solver.store.edge(node, field, true);
        }
    }
}
