//! Which namespace an element is in, by the declarations on it and around it (Namespaces in XML 1.0, section 3).

use super::{Element, Node};

/// The namespace of `element`, which is within these, from the innermost to the outermost.
pub(super) fn of<'a>(element: &'a Element, around: &[&'a Element]) -> Option<&'a str> {
    let declaration = match element.name.split_once(':') {
        Some((prefix, _)) => format!("xmlns:{prefix}"),
        None => "xmlns".to_owned(),
    };
    let scopes = std::iter::once(element).chain(around.iter().copied());
    scopes.into_iter().find_map(|scope| scope.attribute(&declaration))
}

/// The name of `element` without its prefix.
pub(super) fn local_name(element: &Element) -> &str {
    element.name.split_once(':').map_or(&element.name, |(_, name)| name)
}

impl Element {
    /// The child that declares itself to be in the namespace `uri`: how libvirt keeps what a program wrote down.
    #[must_use]
    pub fn child_of_namespace(&self, uri: &str) -> Option<&Self> {
        self.elements().find(|element| of(element, &[]) == Some(uri))
    }

    /// The same without its own prefix and the namespaces that it declares: how libvirt hands out what a program wrote
    /// down.
    #[must_use]
    pub fn without_namespace(&self) -> Self {
        let mut bare = self.clone();
        bare.attributes.retain(|attribute| !attribute.name.starts_with("xmlns"));
        if let Some((prefix, _)) = self.name.split_once(':') {
            remove_prefix(&mut bare, &format!("{prefix}:"));
        }
        bare
    }
}

fn remove_prefix(element: &mut Element, prefix: &str) {
    if let Some(name) = element.name.strip_prefix(prefix) {
        element.name = name.to_owned();
    }
    for node in &mut element.nodes {
        if let Node::Element(inner) = node {
            remove_prefix(inner, prefix);
        }
    }
}
