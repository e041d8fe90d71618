//! Path patterns of CODEOWNERS files. Both hosts begin with the rules of gitignore and leave them at different points.

use fast_glob::glob_match;

use crate::Dialect;

/// True when a pattern covers a file; `path` is relative to the repository.
pub(crate) fn covers(dialect: Dialect, pattern: &str, path: &str) -> bool {
    match dialect {
        Dialect::GitHub => github(pattern, path),
        Dialect::GitLab => gitlab(pattern, path),
    }
}

/// A slash at the start or inside ties a pattern to the root; a folder stands for all below it, but `docs/*` only for
/// what lies directly in it.
fn github(pattern: &str, path: &str) -> bool {
    let folder_only = pattern.ends_with('/');
    let body = pattern.trim_matches('/');
    let anchored = pattern.starts_with('/') || body.contains('/');
    let body = literal(body, "{}[]!");
    let from = if anchored { body } else { format!("**/{body}") };
    if folder_only {
        return glob_match(format!("{from}/**/*"), path);
    }
    let shallow = from.ends_with("/*") && !from.ends_with("**/*");
    glob_match(&from, path) || (!shallow && glob_match(format!("{from}/**/*"), path))
}

/// A pattern without a leading slash may begin in any folder; only a slash at the end stands for all below a folder.
fn gitlab(pattern: &str, path: &str) -> bool {
    let from = match pattern.strip_prefix('/') {
        _ if pattern == "*" => "**/*".to_owned(),
        Some(body) => body.to_owned(),
        None => format!("**/{pattern}"),
    };
    let from = literal(&from, "{}!");
    let from = if from.ends_with('/') { format!("{from}**/*") } else { from };
    glob_match(from, path)
}

/// Characters that are no signs in these files, though they are for the matcher.
fn literal(pattern: &str, plain: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 4);
    let mut escaped = false;
    for c in pattern.chars() {
        if plain.contains(c) && !escaped {
            out.push('\\');
        }
        escaped = c == '\\' && !escaped;
        out.push(c);
    }
    out
}
