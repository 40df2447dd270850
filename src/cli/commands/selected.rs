//! What `--xpath` selects of a document, or all of it.

use virtwire::protocol::remote::Text;

use super::lookup::empty_option;
use crate::cli::args::Selection;
use crate::cli::failure::Failure;
use crate::cli::report::Xml;
use crate::cli::report::parts::Dump;
#[cfg(feature = "xpath")]
use crate::cli::xpath;

/// The document, or the part of it that is wanted.
pub(super) fn dump_of(xml: &Text, selection: &Selection) -> Result<Dump, Failure> {
    match selection.xpath.as_deref() {
        None => Ok(Dump { xml: Some(Xml::from(xml.as_bytes())), selected: None }),
        Some("") => Err(empty_option("xpath")),
        #[cfg(feature = "xpath")]
        Some(xpath) => {
            let selected = xpath::selected(xml.as_bytes(), xpath, selection.wrap)?;
            Ok(Dump { xml: None, selected: Some(selected) })
        }
        #[cfg(not(feature = "xpath"))]
        Some(_) => Err(Failure::not_built("XPath", "xpath")),
    }
}
