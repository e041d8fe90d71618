//! Java's own library: collections, streams, threads, reflection by constant names.

use crate::{
    EdgeKind,
    names::Name,
    solve::{ArgNode, CallData, CallSite, Node, Shape, Solver, This, Tok, Token, Watch, key},
};

/// What an object of a library class keeps of what it is given, when that matters.
pub(crate) fn collection(class: &str) -> Option<Shape> {
    let inside = class.strip_prefix("java.util.")?;
    let simple = inside.rsplit(['.', '$']).next().unwrap_or(inside);
    let ends =
        ["List", "Map", "Set", "Deque", "Queue", "Vector", "Stack", "Hashtable", "Properties", "AtomicReference"];
    if ends.iter().any(|end| simple.ends_with(end)) { Some(Shape::Array) } else { None }
}

/// Methods of functional interfaces that give another function and call nothing.
pub(crate) fn combines(name: &str) -> bool {
    matches!(name, "andThen" | "compose" | "negate" | "and" | "or" | "reversed" | "thenComparing")
}

/// Methods of libraries that load services in a way that cannot be followed: log4j does it through method handles.
pub(crate) fn loads_services(owner: &str, name: &str) -> bool {
    name == "loadServices" && owner == "org.apache.logging.log4j.util.ServiceLoaderUtil"
}

/// Classes that never call what they are given.
pub(crate) fn keeps(owner: &str) -> bool {
    const PLAIN: &[&str] = &[
        "java.lang.Object",
        "java.lang.Integer",
        "java.lang.Long",
        "java.lang.Math",
        "java.lang.System",
        "java.lang.reflect.Array",
        "java.util.Objects",
    ];
    PLAIN.contains(&owner)
}

/// What a method does with the elements of a collection.
enum Does {
    /// Puts its last argument in.
    Put,
    /// Puts the elements of its argument in.
    PutAll,
    /// Gives an element.
    Get,
    /// Gives itself, or something with the same elements.
    Same,
    /// Calls its argument with elements, and gives something with the results.
    Map,
    /// The results are collections whose elements count.
    FlatMap,
    /// Calls its argument with elements and gives something with the same elements.
    Each,
    /// Calls its arguments with elements and puts the results in.
    Compute,
    /// Calls its argument without anything and gives an element or the result.
    GetOrCall,
}

fn does(name: &str) -> Option<Does> {
    Some(match name {
        "add" | "addFirst" | "addLast" | "offer" | "offerFirst" | "offerLast" | "push" | "put" | "putIfAbsent"
        | "set" | "addElement" | "setElementAt" | "replace" | "getAndSet" | "compareAndSet" | "putFirst"
        | "putLast" => Does::Put,
        "addAll" | "putAll" | "addAllAbsent" => Does::PutAll,
        "get" | "remove" | "poll" | "pollFirst" | "pollLast" | "peek" | "peekFirst" | "peekLast" | "pop"
        | "element" | "first" | "last" | "next" | "previous" | "nextElement" | "getFirst" | "getLast"
        | "removeFirst" | "removeLast" | "take" | "elementAt" | "firstElement" | "lastElement" | "getOrDefault"
        | "orElse" | "orElseThrow" | "getKey" | "getValue" | "join" | "getNow" | "floor" | "ceiling" | "higher"
        | "lower" => Does::Get,
        "iterator" | "listIterator" | "stream" | "parallelStream" | "values" | "keySet" | "entrySet" | "collect"
        | "toList" | "toArray" | "subList" | "sorted" | "distinct" | "limit" | "skip" | "findFirst" | "findAny"
        | "elements" | "keys" | "descendingIterator" | "boxed" | "sequential" | "parallel" | "clone" | "reversed"
        | "spliterator" | "firstEntry" | "lastEntry" | "headMap" | "tailMap" | "subMap" | "descendingMap"
        | "descendingSet" | "onClose" | "unordered" | "concat" => Does::Same,
        "map" | "mapToObj" | "thenApply" | "thenApplyAsync" | "mapToInt" | "mapToLong" | "mapToDouble" => Does::Map,
        "flatMap" | "thenCompose" | "thenComposeAsync" | "mapMulti" => Does::FlatMap,
        "filter" | "forEach" | "forEachOrdered" | "forEachRemaining" | "peekEach" | "anyMatch" | "allMatch"
        | "noneMatch" | "removeIf" | "takeWhile" | "dropWhile" | "ifPresent" | "ifPresentOrElse" | "sort" | "max"
        | "min" | "reduce" | "thenAccept" | "thenAcceptAsync" | "whenComplete" | "thenRun" | "exceptionally"
        | "handle" => Does::Each,
        "computeIfAbsent" | "compute" | "computeIfPresent" | "merge" | "replaceAll" | "updateAndGet"
        | "getAndUpdate" => Does::Compute,
        "orElseGet" => Does::GetOrCall,
        _ => return None,
    })
}

