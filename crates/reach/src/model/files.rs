//! Paths of files as values: `__dirname`, `path.join`, `require.resolve`, listings of folders.
//!
//! A file or folder of the program is the text `/@TREE/PATH`; a `*` in it stands for any text.

use super::{Table, Use, identity};
use crate::{
    link::{Target, folder_of, join},
    names::Name,
    solve::{ArgMode, Mod, Node, Shape, Solver, Tok, Token, Watch, key},
};

pub(super) const MODELS: Table = &[
    ("node:path.join", join_all),
    ("node:path.resolve", join_all),
    ("node:path.posix.join", join_all),
    ("node:path.posix.resolve", join_all),
    ("node:path.dirname", folder),
    ("node:path.normalize", identity),
    ("node:url.fileURLToPath", identity),
    ("node:url.pathToFileURL", identity),
    ("node:fs.realpathSync", identity),
    ("node:fs.readdirSync", list),
    ("js:require.resolve", resolve),
    ("js:import.meta.resolve", resolve),
    ("js:process.cwd", working_folder),
    ("js:URL", url),
    ("node:url.URL", url),
    ("node:child_process.fork", start),
    ("node:child_process.spawn", start),
    ("node:child_process.spawnSync", start),
    ("node:child_process.execFile", start),
    ("node:child_process.execFileSync", start),
    ("node:worker_threads.Worker", start),
];

/// Numbers the object of `import.meta` in its module.
const META: u8 = 240;

/// Marks a text that is a file or folder of the program.
const ROOT: &str = "/@";
/// Files of a folder, or files that fit a text with `*`, above which none is taken.
const MAX_FILES: usize = 400;

/// The text of a file or folder of a tree.
pub(crate) fn text_of(tree: u32, path: &str) -> String {
    format!("{ROOT}{tree}/{path}")
}

/// Tree and path of a file or folder text.
pub(crate) fn place_of(text: &str) -> Option<(u32, &str)> {
    let (tree, path) = text.strip_prefix(ROOT)?.split_once('/')?;
    Some((tree.parse().ok()?, path))
}

/// `left/right` with `.` and `..` resolved where it is known from where.
pub(crate) fn joined(left: &str, right: &str) -> Option<String> {
    if right.starts_with(ROOT) {
        return Some(right.to_owned());
    }
    match place_of(left) {
        Some((tree, path)) => Some(text_of(tree, &join(path, right)?)),
        None => Some(format!("{}/{right}", left.trim_end_matches('/'))),
    }
}

fn join_all(solver: &mut Solver<'_>, at: Use) {
    let args = solver.args_of(at.call).to_vec();
    let Some(first) = args.first().filter(|arg| arg.mode == ArgMode::Positional) else { return };
    let mut left = first.node;
    for (index, arg) in (1u32..).zip(&args[1..]) {
        let dst = solver.temp(at.call, key(100, index));
        solver.concat_sites.push((left, arg.node, dst, true));
        let watch = Watch::Join { left, right: arg.node, dst };
        solver.store.watch(left, watch);
        solver.store.watch(arg.node, watch);
        left = dst;
    }
    solver.give(at.call, left);
}

fn folder(solver: &mut Solver<'_>, at: Use) {
    if let (Some(src), Some(dst)) = (solver.arg(at.call, 0), solver.result(at.call)) {
        solver.store.watch(src, Watch::Folder { dst });
    }
}

fn list(solver: &mut Solver<'_>, at: Use) {
    let Some(src) = solver.arg(at.call, 0) else { return };
    let names = solver.temp(at.call, key(101, 0));
    solver.store.watch(src, Watch::FolderNames { dst: names });
    solver.give_list(at.call, Shape::Array, names);
}

fn resolve(solver: &mut Solver<'_>, at: Use) {
    if let (Some(src), Some(dst)) = (solver.arg(at.call, 0), solver.result(at.call)) {
        let inst = solver.calls[at.call as usize].inst;
        let module = solver.module_of_inst(inst);
        solver.store.watch(src, Watch::Resolve { module, dst });
    }
}

fn working_folder(solver: &mut Solver<'_>, at: Use) {
    let first = solver.linker.program.units.iter().find(|unit| unit.first_party());
    let Some(unit) = first else { return };
    let name = solver.names.intern(&text_of(unit.tree, &unit.root));
    let tok = solver.tokens.intern(Token::Text(name));
    solver.give_token(at.call, tok);
}

/// A file that is started as a process or worker of its own runs.
fn start(solver: &mut Solver<'_>, at: Use) {
    for arg in solver.args_of(at.call).to_vec().into_iter().take(2) {
        solver.store.watch(arg.node, Watch::Start { call: at.call });
    }
    solver.unknown_call(at.call, at.path);
}

/// `new URL(relative, import.meta.url)`.
fn url(solver: &mut Solver<'_>, at: Use) {
    let (Some(right), Some(base)) = (solver.arg(at.call, 0), solver.arg(at.call, 1)) else { return };
    let left = solver.temp(at.call, key(102, 0));
    solver.store.watch(base, Watch::Folder { dst: left });
    if let Some(dst) = solver.result(at.call) {
        let watch = Watch::Join { left, right, dst };
        solver.store.watch(left, watch);
        solver.store.watch(right, watch);
    }
}

