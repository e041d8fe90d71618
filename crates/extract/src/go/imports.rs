//! Package clause and imports of a file without parsing the rest.

/// What stands at the top of a Go file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// Name of the package.
    pub package: String,
    /// Import paths in order.
    pub imports: Vec<String>,
}

/// Reads a file's package clause and imports; what is damaged ends the list.
pub fn header(bytes: &[u8]) -> Header {
    let mut scan = Scan { rest: bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes) };
    let mut found = Header::default();
    if !scan.word("package") {
        return found;
    }
    found.package = scan.identifier();
    while scan.word("import") {
        if !scan.byte(b'(') {
            scan.spec(&mut found.imports);
            continue;
        }
        while !scan.byte(b')') {
            if !scan.spec(&mut found.imports) {
                return found;
            }
        }
    }
    found
}

struct Scan<'b> {
    rest: &'b [u8],
}

impl Scan<'_> {
    /// Skips blanks, semicolons and comments.
    fn skip(&mut self) {
        loop {
            let blank = self.rest.iter().take_while(|b| b.is_ascii_whitespace() || **b == b';').count();
            self.rest = &self.rest[blank..];
            let end = match self.rest {
                [b'/', b'/', ..] => memchr::memchr(b'\n', self.rest),
                [b'/', b'*', rest @ ..] => memchr::memmem::find(rest, b"*/").map(|at| at + 4),
                _ => return,
            };
            self.rest = end.map_or(&[], |end| &self.rest[end..]);
        }
    }

    fn word(&mut self, word: &str) -> bool {
        self.skip();
        let Some(rest) = self.rest.strip_prefix(word.as_bytes()) else { return false };
        if rest.first().is_some_and(|b| is_part(*b)) {
            return false;
        }
        self.rest = rest;
        true
    }

    fn byte(&mut self, byte: u8) -> bool {
        self.skip();
        match self.rest {
            [first, rest @ ..] if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn identifier(&mut self) -> String {
        self.skip();
        let length = self.rest.iter().take_while(|b| is_part(**b)).count();
        let name = String::from_utf8_lossy(&self.rest[..length]).into_owned();
        self.rest = &self.rest[length..];
        name
    }

    /// `"path"`, `name "path"`, `. "path"`; false where there is none.
    fn spec(&mut self, out: &mut Vec<String>) -> bool {
        if !self.byte(b'.') {
            self.identifier();
        }
        self.skip();
        let Some((quote, rest)) = self.rest.split_first().filter(|(q, _)| matches!(q, b'"' | b'`')) else {
            return false;
        };
        let Some(end) = memchr::memchr2(*quote, b'\n', rest).filter(|end| rest[*end] == *quote) else { return false };
        out.push(String::from_utf8_lossy(&rest[..end]).into_owned());
        self.rest = &rest[end + 1..];
        true
    }
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_import_is_read() {
        let text = "// Copyright\n\n/* doc */ package main // x\n\nimport \"a\"\nimport (\n\t\"b/c\" // why\n\tx \"d\"\n\
                    \t_ `e`\n\t. \"f\"; \"g\"\n)\nimport ()\nfunc main() { import \"no\" }\n";
        let found = header(text.as_bytes());
        assert_eq!(found.package, "main");
        assert_eq!(found.imports, ["a", "b/c", "d", "e", "f", "g"]);
    }

    #[test]
    fn damage_ends_the_list() {
        for text in ["", "package", "package p\nimport (\n\"a\"\n", "package p\nimport \"a\nb\"", "/*", "//", "importx"]
        {
            assert!(header(text.as_bytes()).imports.len() < 2, "{text}");
        }
        assert_eq!(header(b"package p; import \"a\"; import (\"b\" 5)").imports, ["a", "b"]);
    }
}
