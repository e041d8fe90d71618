//! JavaScript: functions, arrays, collections, timers, emitters, `require`.

use super::{Table, Use, identity, nothing, receiver};
use crate::{
    EdgeKind,
    names::Name,
    solve::{ArgMode, ArgNode, CallData, NONE, Node, Shape, Solver, This, Tok, Token, Watch, key},
};
use faultline_facts::CallKind;

pub(super) const MODELS: Table = &[
    ("js:Array.prototype.forEach", each),
    ("js:Array.prototype.map", map),
    ("js:Array.prototype.flatMap", flat_map),
    ("js:Array.prototype.filter", filter),
    ("js:Array.prototype.find", find),
    ("js:Array.prototype.findLast", find),
    ("js:Array.prototype.findIndex", each),
    ("js:Array.prototype.some", each),
    ("js:Array.prototype.every", each),
    ("js:Array.prototype.reduce", reduce),
    ("js:Array.prototype.reduceRight", reduce),
    ("js:Array.prototype.sort", sort),
    ("js:Array.prototype.toSorted", sort),
    ("js:Array.prototype.push", push),
    ("js:Array.prototype.unshift", push),
    ("js:Array.prototype.fill", push),
    ("js:Array.prototype.pop", pop),
    ("js:Array.prototype.shift", pop),
    ("js:Array.prototype.at", pop),
    ("js:Array.prototype.slice", copy),
    ("js:Array.prototype.splice", splice),
    ("js:Array.prototype.concat", concat),
    ("js:Array.prototype.reverse", receiver),
    ("js:Array.prototype.flat", flat),
    ("js:Array.prototype.values", values),
    ("js:Array.prototype.entries", entries),
    ("js:Array.prototype.keys", nothing),
    ("js:Array.prototype.indexOf", nothing),
    ("js:Array.prototype.includes", nothing),
    ("js:Array.prototype.join", nothing),
    ("js:Array.from", from),
    ("js:Array.of", of),
    ("js:Array.isArray", nothing),
    ("js:Array", of),
    ("js:Map", new_map),
    ("js:WeakMap", new_map),
    ("js:Set", new_set),
    ("js:WeakSet", new_set),
    ("js:Map.prototype.set", map_set),
    ("js:Map.prototype.add", map_add),
    ("js:Map.prototype.get", pop),
    ("js:Map.prototype.has", nothing),
    ("js:Map.prototype.delete", nothing),
    ("js:Map.prototype.forEach", map_each),
    ("js:Map.prototype.values", values),
    ("js:Map.prototype.entries", map_pairs),
    ("js:Map.prototype.keys", map_keys),
    ("js:Iterator.prototype.next", next),
    ("js:setTimeout", timer),
    ("js:setInterval", timer),
    ("js:setImmediate", immediate),
    ("js:queueMicrotask", immediate),
    ("js:process.nextTick", immediate),
    ("js:require", require),
    ("js:import", require),
    ("js:module.require", require),
    ("node:module.createRequire", create_require),
    ("node:module.createRequire()", require),
    ("node:util.inherits", inherits),
    ("node:util.promisify", promisify),
    ("node:util.deprecate", identity),
    ("node:util.callbackify", identity),
    ("node:events", emitter),
    ("node:events.prototype.on", on),
    ("node:events.prototype.once", on),
    ("node:events.prototype.addListener", on),
    ("node:events.prototype.prependListener", on),
    ("node:events.prototype.prependOnceListener", on),
    ("node:events.prototype.emit", emit),
    ("node:events.prototype.removeListener", receiver),
    ("node:events.prototype.removeAllListeners", receiver),
    ("node:events.prototype.off", receiver),
    ("node:events.prototype.setMaxListeners", receiver),
    ("node:events.prototype.listeners", listeners),
    ("js:console.log", nothing),
    ("js:console.error", nothing),
    ("js:console.warn", nothing),
    ("js:console.info", nothing),
    ("js:JSON.stringify", stringify),
    ("js:String", nothing),
    ("js:Number", nothing),
    ("js:Boolean", nothing),
    ("js:Error", nothing),
    ("js:TypeError", nothing),
    ("js:Error.captureStackTrace", nothing),
    ("js:Symbol", nothing),
    ("js:parseInt", nothing),
    ("js:Object.prototype.hasOwnProperty", nothing),
    ("js:Object.prototype.toString", nothing),
];