impl Solver<'_> {
    /// `__dirname`, `__filename` and the like; false for other names.
    pub(crate) fn own_place(&mut self, module: Mod, name: Name, dst: Node) -> bool {
        let path = self.linker.path_of(module);
        let path = match self.names.text(name) {
            "__dirname" => folder_of(path),
            "__filename" => path,
            _ => return false,
        };
        let text = text_of(self.linker.tree(module), path);
        self.add_text(dst, &text);
        true
    }

    /// `import.meta`: where the module lies.
    pub(crate) fn import_meta(&mut self, module: Mod, dst: Node) {
        let inst = self.module_instance(module);
        let object = self.tokens.intern(Token::Object { inst, stmt: u32::MAX >> 1, part: META, shape: Shape::Object });
        let (tree, path) = (self.linker.tree(module), self.linker.path_of(module));
        for (name, path) in [("url", path), ("filename", path), ("dirname", folder_of(path))] {
            let name = self.names.intern(name);
            let field = self.write_field(object, name);
            self.add_text(field, &text_of(tree, path));
        }
        self.store.add(dst, object);
    }

    fn add_text(&mut self, dst: Node, text: &str) {
        if text.len() <= 200 {
            let name = self.names.intern(text);
            self.add(dst, Token::Text(name));
        }
    }

    /// All joins of the texts of two nodes.
    pub(crate) fn join_paths(&mut self, left: Node, right: Node, dst: Node) {
        let any = self.store.tokens(right).contains(&Tok::ANY_TEXT.0);
        let (left, right) = (self.texts(left), self.texts(right));
        for left in left {
            let left = self.names.text(left).to_owned();
            if any && left.starts_with(ROOT) {
                self.add_text(dst, &format!("{left}/*"));
            }
            for right in &right {
                if let Some(text) = joined(&left, self.names.text(*right)) {
                    self.add_text(dst, &text);
                }
            }
        }
    }

    /// A text that is a file of the program, or a list that holds one, is given to what starts it.
    pub(crate) fn start_file(&mut self, call: u32, tok: Tok) {
        if let Token::Object { shape: Shape::Array, .. } = self.tokens.get(tok) {
            let elements = self.elements_of(call, tok);
            return self.store.watch(elements, Watch::Start { call });
        }
        let Token::Text(name) = self.tokens.get(tok) else { return };
        let Some((tree, path)) = place_of(self.names.text(name)) else { return };
        let data = self.calls[call as usize];
        let module = self.module_of_inst(data.inst);
        let text = text_of(tree, path);
        let span = self.span(data.inst, data.stmt);
        for target in self.linker.resolve(module, &text, 0) {
            if let Target::Module(found) = target {
                self.enter_module(found, Some((data.inst, data.stmt, span)));
            }
        }
    }

    pub(crate) fn folder_text(&mut self, tok: Tok, dst: Node) {
        let Token::Text(name) = self.tokens.get(tok) else { return };
        let Some((tree, path)) = place_of(self.names.text(name)) else { return };
        let text = text_of(tree, folder_of(path));
        self.add_text(dst, &text);
    }

    /// Names of what lies in a folder of the program.
    pub(crate) fn folder_names(&mut self, tok: Tok, dst: Node) {
        let Token::Text(name) = self.tokens.get(tok) else { return };
        let Some((tree, path)) = place_of(self.names.text(name)) else { return };
        let names = self.linker.names_in(tree, path.trim_end_matches('/'));
        if names.len() <= MAX_FILES {
            for name in names {
                self.add_text(dst, &name);
            }
        }
    }

    /// The file that a specifier means.
    pub(crate) fn resolve_text(&mut self, module: Mod, tok: Tok, dst: Node) {
        let Token::Text(name) = self.tokens.get(tok) else { return };
        let text = self.names.text(name).to_owned();
        for target in self.linker.resolve(module, &text, 0).into_iter().take(MAX_FILES) {
            match target {
                Target::Module(found) => {
                    let text = text_of(self.linker.tree(found), self.linker.path_of(found));
                    self.add_text(dst, &text);
                }
                Target::External(_) => {
                    self.store.add(dst, tok);
                }
            }
        }
    }

    /// Texts that begin as the path of a file and go on with what is not known.
    pub(crate) fn widen_texts(&mut self) {
        for (left, right, dst, path) in self.concat_sites.clone() {
            let open = self.store.tokens(right).iter().all(|tok| !Tok(*tok).is_text() || *tok == Tok::ANY_TEXT.0);
            if !open {
                continue;
            }
            for name in self.texts(left) {
                let left = self.names.text(name);
                let begins = left.starts_with(ROOT) || (!path && left.starts_with("./") || left.starts_with("../"));
                if begins && !left.contains('*') {
                    let text = if path { format!("{left}/*") } else { format!("{left}*") };
                    self.add_text(dst, &text);
                }
            }
        }
    }
}
