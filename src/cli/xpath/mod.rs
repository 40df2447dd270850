//! XPath over libvirt's documents: what an expression selects, as virsh prints it. It makes no calls and reads no files.

mod print;
mod tree;

use std::thread;

use sxd_document::Package;
use sxd_xpath::nodeset::Node;
use sxd_xpath::{Context, Factory, Value};
use virtwire::xml::Element;

use self::print::Found;
use self::tree::Tree;
use crate::cli::failure::{Failure, Kind};
use crate::cli::layout::{is_declaration, without_blanks};
use crate::cli::report::parts::Selected;

/// What an expression selects.
#[derive(Debug, PartialEq, Eq)]
struct Nodes {
    /// Each node, in the order of the document.
    nodes: Vec<String>,
    /// All of them in one element.
    wrapped: String,
}

/// Most bytes of an expression.
const LENGTH_MAX: usize = 2_000;

/// The library calls itself for each level of expression and document.
const STACK: usize = 64 << 20;

/// What an expression selects of a document, with its nodes in one element where that is wanted.
pub(crate) fn selected(xml: &[u8], xpath: &str, is_wrapped: bool) -> Result<Selected, Failure> {
    let document = Element::parse(xml).map_err(|error| Failure::new(Kind::Protocol, error.to_string()))?;
    let wrong = |reason: String| {
        // virsh's words for what selects no nodes; what it cannot even read it passes over, and exits with 0.
        let message = format!("internal error: Incorrect xpath '{xpath}'");
        Failure::new(Kind::Usage, message).advice(reason)
    };
    let Nodes { nodes, wrapped } = select(&document, xpath).map_err(wrong)?;
    Ok(Selected { xpath: xpath.to_owned(), nodes, wrapped: is_wrapped.then_some(wrapped) })
}

/// Selects from a document, beginning at its element. The error says why the expression selects no nodes; it has no
/// prefixes of namespaces and no variables, as it has none for virsh.
fn select(document: &Element, xpath: &str) -> Result<Nodes, String> {
    if xpath.len() > LENGTH_MAX {
        return Err(format!("it is longer than {LENGTH_MAX} bytes"));
    }
    let selected = thread::scope(|scope| {
        let evaluation = || evaluate(document, xpath);
        Some(thread::Builder::new().stack_size(STACK).spawn_scoped(scope, evaluation).ok()?.join())
    });
    match selected {
        Some(Ok(selected)) => selected,
        Some(Err(_)) => Err("the evaluation broke down".to_owned()),
        None => Err("there is no memory for its evaluation".to_owned()),
    }
}

fn evaluate(document: &Element, xpath: &str) -> Result<Nodes, String> {
    // The library panics at prefixes that it does not know.
    if let Some(prefix) = undeclared_prefix(xpath) {
        return Err(format!(
            "the namespace prefix '{prefix}' is not known; local-name() and namespace-uri() tell elements apart"
        ));
    }
    let expression = Factory::new().build(xpath).map_err(|error| in_words(&format!("{error:?}")))?;
    let expression = expression.ok_or_else(|| "it is empty".to_owned())?;
    let document = without_blanks(document);
    let package = Package::new();
    let mut tree = Tree::new(&package);
    let root = tree.fill(&document);
    let mut context = Context::new();
    context.set_namespace("xml", tree::XML);
    let value = expression.evaluate(&context, root).map_err(|error| in_words(&format!("{error:?}")))?;
    let Value::Nodeset(nodes) = value else {
        return Err("it yields a value, not nodes".to_owned());
    };
    let found = nodes.document_order().into_iter().filter_map(|node| found(&tree, &document, node));
    let mut found: Vec<Found<'_>> = found.collect();
    sort_attributes(&mut found);
    Ok(Nodes { nodes: found.iter().map(print::alone).collect(), wrapped: print::wrapped(&found) })
}

/// The library names what is wrong by its own types: `TrailingSlash`, `UnknownFunction { name: ... "foo" }`. The name that
/// it is about is the last that stands between quotes.
fn in_words(error: &str) -> String {
    let kinds = [
        ("UnknownFunction", "there is no such function"),
        ("UnknownVariable", "there are no variables here, such as"),
        ("UnknownNamespace", "this namespace prefix is not known:"),
        ("TrailingSlash", "it ends with a slash"),
        ("EmptyPredicate", "a pair of brackets is empty, or not closed"),
        ("ExtraUnparsedTokens", "it goes on where it should end"),
        ("RightHandSideExpressionMissing", "something is missing behind an operator"),
        ("ArgumentMissing", "an argument is missing"),
        ("MismatchedQuoteCharacters", "a quote is not closed"),
        ("UnableToCreateToken", "a character has no place there"),
        ("NotANodeset", "it makes nodes of what are none"),
        ("ArgumentNotANodeset", "a function wants nodes"),
    ];
    let words = kinds.iter().find(|(kind, _)| error.contains(kind)).map(|(_, words)| *words);
    let name = error.rsplit('"').nth(1).filter(|name| !name.is_empty());
    match (words, name) {
        (Some(words), Some(name)) if words.starts_with("th") => format!("{words} '{name}'"),
        (Some(words), _) => words.to_owned(),
        (None, _) => "it is no XPath 1.0".to_owned(),
    }
}

