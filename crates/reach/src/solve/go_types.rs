//! Go's declared types: what they say at once, what only where nothing else is known, and what foreign code calls.

use std::{collections::BTreeSet, rc::Rc};

use faultline_facts::Slot;
use rustc_hash::FxHashMap;

use super::{ClassRef, Inst, Node, PathId, Solver, Tok, Token, Watch};
use crate::names::Name;

/// Declared with a type, made of a type.
const MADE: u8 = 4;

/// What is known of types.
#[derive(Default)]
pub(crate) struct GoTypes {
    /// Slots of interface types that are not known yet.
    pending: Vec<(Node, Tok)>,
    /// Interfaces that slots are declared with.
    declared: FxHashMap<Node, Vec<Tok>>,
    /// Slots that were given what fits, and how many of those that do.
    injected: Vec<(Node, Tok, usize)>,
    /// Types of which the program makes values, in order.
    made: Vec<Tok>,
    /// What fits an interface, and how many of `made` were looked at.
    implementers: FxHashMap<Tok, (Rc<Vec<Tok>>, usize)>,
    sets: FxHashMap<Tok, Rc<MethodSet>>,
    modules: usize,
}

/// Methods of a type or interface.
#[derive(Debug, Clone, Default)]
pub(crate) struct MethodSet {
    names: BTreeSet<Name>,
    /// Something that is not loaded is embedded: it may have further methods.
    open: bool,
}

