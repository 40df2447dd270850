//! Bytes to tree, within limits. A document type is refused, so that no entity is ever expanded but the five
//! predefined ones and character references. Namespaces are not resolved.

use std::borrow::Cow;
use std::collections::HashSet;

use quick_xml::XmlVersion;
use quick_xml::escape::EscapeError;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use super::{Attribute, Element, Node};

/// Characters of the input that an error quotes at most.
const QUOTED: usize = 100;

/// How much a document may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the document.
    pub size: usize,
    /// Elements within each other.
    pub depth: usize,
    /// Elements, attributes, texts, comments and instructions together.
    pub nodes: usize,
}

impl Default for Limits {
    /// 8 MiB (a text on the wire is at most 4 MiB), 512 levels (libvirt's own reader takes 256 on most hosts), and 1,048,576
    /// nodes, of which a text on the wire has fewer.
    fn default() -> Self {
        Self { size: 8 << 20, depth: 512, nodes: 1 << 20 }
    }
}

/// The text is not XML that is accepted here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind}")]
pub struct ParseError {
    /// The line on which it was met, counted from 1.
    pub line: usize,
    /// What was met.
    pub kind: ParseErrorKind,
}

/// Why a text is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The document is longer than [`Limits::size`].
    #[error("a document of {0} bytes is too long")]
    Size(usize),
    /// More elements within each other than [`Limits::depth`].
    #[error("elements are nested more than {0} deep")]
    Depth(usize),
    /// More elements, attributes and texts than [`Limits::nodes`].
    #[error("more than {0} elements, attributes and texts")]
    Nodes(usize),
    /// Not UTF-8, or declared to be something else.
    #[error("the document is not in UTF-8")]
    Encoding,
    /// A document type (`<!DOCTYPE`), which could declare entities.
    #[error("a document type is not accepted")]
    DocumentType,
    /// A reference to an entity that is not predefined.
    #[error("unknown entity `{0}`")]
    Entity(String),
    /// An attribute that its element has twice.
    #[error("attribute `{0}` is given twice")]
    DuplicateAttribute(String),
    /// A name that XML does not allow.
    #[error("`{0}` is not a name")]
    Name(String),
    /// A character that XML does not allow, by its number.
    #[error("character {0:#x} is not allowed")]
    Character(u32),
    /// The document ends within this element.
    #[error("the document ends within `{0}`")]
    Unclosed(String),
    /// There is no element at all.
    #[error("the document has no element")]
    Empty,
    /// Something other than comments and blanks behind, or before, the one element.
    #[error("content outside of the document's element")]
    OutsideOfRoot,
    /// Anything else that is not well-formed.
    #[error("{0}")]
    Malformed(String),
}

use ParseErrorKind as Kind;

