//! XML with lines: decoding, parsing without document types, and small look-ups.

use std::borrow::Cow;

use roxmltree::{Document, Error, Node, ParsingOptions};

use crate::text::{Lines, to_line};

/// A line and what is wrong there.
pub(crate) type Fault = (u32, String);

/// Most nodes of one document; a real POM has some thousands.
const MAX_NODES: u32 = 8_000_000;

/// Characters that old POMs name as HTML does; Maven reads them.
const DECLARED: [&str; 5] = ["lt", "gt", "amp", "quot", "apos"];

/// The text of an XML file: UTF-8, or the single-byte encoding that its head declares.
pub(crate) fn decode(bytes: &[u8]) -> Result<String, Fault> {
    match crate::text::decode(bytes) {
        Err((_, why)) if why.starts_with("is not UTF-8") && declares_single_bytes(bytes) => {
            Ok(bytes.iter().map(|byte| char::from(*byte)).collect())
        }
        other => other,
    }
}

fn declares_single_bytes(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).to_ascii_lowercase();
    ["iso-8859-1", "iso8859", "latin1", "windows-1252", "us-ascii", "iso-8859-15"]
        .iter()
        .any(|name| head.contains(name))
}

/// Parses a document and hands it to `read`; document types, and with them own entities, are refused.
pub(crate) fn with_document<T>(text: &str, read: impl FnOnce(&Xml) -> Result<T, Fault>) -> Result<T, Fault> {
    let text = tolerant(text);
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(&text, options).map_err(|error| fault(&error, &text))?;
    read(&Xml { document: &document, lines: &Lines::new(&text) })
}

fn fault(error: &Error, text: &str) -> Fault {
    let why = match error {
        Error::DtdDetected => {
            "declares a document type; entities of its own are not read: remove the DOCTYPE".to_owned()
        }
        Error::NodesLimitReached => format!("has more than {MAX_NODES} nodes"),
        Error::NoRootNode | Error::UnexpectedEndOfStream => "is not a whole XML document: restore it".to_owned(),
        other => format!("is not well-formed XML: {other}"),
    };
    let end = to_line(text.lines().count().max(1));
    let at_end = matches!(error, Error::UnexpectedEndOfStream | Error::UnclosedRootNode);
    (if at_end { end } else { error.pos().row.max(1) }, why)
}

/// The same text, as long, without what Maven's parser lets pass: HTML's entities and undeclared prefixes.
fn tolerant(text: &str) -> Cow<'_, str> {
    let mut out = Cow::Borrowed(text);
    let mut at = 0;
    while let Some(found) = text[at..].find('&') {
        let start = at + found;
        at = start + 1;
        let name: &str = text[at..].split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let ends = text[at + name.len()..].starts_with(';');
        if ends && !name.is_empty() && !DECLARED.contains(&name) && !name.starts_with('#') {
            out.to_mut().replace_range(start..=at + name.len(), &"?".repeat(name.len() + 2));
        }
    }
    if out.contains("xsi:") && !out.contains("xmlns:xsi") {
        let same_length = out.replace("xsi:", "xsi_");
        return Cow::Owned(same_length);
    }
    out
}

/// A document and its lines.
pub(crate) struct Xml<'a, 'i> {
    document: &'a Document<'i>,
    lines: &'a Lines,
}

impl<'a, 'i> Xml<'a, 'i> {
    /// The outermost element.
    pub(crate) fn root(&self) -> Node<'a, 'i> {
        self.document.root_element()
    }

    /// The 1-based line on which an element starts.
    pub(crate) fn line(&self, node: Node) -> u32 {
        self.lines.of(node.range().start)
    }
}

/// The first child element of a name, whatever its name space.
pub(crate) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    children(node).find(|child| child.tag_name().name() == name)
}

/// Child elements.
pub(crate) fn children<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
}

/// Child elements `item` of the child element `list`.
pub(crate) fn listed<'a, 'i>(node: Node<'a, 'i>, list: &str, item: &'static str) -> Vec<Node<'a, 'i>> {
    let items = child(node, list).into_iter().flat_map(children);
    items.filter(|child| child.tag_name().name() == item).collect()
}

/// All text directly inside an element, trimmed; comments in between do not end it.
pub(crate) fn content(node: Node) -> String {
    let text: String = node.children().filter(Node::is_text).filter_map(|part| part.text()).collect();
    text.trim().to_owned()
}

/// The text of a child element; `None` when it is absent or empty.
pub(crate) fn text(node: Node, name: &str) -> Option<String> {
    child(node, name).map(content).filter(|text| !text.is_empty())
}