impl Solver<'_> {
    /// A declared type has arrived. A type that is no interface says all; an interface is asked last.
    pub(crate) fn go_typed(&mut self, slot: Node, place: u8, class: Tok) {
        if let Token::Class { class: id, .. } = self.tokens.get(class)
            && self.class_of(id).2.is_interface
        {
            let declared = self.go_types.declared.entry(slot).or_default();
            if !declared.contains(&class) {
                declared.push(class);
                self.go_types.pending.push((slot, class));
            }
            return;
        }
        if !matches!(self.tokens.get(class), Token::Class { .. } | Token::Path(_)) {
            return;
        }
        if place == MADE {
            self.go_made(class);
        }
        let instance = self.tokens.intern(Token::Instance(class));
        self.store.add(slot, instance);
    }

    /// A value of the type exists.
    pub(crate) fn go_made(&mut self, class: Tok) {
        if self.instantiated.insert(class) {
            self.go_types.made.push(class);
        }
    }

    /// Values of interface types of which nothing is known: what is made in the program and fits.
    pub(crate) fn inject_interfaces(&mut self) {
        let running = self.module_inst.iter().flatten().count();
        if running != self.go_types.modules {
            // Types of packages that have come since are complete now.
            self.go_types.modules = running;
            self.go_types.sets.clear();
        }
        let mut waiting = Vec::new();
        for (slot, class) in std::mem::take(&mut self.go_types.pending) {
            if self.go_is_known(slot) || !self.store.is_used(slot) {
                waiting.push((slot, class));
                continue;
            }
            let instance = self.tokens.intern(Token::Instance(class));
            self.store.add(slot, instance);
            self.typed_nodes.insert(slot);
            self.go_types.injected.push((slot, class, 0));
        }
        self.go_types.pending = waiting;
        for index in 0..self.go_types.injected.len() {
            let (slot, class, from) = self.go_types.injected[index];
            let found = self.implementers(class);
            for candidate in found.iter().skip(from) {
                let instance = self.tokens.intern(Token::Instance(*candidate));
                self.store.add(slot, instance);
            }
            self.go_types.injected[index].2 = found.len();
        }
    }

    fn go_is_known(&self, slot: Node) -> bool {
        self.store.tokens(slot).iter().any(|tok| !matches!(self.tokens.get(Tok(*tok)), Token::Path(_) | Token::Text(_)))
    }

    /// Types made in the program that have the methods of an interface, in the order in which they were made; all
    /// such types where none is made.
    fn implementers(&mut self, interface: Tok) -> Rc<Vec<Tok>> {
        let count = self.go_types.made.len();
        let before = self.go_types.implementers.get(&interface).cloned();
        if let Some((known, at)) = &before
            && *at == count
        {
            return Rc::clone(known);
        }
        let first = before.is_none();
        let (mut known, from) = before.unwrap_or_default();
        let mut new = Vec::new();
        for index in from..count {
            let class = self.go_types.made[index];
            if self.go_implements(class, interface) {
                new.push(class);
            }
        }
        if first && new.is_empty() {
            new = self.all_go_classes();
            new.retain(|class| self.go_implements(*class, interface));
        }
        if !new.is_empty() {
            Rc::make_mut(&mut known).extend(new);
        }
        self.go_types.implementers.insert(interface, (Rc::clone(&known), count));
        known
    }

    fn all_go_classes(&mut self) -> Vec<Tok> {
        let mut found = Vec::new();
        for id in 0..self.class_mod.len() as u32 {
            let (module, _, definition) = self.class_of(ClassRef(id));
            if !self.is_go(module) || definition.is_interface || definition.parent.0 != 0 {
                continue;
            }
            if let Some(env) = self.module_inst[module.0 as usize] {
                found.push(self.tokens.intern(Token::Class { class: ClassRef(id), env }));
            }
        }
        found
    }

    /// True when a type has every method of an interface.
    pub(crate) fn go_implements(&mut self, class: Tok, interface: Tok) -> bool {
        let wanted = self.methods_of(interface);
        if wanted.names.is_empty() {
            return false;
        }
        let has = self.methods_of(class);
        has.names.is_superset(&wanted.names) || (has.open && wanted.names.iter().any(|name| has.names.contains(name)))
    }

    /// The methods of a type, remembered until further packages run.
    fn methods_of(&mut self, class: Tok) -> Rc<MethodSet> {
        if let Some(known) = self.go_types.sets.get(&class) {
            return Rc::clone(known);
        }
        // A type that embeds itself ends here.
        self.go_types.sets.insert(class, Rc::default());
        let set = Rc::new(self.method_set(class));
        self.go_types.sets.insert(class, Rc::clone(&set));
        set
    }

    /// The methods of a type, embedded ones included.
    fn method_set(&mut self, class: Tok) -> MethodSet {
        let mut set = MethodSet::default();
        let Token::Class { class: id, env } = self.tokens.get(class) else {
            if let Token::Path(path) = self.tokens.get(class) {
                let known = standard_interface(self.path_text(path));
                set.open = known.is_empty();
                set.names = known.iter().map(|name| self.names.intern(name)).collect();
            }
            return set;
        };
        set.names = self.go_method_names(id);
        let (module, _, definition) = self.class_of(id);
        if definition.is_interface {
            let statics = self.statics(module);
            set.names.extend(definition.members.iter().map(|member| statics.names[member.name.0 as usize]));
        }
        for base in &definition.bases {
            for tok in self.base_classes(env, *base) {
                let inner = self.methods_of(tok);
                set.names.extend(inner.names.iter().copied());
                set.open |= inner.open && !definition.is_interface;
            }
        }
        set
    }

    /// The classes of an embedded field, or the interfaces that one embeds.
    fn base_classes(&self, env: Inst, slot: Slot) -> Vec<Tok> {
        let node = self.node_of(env, slot);
        // An embedded interface has its own methods, whatever values it holds.
        if let Some(declared) = self.go_types.declared.get(&node) {
            return declared.clone();
        }
        let tokens = self.store.tokens(node).iter().map(|tok| Tok(*tok));
        let class = |tok: Tok| match self.tokens.get(tok) {
            Token::Instance(class) => Some(class),
            Token::Class { .. } | Token::Path(_) => Some(tok),
            _ => None,
        };
        tokens.filter_map(class).collect()
    }

    /// `x.(I)` and cases of type switches: what fits passes. A type that is no interface is known without.
    pub(crate) fn go_narrow(&mut self, class: Tok, dst: Node, tok: Tok) {
        let pass = match (self.tokens.get(class), self.tokens.get(tok)) {
            (Token::Class { class: id, .. }, Token::Instance(of)) => {
                let interface = self.class_of(id).2.is_interface;
                interface && (self.go_implements(of, class) || !matches!(self.tokens.get(of), Token::Class { .. }))
            }
            (Token::Class { class: id, .. }, _) => {
                // What a named function or container type is made from passes.
                !self.class_of(id).2.is_interface
            }
            _ => true,
        };
        if pass {
            self.store.add(dst, tok);
        }
    }

    /// A value has been handed to code that is not loaded: it calls the methods of its interfaces.
    pub(crate) fn go_handed_out(&mut self, call: u32, depth: u8, tok: Tok, class: Tok, to: Option<PathId>) {
        if !matches!(self.tokens.get(class), Token::Class { .. }) {
            return;
        }
        let path = to.map(|path| self.path_text(path).to_owned()).unwrap_or_default();
        let foreign = path.starts_with("pkg:");
        if foreign && !self.escaped.insert((tok, 1)) {
            return;
        }
        let set = self.methods_of(class);
        for name in set.names.iter().copied() {
            let text = self.names.text(name);
            let exported = text.starts_with(char::is_uppercase);
            if exported && (foreign || called_by_library(&path, text)) && self.handed_methods.insert((call, tok, name))
            {
                let back = self.call_back(call);
                let found = self.lookup(tok, name);
                self.store.watch(found, Watch::CallOn { call: back, this: tok });
            }
        }
        if depth > 0 && matches!(self.tokens.get(class), Token::Class { .. }) && self.escaped.insert((tok, 0)) {
            self.go_hand_out_fields(call, depth - 1, class);
        }
    }

    fn go_hand_out_fields(&mut self, call: u32, depth: u8, class: Tok) {
        let Token::Class { class, env } = self.tokens.get(class) else { return };
        for member in &self.class_of(class).2.members {
            let node = self.node_of(env, member.slot);
            self.store.watch(node, Watch::HandOut { call, depth });
        }
    }
}

