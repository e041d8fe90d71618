//! How deep a tree may be, and a stack for it: lowering and dropping a tree recurse.

use ruff_python_ast::ModModule;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::Parsed;

/// Shallower trees fit the caller's stack.
const SHALLOW: usize = 150;
/// Deeper trees are not analysed.
const DEEPEST: usize = 20_000;
/// Bytes of stack for one level of lowering.
const LEVEL: usize = 16 * 1024;
/// Bytes of stack for dropping one level.
const DROP_LEVEL: usize = 1024;
const LARGEST_STACK: usize = 2 << 30;

/// An upper bound of the nesting of the tree, from its tokens.
pub(super) fn of(parsed: &Parsed<ModModule>) -> usize {
    let mut indent = 0_usize;
    let mut open: Vec<usize> = Vec::new();
    let (mut here, mut below, mut deepest) = (0_usize, 0_usize, 0_usize);
    for token in parsed.tokens() {
        match token.kind() {
            TokenKind::Indent => indent += 1,
            TokenKind::Dedent => indent = indent.saturating_sub(1),
            TokenKind::Newline => {
                open.clear();
                (here, below) = (0, 0);
            }
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                below += here + 1;
                open.push(here + 1);
                here = 0;
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::FStringEnd | TokenKind::TStringEnd => {
                let outer = open.pop().unwrap_or(0);
                below = below.saturating_sub(outer);
                // A call or subscript nests what stands before it.
                here = outer;
            }
            TokenKind::Comma => here = 0,
            kind if !is_leaf(kind) => here += 1,
            _ => {}
        }
        deepest = deepest.max(indent + below + here);
    }
    deepest
}

fn is_leaf(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline
            | TokenKind::Colon
            | TokenKind::Equal
            | TokenKind::Semi
    )
}

/// Runs `work` on a stack that fits the depth, and drops the tree there; `refuse` when it is too deep.
pub(super) fn with_stack<R: Send>(
    depth: usize,
    parsed: Parsed<ModModule>,
    work: impl FnOnce(&Parsed<ModModule>) -> R + Send,
    refuse: impl Fn() -> R + Sync,
) -> R {
    if depth <= SHALLOW {
        return work(&parsed);
    }
    let deep = depth > DEEPEST;
    let stack = if deep { depth.saturating_mul(DROP_LEVEL).min(LARGEST_STACK) } else { depth * LEVEL };
    let mut tree = Some(parsed);
    let task = || {
        let parsed = tree.take()?;
        (!deep).then(|| work(&parsed))
    };
    let result = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(stack + (1 << 20)).spawn_scoped(scope, task).ok()?;
        thread.join().ok().flatten()
    });
    // No thread to be had: the tree cannot be dropped without overflowing this stack.
    std::mem::forget(tree);
    result.unwrap_or_else(refuse)
}