/// Calls the first argument with each element; gives the results' node and the elements'.
fn over_elements(solver: &mut Solver<'_>, at: Use) -> Option<(Node, Node)> {
    let this = at.this?;
    let callback = solver.arg(at.call, 0)?;
    let elements = solver.map_values(at.call, this);
    let array = solver.token_node(this);
    let nowhere = solver.temp(at.call, key(33, 0));
    let receiver = solver.arg(at.call, 1).map_or(This::None, This::Node);
    let result = solver.call_each(at.call, (this, callback), elements, &[nowhere, array], receiver);
    Some((result, elements))
}

impl Solver<'_> {
    /// Calls back with each element: apart for every string, together for the rest.
    fn call_each(&mut self, call: u32, (of, callback): (Tok, Node), elements: Node, more: &[Node], this: This) -> Node {
        let others = self.temp(call, key(90, of.0));
        let args: Vec<Node> = [others].into_iter().chain(more.iter().copied()).collect();
        let result = self.call_back_with(call, of.0, callback, &args, this);
        let sub = self.sub_call(call, key(91, of.0), |solver| {
            let list: Vec<ArgNode> = args.iter().map(|node| ArgNode::positional(*node)).collect();
            CallData {
                args: solver.add_args(&list),
                result,
                kind: CallKind::Implicit,
                edge: EdgeKind::Callback,
                this,
                base: NONE,
                ..solver.calls[call as usize]
            }
        });
        self.store.watch(elements, Watch::EachElement { call: sub, callback, others });
        result
    }

    /// Elements of arrays and values of maps.
    fn map_values(&mut self, call: u32, tok: Tok) -> Node {
        let node = self.temp(call, key(34, tok.0));
        self.read_elements(tok, node);
        node
    }
}

fn each(solver: &mut Solver<'_>, at: Use) {
    over_elements(solver, at);
}

fn map(solver: &mut Solver<'_>, at: Use) {
    if let Some((result, _)) = over_elements(solver, at) {
        solver.give_list(at.call, Shape::Array, result);
    }
}

fn flat_map(solver: &mut Solver<'_>, at: Use) {
    if let Some((result, _)) = over_elements(solver, at) {
        let flat = solver.temp(at.call, key(36, 0));
        solver.store.watch(result, Watch::Flatten { dst: flat });
        solver.give_list(at.call, Shape::Array, flat);
    }
}

fn filter(solver: &mut Solver<'_>, at: Use) {
    if let Some((_, elements)) = over_elements(solver, at) {
        solver.give_list(at.call, Shape::Array, elements);
    }
}

fn find(solver: &mut Solver<'_>, at: Use) {
    if let Some((_, elements)) = over_elements(solver, at) {
        solver.give(at.call, elements);
    }
}

fn reduce(solver: &mut Solver<'_>, at: Use) {
    let (Some(this), Some(callback)) = (at.this, solver.arg(at.call, 0)) else { return };
    let elements = solver.map_values(at.call, this);
    let total = solver.temp(at.call, key(35, 0));
    match solver.arg(at.call, 1) {
        Some(first) => solver.store.edge(first, total, true),
        None => solver.store.edge(elements, total, true),
    }
    let result = solver.call_back_with(at.call, this.0, callback, &[total, elements], This::None);
    solver.store.edge(result, total, true);
    solver.give(at.call, total);
}

fn sort(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    solver.give_token(at.call, this);
    if let Some(callback) = solver.arg(at.call, 0) {
        let elements = solver.map_values(at.call, this);
        solver.call_back_with(at.call, this.0, callback, &[elements, elements], This::None);
    }
}

fn push(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let elements = solver.write_field(this, Name::ELEMENT);
    for arg in solver.args_of(at.call).to_vec() {
        match arg.mode {
            ArgMode::Spread => solver.store.watch(arg.node, Watch::Elements { dst: elements }),
            _ => solver.store.edge(arg.node, elements, true),
        }
    }
}

fn pop(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let elements = solver.map_values(at.call, this);
    solver.give(at.call, elements);
}

fn copy(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let elements = solver.map_values(at.call, this);
    solver.give_list(at.call, Shape::Array, elements);
}

fn splice(solver: &mut Solver<'_>, at: Use) {
    copy(solver, at);
    let Some(this) = at.this else { return };
    let elements = solver.write_field(this, Name::ELEMENT);
    for arg in solver.args_of(at.call).to_vec().into_iter().skip(2) {
        solver.store.edge(arg.node, elements, true);
    }
}

fn concat(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let elements = solver.map_values(at.call, this);
    let list = solver.give_list(at.call, Shape::Array, elements);
    let field = solver.write_field(list, Name::ELEMENT);
    for arg in solver.args_of(at.call).to_vec() {
        solver.store.watch(arg.node, Watch::Flatten { dst: field });
    }
}

