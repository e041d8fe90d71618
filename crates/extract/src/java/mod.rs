//! Java source: tree-sitter's tree to facts. Classes keep the names that their class files will have.

mod annotations;
mod calls;
mod classes;
mod expressions;
mod lambdas;
mod members;
mod names;
mod operators;
mod statements;

use faultline_facts::{
    Builder, ClassId, DynamicKind, Facts, FunctionId, Import, ImportMode, Imported, Language, ModuleKind, Op,
    ParseProblem, Slot, Span, TypePlace,
};
use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::{Node, Parser, Tree};

use names::{Names, children, text};

/// Nesting of the syntax tree that is analysed.
const MAX_DEPTH: usize = 6_000;
/// Nesting above which a thread with a bigger stack does it.
const DEEP: usize = 150;
/// Stack for one level of nesting.
const STACK_PER_LEVEL: usize = 12 << 10;
/// More problems of one file than these teach nothing.
const MOST_PROBLEMS: usize = 20;

const BODY: FunctionId = FunctionId(0);

/// The facts of a Java source file.
pub fn extract(bytes: &[u8]) -> Facts {
    let source = String::from_utf8_lossy(bytes);
    let source = source.strip_prefix('\u{feff}').unwrap_or(&source);
    let mut parser = Parser::new();
    let ready = parser.set_language(&tree_sitter_java::LANGUAGE.into()).is_ok();
    let Some(tree) = ready.then(|| parser.parse(source, None)).flatten() else { return unread(source) };
    let depth = depth(&tree);
    if depth > MAX_DEPTH {
        return too_deep(source, &tree);
    }
    if depth <= DEEP {
        return facts_of(source, &tree);
    }
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size((2 << 20) + depth * STACK_PER_LEVEL);
        let spawned = worker.spawn_scoped(scope, || facts_of(source, &tree));
        spawned.ok().and_then(|handle| handle.join().ok()).unwrap_or_else(|| too_deep(source, &tree))
    })
}

fn facts_of(source: &str, tree: &Tree) -> Facts {
    let root = tree.root_node();
    let mut lower = Lower::new(source, root);
    lower.problems(root);
    for node in children(root) {
        lower.top(node);
    }
    lower.imports();
    lower.builder.finish()
}

fn unread(source: &str) -> Facts {
    let span = Span { line: 1, column: 1, end_line: source.lines().count().max(1) as u32, end_column: 1 };
    Builder::new(Language::Java, ModuleKind::Jvm, span).finish()
}

fn too_deep(source: &str, tree: &Tree) -> Facts {
    let span = span_of(tree.root_node());
    let _ = source;
    let mut builder = Builder::new(Language::Java, ModuleKind::Jvm, span);
    let message = "nested too deeply to be analysed; split the expression or leave the file out".to_owned();
    builder.problem(ParseProblem { line: 1, column: 1, message });
    builder.dynamic(BODY, DynamicKind::ParseGap, span);
    builder.finish()
}

/// The deepest nesting, found without recursion.
fn depth(tree: &Tree) -> usize {
    let mut cursor = tree.walk();
    let (mut depth, mut deepest) = (0, 0);
    loop {
        if cursor.goto_first_child() {
            depth += 1;
            deepest = deepest.max(depth);
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return deepest;
            }
            depth -= 1;
        }
    }
}

fn span_of(node: Node<'_>) -> Span {
    let (start, end) = (node.start_position(), node.end_position());
    Span {
        line: start.row as u32 + 1,
        column: start.column as u32 + 1,
        end_line: end.row as u32 + 1,
        end_column: end.column as u32 + 1,
    }
}

/// One function being lowered.
struct Frame {
    function: FunctionId,
    /// The receiver; that of the function around in a lambda.
    this: Option<Slot>,
    scopes: Vec<FxHashMap<String, Slot>>,
    /// What `yield` gives, innermost last.
    yields: Vec<Slot>,
}

/// One class being lowered.
struct ClassFrame {
    id: ClassId,
    name: String,
    /// Lambdas numbered so far.
    lambdas: u32,
    /// Anonymous and local classes numbered so far, by name.
    numbered: FxHashMap<String, u32>,
    /// Frames of functions that the class may see variables of begin here.
    functions: usize,
}

/// Lowers one file.
struct Lower<'s> {
    builder: Builder,
    source: &'s str,
    names: Names,
    classes: Vec<ClassFrame>,
    frames: Vec<Frame>,
    used: FxHashSet<String>,
    uses: Vec<(String, Span)>,
}