/// The library has the attributes of an element in no order; ours are those of the document.
fn sort_attributes(found: &mut [Found<'_>]) {
    let is_of_one = |one: &Found<'_>, other: &Found<'_>| match (one, other) {
        (Found::Attribute(one, _), Found::Attribute(other, _)) => std::ptr::eq(*one, *other),
        _ => false,
    };
    for attributes in found.chunk_by_mut(is_of_one) {
        attributes.sort_by_key(|found| match found {
            Found::Attribute(_, at) => *at,
            _ => 0,
        });
    }
}

/// The first prefix of a name in the expression, unless it is `xml`. What stands between quotes is no name, and before
/// `::` stands an axis.
fn undeclared_prefix(xpath: &str) -> Option<&str> {
    let mut rest = xpath;
    while let Some(at) = rest.find(['\'', '"', ':']) {
        let (before, mark) = rest.split_at(at);
        if let Some(behind) = mark.strip_prefix("::") {
            rest = behind;
        } else if let Some(behind) = mark.strip_prefix(':') {
            let begin = before.rfind(|c: char| !c.is_alphanumeric() && !"_-.".contains(c));
            let prefix = begin.map_or(before, |at| before.get(at..).unwrap_or_default());
            let prefix = prefix.trim_start_matches(|c: char| !c.is_alphabetic() && c != '_');
            if prefix != "xml" {
                return Some(prefix);
            }
            rest = behind;
        } else {
            let quote = mark.get(..1)?;
            rest = mark.get(1..)?.split_once(quote)?.1;
        }
    }
    None
}

fn found<'d, 'a>(tree: &Tree<'d, 'a>, document: &'a Element, node: Node<'d>) -> Option<Found<'a>> {
    Some(match node {
        Node::Root(_) => Found::Document(document),
        Node::Element(element) => {
            let (element, scope) = tree.place(element)?;
            Found::Element(element, scope.clone())
        }
        Node::Attribute(attribute) => {
            let (element, scope) = tree.place(attribute.parent()?)?;
            let name = attribute.name();
            let is_it = |candidate: &&virtwire::xml::Attribute| {
                let (uri, local) = tree::resolved(&candidate.name, scope, false);
                (uri, local) == (name.namespace_uri(), name.local_part()) && !is_declaration(&candidate.name)
            };
            Found::Attribute(element, element.attributes.iter().position(|candidate| is_it(&candidate))?)
        }
        Node::Text(text) => Found::Text(text.text().to_owned()),
        Node::Comment(comment) => Found::Comment(comment.text().to_owned()),
        Node::ProcessingInstruction(instruction) => {
            let value = instruction.value().map_or(String::new(), |value| format!(" {value}"));
            Found::Instruction(format!("{}{value}", instruction.target()))
        }
        Node::Namespace(namespace) => {
            Found::Namespace(namespace.prefix().to_owned(), namespace.uri().to_owned())
        }
    })
}

#[cfg(test)]
mod tests {
    use virtwire::xml::Element;

    use super::{Nodes, select, undeclared_prefix};

    const NETWORK: &str = "<network connections='1'>\n  <name>näme</name>\n  <metadata>\n    <a:app xmlns:a='urn:a' xmlns:b='urn:b' a:x='1'>\n \
        <a:in>t</a:in><b:out/><e>  </e></a:app>\n  </metadata>\n  <ip family='ipv4' address='10.0.0.1'>\n    <dhcp>\n      \
        <range start='10.0.0.2' end='10.0.0.9'/>\n      <host mac='52:54:00:00:00:01' name='ä&quot;&lt;'/>\n    </dhcp>\n  </ip>\n  \
        <ip family='ipv6' address='fd00::1'/>\n</network>\n";

    fn selected(xpath: &str) -> Result<Nodes, String> {
        select(&Element::parse(NETWORK.as_bytes()).map_err(|error| error.to_string())?, xpath)
    }

    fn nodes(xpath: &str) -> Vec<String> {
        selected(xpath).map(|found| found.nodes).unwrap_or_else(|error| vec![format!("error: {error}")])
    }

    fn wrapped(xpath: &str) -> String {
        selected(xpath).map(|found| found.wrapped).unwrap_or_else(|error| error)
    }

    #[test]
    fn elements_are_laid_out_as_virsh_lays_them_out() {
        assert_eq!(nodes("//range"), ["<range start=\"10.0.0.2\" end=\"10.0.0.9\"/>"]);
        assert_eq!(
            nodes("ip/dhcp"),
            [
                "<dhcp>\n  <range start=\"10.0.0.2\" end=\"10.0.0.9\"/>\n  <host mac=\"52:54:00:00:00:01\" name=\"ä&quot;&lt;\"/>\n</dhcp>"
            ]
        );
        assert_eq!(nodes("/network/name"), ["<name>näme</name>"]);
        assert_eq!(nodes("//nosuch"), [""; 0]);
    }