fn flat(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let mut flat = solver.map_values(at.call, this);
    // With a depth, once more: what was not a list stays as it is.
    for step in 0..=u32::from(solver.arg(at.call, 0).is_some()) {
        let inner = solver.temp(at.call, key(36, step));
        solver.store.watch(flat, Watch::Flatten { dst: inner });
        flat = inner;
    }
    solver.give_list(at.call, Shape::Array, flat);
}

fn entries(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let pair = solver.make(at.call, 1, Shape::Array);
    let one = solver.index_name(1);
    let value = solver.write_field(pair, one);
    let elements = solver.map_values(at.call, this);
    solver.store.edge(elements, value, true);
    let node = solver.token_node(pair);
    solver.give_list(at.call, Shape::Iterator, node);
}

fn from(solver: &mut Solver<'_>, at: Use) {
    let Some(src) = solver.arg(at.call, 0) else { return };
    let elements = solver.elements_in(at.call, 0, src);
    match solver.arg(at.call, 1) {
        Some(callback) => {
            let receiver = solver.arg(at.call, 2).map_or(This::None, This::Node);
            let result = solver.call_back_with(at.call, 0, callback, &[elements], receiver);
            solver.give_list(at.call, Shape::Array, result);
        }
        None => {
            solver.give_list(at.call, Shape::Array, elements);
        }
    }
}

fn of(solver: &mut Solver<'_>, at: Use) {
    let list = solver.give_object(at.call, Shape::Array);
    push(solver, Use { this: Some(list), ..at });
}

fn new_map(solver: &mut Solver<'_>, at: Use) {
    let map = solver.give_object(at.call, Shape::Map);
    let values = solver.write_field(map, Name::ELEMENT);
    if let Some(src) = solver.arg(at.call, 0) {
        let pairs = solver.elements_in(at.call, 0, src);
        let (zero, one, keys) = (solver.index_name(0), solver.index_name(1), solver.write_field(map, Name::KEYS));
        solver.store.watch(pairs, Watch::Read { name: zero, dst: keys });
        solver.store.watch(pairs, Watch::Read { name: one, dst: values });
    }
}

fn new_set(solver: &mut Solver<'_>, at: Use) {
    let set = solver.give_object(at.call, Shape::Set);
    let values = solver.write_field(set, Name::ELEMENT);
    if let Some(src) = solver.arg(at.call, 0) {
        solver.store.watch(src, Watch::Elements { dst: values });
    }
}

fn map_set(solver: &mut Solver<'_>, at: Use) {
    let (Some(this), Some(value)) = (at.this, solver.arg(at.call, 1)) else { return };
    let values = solver.write_field(this, Name::ELEMENT);
    solver.store.edge(value, values, true);
    if let Some(key) = solver.arg(at.call, 0) {
        let keys = solver.write_field(this, Name::KEYS);
        solver.store.edge(key, keys, true);
    }
    solver.give_token(at.call, this);
}

/// Keys of a map; of a set its elements.
fn keys_of(solver: &mut Solver<'_>, call: u32, this: Tok) -> Node {
    match solver.tokens.get(this) {
        Token::Object { shape: Shape::Map, .. } => solver.field(this, Name::KEYS),
        _ => solver.map_values(call, this),
    }
}

fn map_each(solver: &mut Solver<'_>, at: Use) {
    let (Some(this), Some(callback)) = (at.this, solver.arg(at.call, 0)) else { return };
    let (values, keys) = (solver.map_values(at.call, this), keys_of(solver, at.call, this));
    let whole = solver.token_node(this);
    let receiver = solver.arg(at.call, 1).map_or(This::None, This::Node);
    solver.call_back_with(at.call, this.0, callback, &[values, keys, whole], receiver);
}

fn map_keys(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let keys = keys_of(solver, at.call, this);
    solver.give_list(at.call, Shape::Iterator, keys);
}

fn map_pairs(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let pair = solver.make(at.call, 1, Shape::Array);
    let (zero, one) = (solver.index_name(0), solver.index_name(1));
    let (key, value) = (solver.write_field(pair, zero), solver.write_field(pair, one));
    let (keys, values) = (keys_of(solver, at.call, this), solver.map_values(at.call, this));
    solver.store.edge(keys, key, true);
    solver.store.edge(values, value, true);
    let node = solver.token_node(pair);
    solver.give_list(at.call, Shape::Iterator, node);
}