/// Methods that the standard library calls on what it is given.
const CALLED: &[&str] = &[
    "Accept",
    "Addr",
    "Align",
    "Alive",
    "As",
    "At",
    "AvailableBuffer",
    "Begin",
    "BeginTx",
    "BlockSize",
    "Bounds",
    "CheckNamedValue",
    "Clone",
    "Close",
    "CloseRead",
    "CloseWrite",
    "ColorModel",
    "ColumnTypeScanType",
    "Columns",
    "Commit",
    "Connect",
    "Cookies",
    "Copy",
    "Deadline",
    "Decrypt",
    "Delims",
    "Dial",
    "DialContext",
    "Done",
    "Driver",
    "Enabled",
    "Encode",
    "Decode",
    "Err",
    "Error",
    "Exec",
    "ExecContext",
    "Flush",
    "Format",
    "Generate",
    "Get",
    "GobDecode",
    "GobEncode",
    "GoString",
    "Handle",
    "Hash",
    "Header",
    "Hijack",
    "Info",
    "Init",
    "Int63",
    "Is",
    "IsDir",
    "Key",
    "LastInsertId",
    "Len",
    "Less",
    "Level",
    "LocalAddr",
    "Lock",
    "LogValue",
    "Lookup",
    "MarshalBinary",
    "MarshalJSON",
    "MarshalText",
    "MarshalXML",
    "MarshalXMLAttr",
    "ModTime",
    "Mode",
    "Name",
    "Network",
    "New",
    "Next",
    "NextProtos",
    "Nil",
    "Open",
    "Peek",
    "Ping",
    "Pop",
    "Prepare",
    "PrepareContext",
    "Public",
    "Push",
    "Put",
    "Query",
    "QueryContext",
    "Read",
    "ReadAt",
    "ReadByte",
    "ReadDir",
    "ReadFile",
    "ReadFrom",
    "ReadRune",
    "RemoteAddr",
    "ResetSession",
    "Reset",
    "Rollback",
    "RoundTrip",
    "RowsAffected",
    "Scan",
    "Seed",
    "Seek",
    "ServeHTTP",
    "Set",
    "SetCookies",
    "SetDeadline",
    "SetReadDeadline",
    "SetWriteDeadline",
    "Shutdown",
    "Sign",
    "Size",
    "Stat",
    "String",
    "StringWidth",
    "Sub",
    "Sum",
    "Sum32",
    "Sum64",
    "Swap",
    "Sys",
    "Temporary",
    "Timeout",
    "Type",
    "Uint64",
    "Unlock",
    "UnmarshalBinary",
    "UnmarshalJSON",
    "UnmarshalText",
    "UnmarshalXML",
    "UnmarshalXMLAttr",
    "UnreadByte",
    "UnreadRune",
    "Unwrap",
    "Value",
    "Visit",
    "WithAttrs",
    "WithGroup",
    "Write",
    "WriteAt",
    "WriteByte",
    "WriteHeader",
    "WriteRune",
    "WriteString",
    "WriteTo",
    "XORKeyStream",
    "IsBoolFlag",
    "CryptBlocks",
    "Verify",
    "Fd",
];

