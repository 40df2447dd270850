//! What `--xpath` selects of a document, or all of it.

use virtwire::protocol::remote::Text;
use virtwire::xml::Element;

use super::lookup::empty_option;
use crate::cli::args::Selection;
use crate::cli::failure::{Failure, Kind};
use crate::cli::report::Xml;
use crate::cli::report::parts::{Dump, Selected};
use crate::cli::xpath::{self, Nodes};

/// The document, or the part of it that is wanted.
pub(super) fn dump_of(xml: &Text, selection: &Selection) -> Result<Dump, Failure> {
    let Some(xpath) = selection.xpath.as_deref() else {
        return Ok(Dump { xml: Some(Xml::from(xml.as_bytes())), selected: None });
    };
    if xpath.is_empty() {
        return Err(empty_option("xpath"));
    }
    let document = Element::parse(xml.as_bytes());
    let document = document.map_err(|error| Failure::new(Kind::Protocol, error.to_string()))?;
    let wrong = |reason: String| {
        // virsh's words for what selects no nodes; what it cannot even read it passes over, and exits with 0.
        let message = format!("internal error: Incorrect xpath '{xpath}'");
        Failure::new(Kind::Usage, message).advice(reason)
    };
    let Nodes { nodes, wrapped } = xpath::select(&document, xpath).map_err(wrong)?;
    let wrapped = selection.wrap.then_some(wrapped);
    Ok(Dump { xml: None, selected: Some(Selected { xpath: xpath.to_owned(), nodes, wrapped }) })
}
