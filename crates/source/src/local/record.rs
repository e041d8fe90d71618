//! The list of a wheel's installed files (`RECORD`, a CSV file).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// One installed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recorded {
    /// Relative to the folder that holds the packages.
    pub(super) path: String,
    /// SHA-256 of the content, hex.
    pub(super) sha256: Option<String>,
}

pub(super) fn parse(text: &str) -> Vec<Recorded> {
    text.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<Recorded> {
    let (path, rest) = match line.strip_prefix('"') {
        Some(quoted) => {
            let end = quoted.find("\",")?;
            (quoted[..end].replace("\"\"", "\""), &quoted[end + 2..])
        }
        None => line.split_once(',').map(|(p, r)| (p.to_owned(), r))?,
    };
    let hash = rest.split(',').next().and_then(|h| h.strip_prefix("sha256="));
    let sha256 = hash.and_then(|h| URL_SAFE_NO_PAD.decode(h).ok()).map(|b| crate::integrity::to_hex(&b));
    Some(Recorded { path, sha256 })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn quotes_and_hashes() {
        let records = parse("a/b.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n\"x,y.py\",,\nbad\n");
        assert_eq!(records.len(), 2);
        assert_eq!(records[1].path, "x,y.py");
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(records[0].sha256.as_deref(), Some(empty));
    }
}