    #[test]
    fn nodes_come_in_the_order_of_the_document_each_once() {
        assert_eq!(
            nodes("//ip[1]/@* | //range/@*"),
            [" family=\"ipv4\"", " address=\"10.0.0.1\"", " start=\"10.0.0.2\"", " end=\"10.0.0.9\""]
        );
        let both = nodes("//ip/@address | //name/text() | //ip/@address");
        assert_eq!(both, ["näme", " address=\"10.0.0.1\"", " address=\"fd00::1\""]);
        assert_eq!(nodes("//range/ancestor::ip/@family"), [" family=\"ipv4\""]);
        assert_eq!(nodes("ip[2]/@address"), [" address=\"fd00::1\""]);
        assert_eq!(nodes("//ip[not(dhcp)][contains(@address, ':')]/@family"), [" family=\"ipv6\""]);
    }

    #[test]
    fn what_is_wrapped_is_one_document() {
        assert_eq!(wrapped("//range"), "<nodes>\n  <range start=\"10.0.0.2\" end=\"10.0.0.9\"/>\n</nodes>");
        assert_eq!(wrapped("//nosuch"), "<nodes/>");
        assert_eq!(wrapped("//ip/@family"), "<nodes family=\"ipv6\"/>");
        assert_eq!(wrapped("//name/text()"), "<nodes>näme</nodes>");
        assert_eq!(wrapped("//host/@name"), "<nodes name=\"ä&quot;&lt;\"/>");
    }

    #[test]
    fn namespaces_are_known_by_local_name_and_follow_what_is_wrapped() {
        assert_eq!(nodes("//*[local-name() = 'in']"), ["<a:in>t</a:in>"]);
        assert_eq!(
            wrapped("//*[local-name() = 'in']"),
            "<nodes>\n  <a:in xmlns:a=\"urn:a\">t</a:in>\n</nodes>"
        );
        assert_eq!(
            nodes("//metadata/*"),
            [
                "<a:app xmlns:a=\"urn:a\" xmlns:b=\"urn:b\" a:x=\"1\">\n  <a:in>t</a:in>\n  <b:out/>\n  <e>  </e>\n</a:app>"
            ]
        );
        assert_eq!(nodes("//*[namespace-uri() = 'urn:a']/@*"), [" a:x=\"1\""]);
    }

    #[test]
    fn quotes_and_axes_are_no_prefixes() {
        assert_eq!(undeclared_prefix("//ip[@a = 'b:c' or @x = \"d:e\"]/child::dhcp/@xml:lang"), None);
        assert_eq!(undeclared_prefix("'x'/ab-c:d"), Some("ab-c"));
        assert_eq!(undeclared_prefix("child::a:*"), Some("a"));
        assert_eq!(nodes("//*[@mac = '52:54:00:00:00:01']/@mac"), [" mac=\"52:54:00:00:00:01\""]);
        assert_eq!(nodes("//@xml:lang"), [""; 0]);
    }

    #[test]
    fn deep_and_long_expressions_are_evaluated_or_refused() {
        let parentheses = |count: usize| "(".repeat(count) + "//ip" + &")".repeat(count);
        assert_eq!(nodes(&parentheses(998)).len(), 2);
        assert_eq!(nodes(&parentheses(999)), ["error: it is longer than 2000 bytes"]);
        let unions = vec!["//ip"; 400].join("|");
        assert_eq!(nodes(&unions).len(), 2);
        assert_eq!(nodes(&("self::*[".repeat(200) + "1" + &"]".repeat(200))).len(), 1);
    }

    #[test]
    fn a_deep_document_with_many_namespaces_takes_little_memory() {
        let declared: String = (0..1_000).map(|n| format!(" xmlns:p{n}='urn:{n}'")).collect();
        let inner = "<b xmlns:q='urn:q'/>".repeat(10_000);
        let deep = "<d>".repeat(400) + &"</d>".repeat(400);
        let document = Element::parse(format!("<a{declared}>{inner}{deep}</a>").as_bytes()).unwrap();
        assert_eq!(select(&document, "//d[not(d)]").unwrap().nodes, ["<d/>"]);
    }

    #[test]
    fn what_selects_no_nodes_says_why() {
        for xpath in [
            "count(//ip)",
            "string(//name)",
            "1 + 1",
            "///",
            "//[",
            "//a:in",
            "//*[@a:x]",
            "$x",
            "$a:x",
            "a:f()",
            "nosuch()",
            "'",
        ] {
            assert!(selected(xpath).is_err_and(|error| !error.is_empty()), "{xpath}");
        }
        for (xpath, words) in [
            ("foo()", "there is no such function 'foo'"),
            ("$x", "there are no variables here, such as 'x'"),
            ("//", "it ends with a slash"),
            ("//ip[", "a pair of brackets is empty, or not closed"),
            ("count(//ip)", "it yields a value, not nodes"),
            ("'", "it goes on where it should end"),
        ] {
            assert_eq!(selected(xpath), Err(words.to_owned()), "{xpath}");
        }
    }
}