/// Methods that single packages of the standard library call; the others may call any of the list above.
const CALLED_BY: &[(&str, &[&str])] = &[
    (
        "go:fmt.",
        &["String", "Error", "Format", "GoString", "Write", "Read", "Scan", "ReadRune", "UnreadRune", "Unwrap"],
    ),
    ("go:log.", &["String", "Error", "Format", "GoString", "Write"]),
    ("go:errors.", &["Is", "As", "Unwrap", "Error"]),
    ("go:sort.", &["Len", "Less", "Swap"]),
    ("go:container/heap.", &["Len", "Less", "Swap", "Push", "Pop"]),
    (
        "go:encoding/json.",
        &["MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText", "Read", "Write", "Error", "String"],
    ),
    ("go:sync.", &["Lock", "Unlock"]),
    ("go:sync/atomic.", &[]),
    ("go:context.", &["Deadline", "Done", "Err", "Value"]),
    ("go:reflect.", &[]),
    ("go:time.", &[]),
    ("go:strings.", &[]),
    ("go:strconv.", &[]),
];

fn called_by_library(path: &str, method: &str) -> bool {
    match CALLED_BY.iter().find(|(prefix, _)| path.starts_with(prefix)) {
        Some((_, methods)) => methods.contains(&method),
        None => CALLED.contains(&method),
    }
}

/// The methods of well-known interfaces of the standard library.
fn standard_interface(path: &str) -> &'static [&'static str] {
    match path {
        "go:io.Reader" => &["Read"],
        "go:io.Writer" => &["Write"],
        "go:io.Closer" => &["Close"],
        "go:io.Seeker" => &["Seek"],
        "go:io.ReadCloser" => &["Read", "Close"],
        "go:io.WriteCloser" => &["Write", "Close"],
        "go:io.ReadWriter" => &["Read", "Write"],
        "go:io.ReadWriteCloser" => &["Read", "Write", "Close"],
        "go:io.ReadSeeker" => &["Read", "Seek"],
        "go:io.ReaderAt" => &["ReadAt"],
        "go:io.WriterTo" => &["WriteTo"],
        "go:io.ReaderFrom" => &["ReadFrom"],
        "go:fmt.Stringer" => &["String"],
        "go:net/http.Handler" => &["ServeHTTP"],
        "go:net/http.RoundTripper" => &["RoundTrip"],
        "go:net/http.ResponseWriter" => &["Header", "Write", "WriteHeader"],
        "go:net/http.Flusher" => &["Flush"],
        "go:sort.Interface" => &["Len", "Less", "Swap"],
        "go:container/heap.Interface" => &["Len", "Less", "Swap", "Push", "Pop"],
        "go:context.Context" => &["Deadline", "Done", "Err", "Value"],
        "go:net.Conn" => &["Read", "Write", "Close", "LocalAddr", "RemoteAddr"],
        "go:net.Listener" => &["Accept", "Close", "Addr"],
        "go:net.Addr" => &["Network", "String"],
        "go:flag.Value" => &["String", "Set"],
        "go:encoding/json.Marshaler" => &["MarshalJSON"],
        "go:encoding/json.Unmarshaler" => &["UnmarshalJSON"],
        "go:hash.Hash" => &["Write", "Sum", "Reset", "Size", "BlockSize"],
        "go:sync.Locker" => &["Lock", "Unlock"],
        "go:os.FileInfo" | "go:io/fs.FileInfo" => &["Name", "Size", "Mode", "ModTime", "IsDir", "Sys"],
        _ => &[],
    }
}
