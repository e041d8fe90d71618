//! The pages of a Python index (the simple API), in JSON and in HTML.

use faultline_package::Integrity;
use serde::Deserialize;
use std::collections::BTreeMap;
use url::Url;

/// One file of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IndexFile {
    pub(super) name: String,
    pub(super) url: Url,
    pub(super) hashes: Vec<Integrity>,
    pub(super) size: Option<u64>,
}

#[derive(Deserialize)]
struct Page {
    files: Vec<PageFile>,
}

#[derive(Deserialize)]
struct PageFile {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
    size: Option<u64>,
}

/// Reads the JSON form.
pub(super) fn parse_json(body: &[u8], base: &Url) -> serde_json::Result<Vec<IndexFile>> {
    let page: Page = serde_json::from_slice(body)?;
    let file = |f: PageFile| {
        let hashes = f.hashes.into_iter().map(|(a, hex)| hash(&a, &hex)).collect();
        Some(IndexFile { name: f.filename, url: address(base, &f.url)?, hashes, size: f.size })
    };
    Ok(page.files.into_iter().filter_map(file).collect())
}

/// Reads the links of the HTML form: `<a href="address#sha256=…">file name</a>`.
pub(super) fn parse_html(body: &[u8], base: &Url) -> Vec<IndexFile> {
    let text = String::from_utf8_lossy(body);
    let mut files = Vec::new();
    for piece in text.split("<a").skip(1) {
        let Some((tag, rest)) = piece.split_once('>') else {
            continue;
        };
        let name = unescape(rest.split('<').next().unwrap_or_default().trim());
        if let Some(url) = href(tag).and_then(|h| address(base, &unescape(h))) {
            let fragment = url.fragment().and_then(|f| f.split_once('='));
            let hashes = fragment.map(|(a, hex)| hash(a, hex)).into_iter().collect();
            files.push(IndexFile { name, url, hashes, size: None });
        }
    }
    files
}

fn hash(algorithm: &str, hex: &str) -> Integrity {
    Integrity { algorithm: algorithm.to_ascii_lowercase(), hex: hex.to_ascii_lowercase(), file: None }
}

fn href(tag: &str) -> Option<&str> {
    let (_, rest) = tag.split_once("href")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    rest[1..].split(quote).next()
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

/// Where a file lies; a page read over TLS does not send us to a host without.
fn address(base: &Url, text: &str) -> Option<Url> {
    let mut url = base.join(text).ok().filter(|u| matches!(u.scheme(), "http" | "https"))?;
    if base.scheme() == "https" && url.scheme() == "http" {
        url.set_scheme("https").ok()?;
    }
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read() {
        let base = Url::parse("https://index.example/simple/x/").unwrap();
        let page =
            b"<html><a href=\"../../files/x-1.0.tar.gz#sha256=AB\">x-1.0.tar.gz</a> <a href='ftp://no'>no</a><a>x</a>";
        let files = parse_html(page, &base);
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].name, "x-1.0.tar.gz");
        assert!(files[0].url.as_str().starts_with("https://index.example/files/x-1.0.tar.gz"));
        assert_eq!(files[0].hashes[0].hex, "ab");
    }
}
