//! Tree to text in the layout of libvirt's own documents, so that what it printed comes out as the same bytes.
//!
//! Two hands write libvirt's documents: its own, and the XML library that it hands `metadata` to. They differ in quotes
//! and in what they escape.

use super::{Element, Node};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Hand {
    /// Single quotes; both kinds of quotes are escaped everywhere.
    Own,
    /// Double quotes; no quote is escaped in text.
    Metadata,
}

/// How one element is set.
#[derive(Clone, Copy)]
struct Style {
    hand: Hand,
    /// Spaces before the element, and each of its elements on a line of its own; `None`: all in one line, as beside text.
    indent: Option<usize>,
}

impl Element {
    /// The document: two spaces a level, attributes in single quotes (in double ones in `metadata`), `<a/>` without content,
    /// text in the line of its element, a line break at the end. Characters that XML cannot say, such as U+0001, become
    /// U+FFFD.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut out = String::new();
        let style = Style { hand: Hand::Own, indent: Some(0) };
        self.write(style, &mut out);
        out.push('\n');
        out
    }

    fn write(&self, outer: Style, out: &mut String) {
        let hand = if self.name == "metadata" { Hand::Metadata } else { outer.hand };
        out.push('<');
        out.push_str(&self.name);
        for attribute in &self.attributes {
            out.push(' ');
            out.push_str(&attribute.name);
            write_value(hand, &attribute.value, out);
        }
        if self.nodes.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        let has_text = self.nodes.iter().any(|node| matches!(node, Node::Text(_)));
        let indent = outer.indent.filter(|_| !has_text);
        for node in &self.nodes {
            let style = Style { hand, indent: indent.map(|spaces| spaces + 2) };
            break_line(style.indent, out);
            node.write(style, out);
        }
        break_line(indent, out);
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }
}

impl Node {
    fn write(&self, style: Style, out: &mut String) {
        match self {
            Self::Element(element) => element.write(style, out),
            Self::Text(text) => text.chars().for_each(|c| write_text(style.hand, c, out)),
            Self::Comment(comment) => out.extend(["<!--", comment, "-->"]),
            Self::Instruction(instruction) => out.extend(["<?", instruction, "?>"]),
        }
    }
}

fn break_line(indent: Option<usize>, out: &mut String) {
    if let Some(spaces) = indent {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', spaces));
    }
}

fn write_value(hand: Hand, value: &str, out: &mut String) {
    let quote = if hand == Hand::Own { '\'' } else { '"' };
    out.extend(['=', quote]);
    for c in value.chars() {
        match c {
            '"' => out.push_str("&quot;"),
            // A reader would take them for blanks.
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            other => write_text(hand, other, out),
        }
    }
    out.push(quote);
}

fn write_text(hand: Hand, c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '\r' => out.push_str("&#13;"),
        '\'' if hand == Hand::Own => out.push_str("&apos;"),
        '"' if hand == Hand::Own => out.push_str("&quot;"),
        '\n' | '\t' => out.push(c),
        // XML has no way to say them; that something was there is to be seen.
        '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
        other => out.push(other),
    }
}