fn map_add(solver: &mut Solver<'_>, at: Use) {
    push(solver, at);
    receiver(solver, at);
}

fn values(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let elements = solver.map_values(at.call, this);
    solver.give_list(at.call, Shape::Iterator, elements);
}

fn next(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let step = solver.make(at.call, 0, Shape::Object);
    let value = solver.write_field(step, Name::PLAIN_VALUE);
    let elements = solver.map_values(at.call, this);
    let mut given = step;
    if let Token::Generator(inst) = solver.tokens.get(this) {
        let returned = solver.field(this, Name::RETURNED);
        solver.store.edge(returned, value, true);
        if solver.function(solver.inst(inst).func).flags.is_async {
            given = solver.make(at.call, 1, Shape::Promise);
            let awaited = solver.write_field(given, Name::VALUE);
            solver.store.add(awaited, step);
        }
    }
    solver.store.edge(elements, value, true);
    solver.give_token(at.call, given);
}

fn timer(solver: &mut Solver<'_>, at: Use) {
    later(solver, at, 2);
}

fn immediate(solver: &mut Solver<'_>, at: Use) {
    later(solver, at, 1);
}

fn later(solver: &mut Solver<'_>, at: Use, skip: usize) {
    let Some(callback) = solver.arg(at.call, 0) else { return };
    let args: Vec<ArgNode> = solver.args_of(at.call).get(skip..).unwrap_or_default().to_vec();
    solver.call_back_args(at.call, 0, callback, &args, This::None);
}

fn require(solver: &mut Solver<'_>, at: Use) {
    if let Some(name) = solver.arg(at.call, 0) {
        solver.loads.push((at.call, name));
        solver.store.watch(name, Watch::Require { call: at.call, python: false });
    }
}

fn create_require(solver: &mut Solver<'_>, at: Use) {
    let tok = solver.path_token("js:require");
    solver.give_token(at.call, tok);
}

fn inherits(solver: &mut Solver<'_>, at: Use) {
    let (Some(child), Some(parent)) = (solver.arg(at.call, 0), solver.arg(at.call, 1)) else { return };
    solver.store.watch(child, Watch::Inherits { parent });
}

/// The promise resolves to what is passed to the callback after the error: not followed, but the function is called.
fn promisify(solver: &mut Solver<'_>, at: Use) {
    identity(solver, at);
}

fn emitter(solver: &mut Solver<'_>, at: Use) {
    let class = solver.tokens.intern(Token::Path(at.path));
    let instance = solver.tokens.intern(Token::Instance(class));
    solver.give_token(at.call, instance);
}

fn on(solver: &mut Solver<'_>, at: Use) {
    let (Some(this), Some(event)) = (at.this, solver.arg(at.call, 0)) else { return };
    let Some(listener) = solver.arg(at.call, 1) else { return };
    solver.give_token(at.call, this);
    let all = solver.write_field(this, Name::LISTENERS);
    solver.store.edge(listener, all, true);
    solver.store.watch(event, Watch::Event { object: this, node: listener, store: true });
}

fn emit(solver: &mut Solver<'_>, at: Use) {
    let (Some(this), Some(event)) = (at.this, solver.arg(at.call, 0)) else { return };
    let listeners = solver.temp(at.call, key(37, this.0));
    if solver.known_event(at.call) {
        solver.store.watch(event, Watch::Event { object: this, node: listeners, store: false });
    } else {
        let all = solver.lookup(this, Name::LISTENERS);
        solver.store.edge(all, listeners, true);
    }
    let args: Vec<ArgNode> = solver.args_of(at.call).get(1..).unwrap_or_default().to_vec();
    let receiver = solver.token_node(this);
    solver.call_back_args(at.call, this.0, listeners, &args, This::Node(receiver));
}

impl Solver<'_> {
    fn known_event(&self, call: u32) -> bool {
        self.args_of(call).first().is_some_and(|arg| arg.known.is_some())
            || self.arg(call, 0).is_some_and(|node| !self.texts(node).is_empty())
    }
}

fn listeners(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let all = solver.lookup(this, Name::LISTENERS);
    solver.give_list(at.call, Shape::Array, all);
}

fn stringify(solver: &mut Solver<'_>, at: Use) {
    let (Some(value), Some(name)) = (solver.arg(at.call, 0), solver.names.get("toJSON")) else { return };
    let methods = solver.temp(at.call, key(38, 0));
    solver.store.watch(value, Watch::Read { name, dst: methods });
    solver.call_back_with(at.call, 0, methods, &[], This::Node(value));
}