/// A receiver that is no object of the program's classes.
pub(crate) fn call_on(solver: &mut Solver<'_>, call: u32, site: &CallSite, tok: Tok) {
    match solver.tokens.get(tok) {
        Token::Object { .. } => on_object(solver, call, site, tok),
        Token::Class { .. } => on_class(solver, call, site, tok),
        Token::Function { .. } | Token::Bound { .. } if &*site.name == "invoke" && is_reflected(solver, site) => {
            invoke_reflected(solver, call, tok);
        }
        // An entry of a map stands for its value.
        _ if matches!(&*site.name, "getKey" | "getValue") => solver.give_token(call, tok),
        Token::Function { .. } | Token::Bound { .. } | Token::Selector(_) => {
            solver.give_token(call, tok);
            for arg in solver.args_of(call).to_vec() {
                solver.give(call, arg.node);
            }
        }
        Token::Text(_) | Token::AnyText if matches!(&*site.name, "toString" | "trim" | "intern" | "strip") => {
            solver.give_token(call, tok);
        }
        _ => {}
    }
}

fn is_reflected(solver: &Solver<'_>, site: &CallSite) -> bool {
    site.owner.is_some_and(|owner| solver.linker.classes.name(owner) == "java.lang.reflect.Method")
}

/// A class object: constructors stand for their class, methods are found by constant names.
fn on_class(solver: &mut Solver<'_>, call: u32, site: &CallSite, tok: Tok) {
    match &*site.name {
        "newInstance" => {
            let Some(class) = solver.cls(tok) else { return };
            if let Some(result) = solver.result(call) {
                solver.make_reflected(call, class, result);
            }
        }
        "getConstructor" | "getDeclaredConstructor" | "asSubclass" => solver.give_token(call, tok),
        "getMethod" | "getDeclaredMethod" => {
            if let Some(name) = solver.arg(call, 0) {
                solver.store.watch(name, Watch::MethodNamed { call, class: tok });
            }
        }
        _ => {}
    }
}

/// `method.invoke(object, arguments…)`.
fn invoke_reflected(solver: &mut Solver<'_>, call: u32, tok: Tok) {
    let args = solver.args_of(call).to_vec();
    let Some((this, rest)) = args.split_first() else { return };
    let mut list = Vec::new();
    for (at, arg) in (0u32..).zip(rest) {
        let inside = solver.elements_in(call, 70 + at, arg.node);
        solver.store.edge(arg.node, inside, true);
        list.push(ArgNode::positional(inside));
    }
    if let [only] = list[..] {
        list = vec![only; 4];
    }
    let this = This::Node(this.node);
    let reflected = solver.sub_call(call, key(66, tok.0), |solver| CallData {
        args: solver.add_args(&list),
        this,
        edge: EdgeKind::Reflection,
        ..solver.calls[call as usize]
    });
    solver.invoke(reflected, tok, this);
}

fn on_object(solver: &mut Solver<'_>, call: u32, site: &CallSite, tok: Tok) {
    let elements = solver.write_field(tok, Name::ELEMENT);
    // What callbacks get: elements of every object that arrives here.
    let offered = solver.temp(call, key(67, 0));
    solver.store.edge(elements, offered, true);
    let last = solver.args_of(call).last().map(|arg| arg.node);
    let first = solver.arg(call, 0);
    match does(&site.name) {
        Some(Does::Put) => {
            for arg in solver.args_of(call).to_vec() {
                solver.store.edge(arg.node, elements, true);
            }
            solver.give(call, elements);
        }
        Some(Does::PutAll) => last.into_iter().for_each(|from| solver.fill(tok, from)),
        Some(Does::Get) => {
            solver.give(call, elements);
            last.into_iter().filter(|_| site.name.starts_with("orElse") || &*site.name == "getOrDefault").for_each(
                |other| {
                    solver.give(call, other);
                },
            );
        }
        Some(Does::Same) => solver.give_token(call, tok),
        Some(Does::Map) => {
            let Some(function) = first else { return };
            let results = solver.call_callback(call, 0, function, &[offered]);
            solver.give_collection(call, results);
        }
        Some(Does::FlatMap) => {
            let Some(function) = first else { return };
            let results = solver.call_callback(call, 0, function, &[offered]);
            let inner = solver.elements_in(call, 1, results);
            solver.give_collection(call, inner);
        }
        Some(Does::Each) => {
            each(solver, call, offered);
            solver.give_token(call, tok);
        }
        Some(Does::Compute) => {
            let results = each(solver, call, offered);
            for result in results {
                solver.store.edge(result, elements, true);
            }
            solver.give(call, elements);
        }
        Some(Does::GetOrCall) => {
            solver.give(call, elements);
            for result in each(solver, call, offered) {
                solver.give(call, result);
            }
        }
        None => {}
    }
}

/// Calls every argument with elements.
fn each(solver: &mut Solver<'_>, call: u32, elements: Node) -> Vec<Node> {
    let args: Vec<Node> = solver.args_of(call).iter().map(|arg| arg.node).collect();
    let results = (0u32..).zip(args).map(|(at, arg)| solver.call_callback(call, at, arg, &[elements, elements]));
    results.collect()
}

