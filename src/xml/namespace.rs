//! Which namespace an element is in, by the declarations on it and around it (Namespaces in XML 1.0, section 3).

use super::Element;

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
