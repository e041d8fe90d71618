//! A readable form of facts, for tests and for looking at what a frontend understood.

use std::fmt::{self, Write};

use faultline_facts::{
    Accessor, Arg, ArgKind, Call, CallKind, Callee, Class, Const, Facts, Function, FunctionId, Guard, Import, Key,
    MemberPlace, Op, ParamKind, Slot, Span, Stmt, Sym, Test,
};

/// Facts as text, one statement a line.
pub fn dump(facts: &Facts) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = Dump { facts }.write(&mut out);
    out
}

struct Dump<'f> {
    facts: &'f Facts,
}

impl Dump<'_> {
    fn write(&self, out: &mut String) -> fmt::Result {
        let facts = self.facts;
        writeln!(out, "module {:?} {:?}{}", facts.language, facts.kind, self.flags())?;
        for problem in &facts.problems {
            writeln!(out, "problem {}:{} {}", problem.line, problem.column, problem.message)?;
        }
        for (name, slot) in &facts.names {
            writeln!(out, "name {} = {}", self.text(*name), slot_text(*slot))?;
        }
        for (name, import) in &facts.reexports {
            writeln!(out, "reexport {} = {}", self.text(*name), self.import(&facts.imports[import.0 as usize]))?;
        }
        for import in &facts.stars {
            writeln!(out, "star {}", self.import(&facts.imports[import.0 as usize]))?;
        }
        if let Some(all) = &facts.all {
            let names: Vec<_> = all.iter().map(|name| self.text(*name)).collect();
            writeln!(out, "all {}", names.join(" "))?;
        }
        for annotation in &facts.annotations {
            let on = annotation
                .function
                .map(|id| self.function_name(id))
                .or_else(|| annotation.class.map(|id| self.text(facts.classes[id.0 as usize].qualified).to_owned()));
            let args: Vec<_> = annotation.args.iter().map(|arg| self.constant(arg)).collect();
            let base = annotation.base.map(slot_text).unwrap_or_default();
            let name = self.text(annotation.name);
            writeln!(out, "annotation {base}@{name}({}) on {}", args.join(", "), on.unwrap_or_default())?;
        }
        for dynamic in &facts.dynamic {
            let function = self.function_name(dynamic.function);
            writeln!(out, "dynamic {} in {function} at {}", dynamic.kind.as_str(), span(dynamic.span))?;
        }
        for class in &facts.classes {
            self.class(out, class)?;
        }
        for (id, function) in facts.functions.iter().enumerate() {
            self.function(out, id, function)?;
        }
        Ok(())
    }

    fn flags(&self) -> String {
        let flags = self.facts.flags;
        let all = [
            (flags.test_like, " test"),
            (flags.generated, " generated"),
            (flags.minified, " minified"),
            (flags.main_like, " main"),
            (flags.parse_errors, " parse_errors"),
        ];
        all.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect()
    }

    fn class(&self, out: &mut String, class: &Class) -> fmt::Result {
        let kind = if class.is_interface { "interface" } else { "class" };
        let bases: Vec<_> = class.bases.iter().map(|slot| slot_text(*slot)).collect();
        writeln!(out, "{kind} {}({}) {}", self.text(class.qualified), bases.join(", "), span(class.span))?;
        if let Some(slot) = class.metaclass {
            writeln!(out, "  metaclass {}", slot_text(slot))?;
        }
        if let Some(id) = class.constructor {
            writeln!(out, "  constructor {}", self.function_name(id))?;
        }
        if let Some(id) = class.initializer {
            writeln!(out, "  initializer {}", self.function_name(id))?;
        }
        for member in &class.members {
            let place = if member.place == MemberPlace::Static { "static " } else { "" };
            let accessor = accessor_text(member.accessor);
            writeln!(out, "  {place}{accessor}{} = {}", self.text(member.name), slot_text(member.slot))?;
        }
        Ok(())
    }

    fn function(&self, out: &mut String, id: usize, function: &Function) -> fmt::Result {
        let flags = function.flags;
        let flag_names = [
            (flags.is_async, " async"),
            (flags.generator, " generator"),
            (flags.arrow, " arrow"),
            (flags.is_static, " static"),
            (flags.classmethod, " classmethod"),
        ];
        let words: String = flag_names.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect();
        let params: Vec<_> = function
            .params
            .iter()
            .map(|param| format!("{}{}:{}", param_text(param.kind), self.text(param.name), slot_text(param.slot)))
            .collect();
        let name = self.function_name(FunctionId(u32::try_from(id).unwrap_or(0)));
        write!(out, "{:?}{words} {name}({}) {}", function.kind, params.join(", "), span(function.span))?;
        let extra = [("this", function.this), ("arguments", function.arguments), ("yields", function.yielded)];
        for (name, slot) in extra {
            if let Some(slot) = slot {
                write!(out, " {name}={}", slot_text(slot))?;
            }
        }
        writeln!(out, " ret={}", slot_text(function.ret))?;
        function.body.iter().try_for_each(|stmt| self.stmt(out, stmt))
    }

    fn stmt(&self, out: &mut String, stmt: &Stmt) -> fmt::Result {
        write!(out, "  {}", self.op(&stmt.op))?;
        if stmt.span != Span::default() && has_place(&stmt.op) {
            write!(out, "  @{}", span(stmt.span))?;
        }
        let mut guard = stmt.guard;
        while let Some(entry) = guard.and_then(|id| self.facts.guards.get(id.0 as usize)) {
            write!(out, "  if {}", self.guard(entry))?;
            guard = entry.parent;
        }
        writeln!(out)
    }

    fn guard(&self, guard: &Guard) -> String {
        let tests: Vec<_> = guard.any.iter().map(|test| self.test(test)).collect();
        let or = guard.or.and_then(|id| self.facts.guards.get(id.0 as usize));
        let or = or.map_or_else(String::new, |or| format!(" or {}", self.guard(or)));
        format!("{} {}{or}", slot_text(guard.slot), tests.join("|"))
    }

    fn op(&self, op: &Op) -> String {
        match op {
            Op::Copy { dst, src } => format!("{} = {}", slot_text(*dst), slot_text(*src)),
            Op::Const { dst, value } => format!("{} = {}", slot_text(*dst), self.constant(value)),
            Op::Concat { dst, left, right } => {
                format!("{} = {} + {}", slot_text(*dst), slot_text(*left), slot_text(*right))
            }
            Op::Closure { dst, function } => format!("{} = closure {}", slot_text(*dst), self.function_name(*function)),
            Op::Class { dst, class } => {
                let name = self.facts.classes.get(class.0 as usize).map_or("", |class| self.text(class.qualified));
                format!("{} = class {name}", slot_text(*dst))
            }
            Op::Object { dst, kind } => format!("{} = new {kind:?}", slot_text(*dst)),
            Op::Load { dst, base, key } => format!("{} = {}{}", slot_text(*dst), slot_text(*base), self.key(*key)),
            Op::Store { base, key, src, accessor } => {
                let accessor = accessor_text(*accessor);
                format!("{}{} = {accessor}{}", slot_text(*base), self.key(*key), slot_text(*src))
            }
            Op::Spread { dst, src } => format!("{} <= ...{}", slot_text(*dst), slot_text(*src)),
            Op::Call { call } => self.facts.calls.get(*call as usize).map_or_else(String::new, |call| self.call(call)),
            Op::Import { dst, import } => {
                let import = self.facts.imports.get(import.0 as usize);
                format!("{} = {}", slot_text(*dst), import.map_or_else(String::new, |import| self.import(import)))
            }
            Op::Global { dst, name } => format!("{} = global {}", slot_text(*dst), self.text(*name)),
            Op::StoreGlobal { name, src } => format!("global {} = {}", self.text(*name), slot_text(*src)),
            Op::Iterate { dst, src } => format!("{} = each {}", slot_text(*dst), slot_text(*src)),
            Op::Keys { dst, src } => format!("{} = key of {}", slot_text(*dst), slot_text(*src)),
            Op::Await { dst, src } => format!("{} = await {}", slot_text(*dst), slot_text(*src)),
            Op::Narrow { dst, src, test } => {
                format!("{} = {} where {}", slot_text(*dst), slot_text(*src), self.test(test))
            }
            Op::Super { dst, class, this } => {
                let name = self.facts.classes.get(class.0 as usize).map_or("", |class| self.text(class.qualified));
                format!("{} = super of {name} on {}", slot_text(*dst), slot_text(*this))
            }
            Op::Typed { slot, class, place } => format!("{} is {place:?} of {}", slot_text(*slot), slot_text(*class)),
        }
    }

    fn call(&self, call: &Call) -> String {
        let callee = match call.callee {
            Callee::Value(slot) => slot_text(slot),
            Callee::Method { base, key } => format!("{}{}", slot_text(base), self.key(key)),
        };
        let kind = match call.kind {
            CallKind::Call => "",
            CallKind::New => "new ",
            CallKind::SuperNew => "super ",
            CallKind::Decorator => "decorator ",
            CallKind::Special => "special ",
            CallKind::Reference => "reference ",
            CallKind::Operator => "operator ",
            CallKind::Implicit => "implicit ",
        };
        let args: Vec<_> = call.args.iter().map(|arg| self.arg(arg)).collect();
        format!("{} = {kind}{callee}({})", slot_text(call.result), args.join(", "))
    }

    fn arg(&self, arg: &Arg) -> String {
        let slot = slot_text(arg.slot);
        match arg.kind {
            ArgKind::Positional => slot,
            ArgKind::Spread => format!("...{slot}"),
            ArgKind::Keyword(name) => format!("{}={slot}", self.text(name)),
            ArgKind::KeywordSpread => format!("**{slot}"),
        }
    }

    fn import(&self, import: &Import) -> String {
        let what = match import.what {
            faultline_facts::Imported::Name(name) => self.text(name).to_owned(),
            other => format!("{other:?}").to_lowercase(),
        };
        let dots = ".".repeat(import.level.min(100) as usize);
        format!("{:?} import {what} from {dots}{}", import.mode, self.text(import.specifier)).to_owned()
    }

    fn key(&self, key: Key) -> String {
        match key {
            Key::Named(name) => format!(".{}", self.text(name)),
            Key::Index(index) => format!("[{index}]"),
            Key::Element => "[*]".to_owned(),
            Key::Item(name) => format!("[{:?}]", self.text(name)),
            Key::Computed(slot) => format!("[{}]", slot_text(slot)),
        }
    }

    fn test(&self, test: &Test) -> String {
        match test {
            Test::Instance(slot) => format!("instance of {}", slot_text(*slot)),
            Test::NotInstance(slot) => format!("no instance of {}", slot_text(*slot)),
            Test::Callable => "callable".to_owned(),
            Test::NotCallable => "not callable".to_owned(),
            Test::Text => "text".to_owned(),
            Test::Equals(value) => format!("== {}", self.constant(value)),
            Test::Differs(value) => format!("!= {}", self.constant(value)),
        }
    }

    fn constant(&self, value: &Const) -> String {
        match value {
            Const::Str(sym) => format!("{:?}", self.text(*sym)),
            Const::Int(value) => value.to_string(),
            Const::Num(value) => value.to_string(),
            Const::Bool(value) => value.to_string(),
            Const::Null => "null".to_owned(),
            Const::Undefined => "undefined".to_owned(),
        }
    }

    fn function_name(&self, id: FunctionId) -> String {
        match self.facts.functions.get(id.0 as usize) {
            Some(function) if id.0 > 0 => self.text(function.qualified).to_owned(),
            _ => "<module>".to_owned(),
        }
    }

    fn text(&self, sym: Sym) -> &str {
        self.facts.text(sym)
    }
}

fn slot_text(slot: Slot) -> String {
    format!("%{}", slot.0)
}

fn span(span: Span) -> String {
    format!("{}:{}-{}:{}", span.line, span.column, span.end_line, span.end_column)
}

fn has_place(op: &Op) -> bool {
    matches!(op, Op::Load { .. } | Op::Store { .. } | Op::Call { .. } | Op::Import { .. })
}

fn accessor_text(accessor: Accessor) -> &'static str {
    match accessor {
        Accessor::Value => "",
        Accessor::Getter => "get ",
        Accessor::Setter => "set ",
    }
}

fn param_text(kind: ParamKind) -> &'static str {
    match kind {
        ParamKind::Normal => "",
        ParamKind::PositionalOnly => "/",
        ParamKind::KeywordOnly => "!",
        ParamKind::Rest => "*",
        ParamKind::KeywordRest => "**",
        ParamKind::Shared => "&",
    }
}