/// A call that is known by the class named in it; false where it means what any call of unknown code means.
pub(crate) fn call_outside(solver: &mut Solver<'_>, call: u32, owner: &str, site: &CallSite) -> bool {
    match (owner, &*site.name) {
        (
            "java.util.List"
            | "java.util.Set"
            | "java.util.Map"
            | "java.util.Arrays"
            | "java.util.stream.Stream"
            | "java.util.Optional"
            | "java.util.Map$Entry"
            | "java.util.concurrent.CompletableFuture",
            "of" | "asList" | "copyOf" | "ofNullable" | "entry" | "ofEntries" | "completedFuture" | "concat",
        ) => gather(solver, call),
        ("java.util.Collections", name) if !matches!(name, "sort") => same_or_gather(solver, call),
        ("java.util.Objects", "requireNonNull" | "requireNonNullElse") | ("java.lang.Class", "cast") => {
            solver.arg(call, 0).into_iter().for_each(|node| solver.give(call, node));
        }
        ("java.util.concurrent.CompletableFuture", "supplyAsync" | "runAsync")
        | ("java.util.stream.Stream", "generate") => {
            let Some(function) = solver.arg(call, 0) else { return true };
            let results = solver.call_callback(call, 0, function, &[]);
            solver.give_collection(call, results);
        }
        (_, "submit" | "schedule" | "invokeAll" | "invokeAny") if owner.starts_with("java.util.concurrent.") => {
            let Some(function) = solver.arg(call, 0) else { return true };
            let tasks = solver.elements_in(call, 5, function);
            solver.store.edge(function, tasks, true);
            let results = solver.call_callback(call, 0, tasks, &[]);
            solver.give_collection(call, results);
        }
        ("java.lang.Class", "forName") => {
            let Some(name) = solver.arg(call, 0) else { return true };
            solver.store.watch(name, Watch::ClassNamed { call });
        }
        ("java.util.ServiceLoader", "load") => {
            let Some(class) = solver.arg(call, 0) else { return true };
            solver.store.watch(class, Watch::Services { call });
        }
        ("java.lang.System", "arraycopy") => {
            let (Some(from), Some(to)) = (solver.arg(call, 0), solver.arg(call, 2)) else { return true };
            let elements = solver.elements_in(call, 6, from);
            solver.store.watch(to, Watch::FillElements { from: elements });
        }
        _ => return text_of(solver, call, owner, site),
    }
    true
}

/// A collection of all arguments; arrays among them count by their elements.
fn gather(solver: &mut Solver<'_>, call: u32) {
    let elements = solver.temp(call, key(63, 0));
    for (at, arg) in (0u32..).zip(solver.args_of(call).to_vec()) {
        solver.store.edge(arg.node, elements, true);
        let inner = solver.elements_in(call, 10 + at, arg.node);
        solver.store.edge(inner, elements, true);
    }
    solver.give_collection(call, elements);
}

fn same_or_gather(solver: &mut Solver<'_>, call: u32) {
    solver.args_of(call).to_vec().into_iter().for_each(|arg| solver.give(call, arg.node));
    gather(solver, call);
}

/// Objects that are printed, joined or looked up are asked for their text, or compared.
fn text_of(solver: &mut Solver<'_>, call: u32, owner: &str, site: &CallSite) -> bool {
    let implicit: &[&str] = match &*site.name {
        "print" | "println" | "printf" | "format" | "valueOf" | "append" | "insert" | "toString" | "join"
            if owner.starts_with("java.") =>
        {
            &["toString"]
        }
        "equals" | "hash" | "hashCode" if owner == "java.util.Objects" => &["equals", "hashCode"],
        "add" | "put" | "contains" | "containsKey" | "get" | "remove" | "indexOf"
            if owner.starts_with("java.util.") =>
        {
            if ["Tree", "Sorted", "Navigable", "Skip", "Priority"].iter().any(|kind| owner.contains(kind)) {
                &["compareTo"]
            } else {
                &["equals", "hashCode"]
            }
        }
        "sort" if owner.starts_with("java.util.") => &["compareTo"],
        _ => return false,
    };
    for arg in solver.args_of(call).to_vec() {
        for (at, name) in (0u32..).zip(implicit) {
            let name = solver.names.intern(name);
            solver.store.watch(arg.node, Watch::Implicit { call, name });
            if &*site.name == "sort" {
                let elements = solver.elements_in(call, 40 + at, arg.node);
                solver.store.watch(elements, Watch::Implicit { call, name });
            }
        }
    }
    // What is sorted with a comparator, or handed on besides.
    &*site.name != "sort"
}

/// A method that the library calls on an object of the program.
pub(crate) fn implicit(solver: &mut Solver<'_>, call: u32, name: Name, tok: Tok) {
    let Token::Instance(class) = solver.tokens.get(tok) else { return };
    let Some(class) = solver.cls(class) else { return };
    let text = solver.names.text(name).to_owned();
    let arity = usize::from(text != "toString" && text != "hashCode");
    let ty = solver.linker.classes.get(class).ty;
    for at in solver.linker.classes.dispatch_by_arity(ty, &text, arity) {
        let back = solver.call_back(call);
        solver.call_method(back, at, This::Tok(tok));
    }
}