impl<'s> Lower<'s> {
    fn new(source: &'s str, root: Node<'_>) -> Lower<'s> {
        Lower {
            builder: Builder::new(Language::Java, ModuleKind::Jvm, span_of(root)),
            source,
            names: Names::read(source, root),
            classes: Vec::new(),
            frames: Vec::new(),
            used: FxHashSet::default(),
            uses: Vec::new(),
        }
    }

    fn top(&mut self, node: Node<'_>) {
        if names::is_class(node.kind()) {
            self.class_declaration(node, None);
        } else if node.is_error() {
            for inner in children(node) {
                self.top(inner);
            }
        }
    }

    fn text(&self, node: Node<'_>) -> &'s str {
        text(self.source, node)
    }

    /// The function whose body is being lowered.
    fn function(&self) -> FunctionId {
        self.frames.last().map_or(BODY, |frame| frame.function)
    }

    fn slot(&mut self) -> Slot {
        let function = self.function();
        self.builder.slot(function)
    }

    fn emit(&mut self, op: Op, node: Node<'_>) {
        let function = self.function();
        self.builder.push(function, op, span_of(node), None);
    }

    /// A slot of the current function with the class object of a type.
    fn global(&mut self, ty: &str, node: Node<'_>) -> Slot {
        let function = self.function();
        self.global_in(function, ty, span_of(node))
    }

    fn global_in(&mut self, function: FunctionId, ty: &str, span: Span) -> Slot {
        let ty = faultline_facts::jvm::plain(ty);
        let (dst, name) = (self.builder.slot(function), self.builder.sym(ty));
        self.builder.push(function, Op::Global { dst, name }, span, None);
        self.note_use(ty, span);
        dst
    }

    /// Every type that the file names is loaded with it, as far as a reader of files can tell.
    fn note_use(&mut self, ty: &str, span: Span) {
        let element = ty.trim_end_matches("[]");
        let is_class = element.contains(['.', '|']) || element.starts_with(|c: char| c.is_uppercase());
        if is_class && self.used.insert(element.to_owned()) {
            self.uses.push((element.to_owned(), span));
        }
    }

    /// States the type of a slot.
    fn typed(&mut self, slot: Slot, ty: &str, node: Node<'_>) {
        let class = self.global(ty, node);
        self.emit(Op::Typed { slot, class, place: TypePlace::Instance }, node);
    }

    fn imports(&mut self) {
        let imports = self.names.imports.clone();
        let mut all: Vec<(String, Span)> = Vec::new();
        let span = Span { line: 1, column: 1, end_line: 1, end_column: 1 };
        for import in imports {
            let test = ["org.junit.", "org.testng.", "junit.framework."].iter().any(|of| import.name.starts_with(of));
            self.builder.facts_mut().flags.test_like |= test || import.name == "org.junit";
            let owner = import.name.rsplit_once('.').map_or("", |(owner, _)| owner);
            match (import.is_static, import.star) {
                (false, true) => {}
                (true, false) => all.push((owner.to_owned(), span)),
                _ => all.push((import.name.clone(), span)),
            }
        }
        all.extend(std::mem::take(&mut self.uses));
        for (name, span) in all {
            let specifier = self.builder.sym(&name);
            self.builder.import(Import {
                specifier,
                level: 0,
                what: Imported::Module,
                mode: ImportMode::Static,
                function: BODY,
                span,
            });
        }
    }

    /// Nodes that the parser made up or could not read.
    fn problems(&mut self, root: Node<'_>) {
        if !root.has_error() {
            return;
        }
        let mut cursor = root.walk();
        let mut found = 0;
        loop {
            let node = cursor.node();
            if node.is_error() || node.is_missing() {
                found += 1;
                if found > MOST_PROBLEMS {
                    return;
                }
                self.problem(node);
            }
            if node.has_error() && !node.is_error() && cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
            }
        }
    }

    fn problem(&mut self, node: Node<'_>) {
        let span = span_of(node);
        let message = if node.is_missing() {
            format!("`{}` is missing here", node.kind())
        } else {
            "not Java as the parser knows it".to_owned()
        };
        self.builder.problem(ParseProblem { line: span.line, column: span.column, message });
        self.builder.dynamic(BODY, DynamicKind::ParseGap, span);
    }

    /// A local variable as seen from here, those of functions around included.
    fn local(&self, name: &str) -> Option<Slot> {
        let visible = self.frames.iter().rev();
        visible.flat_map(|frame| frame.scopes.iter().rev()).find_map(|scope| scope.get(name).copied())
    }

    fn declare(&mut self, name: &str, slot: Slot) {
        if let Some(scope) = self.frames.last_mut().and_then(|frame| frame.scopes.last_mut()) {
            scope.insert(name.to_owned(), slot);
        }
    }

    fn this(&self) -> Option<Slot> {
        self.frames.last().and_then(|frame| frame.this)
    }
}
