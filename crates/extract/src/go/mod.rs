//! Go: tree-sitter's tree to facts.
//!
//! Containers, channels and pointers are transparent: a slot of type `map[string][]*T` stands for its `T`s, so an
//! element read is the container's own value and an element written becomes one of them. What the declared types
//! of a file say is told with [`Op::Typed`](faultline_facts::Op::Typed); names of a package that other files
//! declare are `Op::Global`, evaluated once in the file's body.

mod call;
mod declare;
mod expr;
mod function;
mod header;
mod imports;
mod kind;
mod literal;
mod lower;
mod stmt;
mod types;

use faultline_facts::{Builder, Facts, Language, ModuleKind, ParseProblem, Span};
use tree_sitter::{Node, Parser, Tree};

use lower::Lower;

pub use imports::{Header, header};

/// More problems of one file than these teach nothing.
const MOST_PROBLEMS: usize = 20;

/// The facts of a Go blob.
pub fn extract(bytes: &[u8]) -> Facts {
    let source = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let Some(tree) = parse(source) else { return unparsed("the parser gave up") };
    let root = tree.root_node();
    let builder = Builder::new(Language::Go, ModuleKind::Go, span(root));
    let mut lower = Lower::new(builder, source);
    lower.file(root);
    if root.has_error() {
        lower.errors(root);
    }
    lower.finish()
}

fn parse(source: &[u8]) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_go::LANGUAGE.into()).ok()?;
    parser.parse(source, None)
}

fn unparsed(why: &str) -> Facts {
    let mut builder =
        Builder::new(Language::Go, ModuleKind::Go, Span { line: 1, column: 1, end_line: 1, end_column: 1 });
    builder.problem(ParseProblem { line: 1, column: 1, message: why.to_owned() });
    builder.finish()
}

/// The extent of a node.
fn span(node: Node<'_>) -> Span {
    let (start, end) = (node.start_position(), node.end_position());
    let number = |at: usize| u32::try_from(at + 1).unwrap_or(u32::MAX);
    Span {
        line: number(start.row),
        column: number(start.column),
        end_line: number(end.row),
        end_column: number(end.column),
    }
}