impl Element {
    /// The element that the document in `bytes` consists of, within the default [`Limits`].
    ///
    /// Blanks between elements are dropped, except in `metadata`; comments and instructions outside of the element are too.
    ///
    /// # Errors
    /// [`ParseError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        Self::parse_within(bytes, Limits::default())
    }

    /// As [`Element::parse`], within `limits`.
    ///
    /// # Errors
    /// [`ParseError`].
    pub fn parse_within(bytes: &[u8], limits: Limits) -> Result<Self, ParseError> {
        if bytes.len() > limits.size {
            return Err(error(&[], Kind::Size(bytes.len())));
        }
        let text = std::str::from_utf8(bytes).map_err(|not_utf8| {
            error(bytes.get(..not_utf8.valid_up_to()).unwrap_or(bytes), Kind::Encoding)
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // Before all else, as XML 1.0 has it (section 2.11).
        let text = match text.contains('\r') {
            true => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
            false => Cow::Borrowed(text),
        };
        let mut reader = Reader::from_str(&text);
        reader.config_mut().check_comments = true;
        let mut tree = Tree::within(limits);
        match read(&mut reader, &mut tree) {
            Ok(root) => Ok(root),
            Err(kind) => {
                let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
                Err(error(text.as_bytes().get(..at).unwrap_or(text.as_bytes()), kind))
            }
        }
    }
}

fn error(before: &[u8], kind: Kind) -> ParseError {
    let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
    ParseError { line, kind }
}

fn read(reader: &mut Reader<&[u8]>, tree: &mut Tree) -> Result<Element, Kind> {
    let mut is_first = true;
    loop {
        match reader.read_event()? {
            Event::Start(start) => tree.open(&start)?,
            Event::Empty(start) => {
                tree.open(&start)?;
                tree.close()?;
            }
            // The reader has compared the names.
            Event::End(_) => tree.close()?,
            Event::Text(text) => {
                let text = utf8(&text)?;
                if text.contains("]]>") {
                    return Err(Kind::Malformed("`]]>` in text".to_owned()));
                }
                tree.text(text)?;
            }
            Event::CData(data) => tree.text(utf8(&data)?)?,
            Event::GeneralRef(reference) => tree.text(&resolved(&reference)?)?,
            Event::Comment(comment) => tree.node(Node::Comment(legal(utf8(&comment)?)?))?,
            Event::PI(instruction) => tree.node(Node::Instruction(legal(utf8(&instruction)?)?))?,
            Event::Decl(declaration) if is_first => check_encoding(&declaration)?,
            Event::Decl(_) => {
                return Err(Kind::Malformed("a declaration that is not at the start".to_owned()));
            }
            Event::DocType(_) => return Err(Kind::DocumentType),
            Event::Eof => return tree.finish(),
        }
        is_first = false;
    }
}

/// The tree as far as it has been read.
struct Tree {
    limits: Limits,
    nodes: usize,
    open: Vec<Element>,
    root: Option<Element>,
}

impl Tree {
    const fn within(limits: Limits) -> Self {
        Self { limits, nodes: 0, open: Vec::new(), root: None }
    }

    fn count(&mut self) -> Result<(), Kind> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(Kind::Nodes(self.limits.nodes));
        }
        Ok(())
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), Kind> {
        if self.root.is_some() {
            return Err(Kind::OutsideOfRoot);
        }
        if self.open.len() >= self.limits.depth {
            return Err(Kind::Depth(self.limits.depth));
        }
        self.count()?;
        let mut element = Element::new(name(start.name().as_ref())?);
        let mut seen = HashSet::new();
        // Not the reader's own check for duplicates, whose time grows with the square of their number.
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(quick_xml::Error::from)?;
            self.count()?;
            let name = name(attribute.key.as_ref())?;
            if !seen.insert(utf8(attribute.key.into_inner())?) {
                return Err(Kind::DuplicateAttribute(quoted(&name)));
            }
            if attribute.value.contains(&b'<') {
                return Err(Kind::Malformed("`<` in an attribute".to_owned()));
            }
            let value = legal(&attribute.normalized_value(XmlVersion::Explicit1_0)?)?;
            element.attributes.push(Attribute { name, value });
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) -> Result<(), Kind> {
        let keeps_blanks = self.open.iter().any(|element| element.name == "metadata");
        let Some(mut element) = self.open.pop() else {
            return Err(Kind::OutsideOfRoot);
        };
        if !keeps_blanks {
            drop_blanks(&mut element);
        }
        match self.open.last_mut() {
            Some(parent) => parent.nodes.push(Node::Element(element)),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Kind> {
        let text = legal(text)?;
        match self.open.last_mut() {
            None if is_blank(&text) => Ok(()),
            None => Err(Kind::OutsideOfRoot),
            Some(Element { nodes, .. }) => match nodes.last_mut() {
                Some(Node::Text(before)) => {
                    before.push_str(&text);
                    Ok(())
                }
                _ => self.node(Node::Text(text)),
            },
        }
    }

    fn node(&mut self, node: Node) -> Result<(), Kind> {
        self.count()?;
        if let Some(element) = self.open.last_mut() {
            element.nodes.push(node);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Element, Kind> {
        match self.open.last() {
            Some(unclosed) => Err(Kind::Unclosed(quoted(&unclosed.name))),
            None => self.root.take().ok_or(Kind::Empty),
        }
    }
}

/// Drops the blanks between elements. Text beside them, or nothing beside the blanks, means that they are content.
fn drop_blanks(element: &mut Element) {
    let is_content = |node: &Node| matches!(node, Node::Text(text) if !is_blank(text));
    if element.nodes.len() > 1 && !element.nodes.iter().any(is_content) {
        element.nodes.retain(|node| !matches!(node, Node::Text(_)));
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}

fn resolved(reference: &BytesRef<'_>) -> Result<Cow<'static, str>, Kind> {
    if let Some(character) = reference.resolve_char_ref()? {
        return Ok(Cow::Owned(character.to_string()));
    }
    let name = reference.decode()?;
    quick_xml::escape::resolve_predefined_entity(&name)
        .map(Cow::Borrowed)
        .ok_or_else(|| Kind::Entity(quoted(&name)))
}

fn check_encoding(declaration: &BytesDecl<'_>) -> Result<(), Kind> {
    match declaration.encoding() {
        None => Ok(()),
        Some(encoding) => {
            let encoding = encoding.map_err(quick_xml::Error::from)?;
            let is_utf8 =
                encoding.eq_ignore_ascii_case(b"utf-8") || encoding.eq_ignore_ascii_case(b"us-ascii");
            if is_utf8 { Ok(()) } else { Err(Kind::Encoding) }
        }
    }
}

/// The name, where it is one; characters beyond ASCII are taken to be fit for names.
fn name(bytes: &[u8]) -> Result<String, Kind> {
    let name = utf8(bytes)?;
    let may_begin = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | ':') || !c.is_ascii();
    let may_follow = |c: char| may_begin(c) || c.is_ascii_digit() || matches!(c, '-' | '.');
    if name.starts_with(may_begin) && name.chars().all(may_follow) {
        legal(name)
    } else {
        Err(Kind::Name(quoted(name)))
    }
}

/// The text, where XML 1.0 allows every character of it (section 2.2).
fn legal(text: &str) -> Result<String, Kind> {
    let is_illegal = |c: &char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    match text.chars().find(is_illegal) {
        Some(illegal) => Err(Kind::Character(u32::from(illegal))),
        None => Ok(text.to_owned()),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Kind> {
    std::str::from_utf8(bytes).map_err(|_| Kind::Encoding)
}

pub(super) fn quoted(text: &str) -> String {
    text.chars().take(QUOTED).collect()
}

impl<E: Into<quick_xml::Error>> From<E> for Kind {
    fn from(error: E) -> Self {
        match error.into() {
            quick_xml::Error::Escape(EscapeError::UnrecognizedEntity(_, name)) => Self::Entity(quoted(&name)),
            other => Self::Malformed(quoted(&other.to_string())),
        }
    }
}
