//! A URI as it may be shown: errors, results and traces are kept and passed on, and a password must not be.

use std::borrow::Cow;

use super::Uri;

/// A text that was given for a URI, for messages and results: as it was written, but for what may be a password, which is
/// `***`. A text that [`Uri::parse`] takes has none.
///
/// ```
/// use virtwire::uri::shown;
///
/// assert_eq!(shown("qemu+tls://alice@host/system"), "qemu+tls://alice@host/system");
/// assert_eq!(shown("qemu+tls://alice:sesame@host/system"), "qemu+tls://alice:***@host/system");
/// ```
#[must_use]
pub fn shown(text: &str) -> Cow<'_, str> {
    if Uri::parse(text).is_ok() { text.into() } else { without_password(text) }
}

/// A text that may be no URI: all that stands between the first `:` behind `//` and the last `@` is hidden. That may be
/// more than a password, never less.
pub(super) fn without_password(text: &str) -> Cow<'_, str> {
    let behind_scheme = text.find("//").map_or(0, |at| at + 2);
    let (scheme, rest) = text.split_at_checked(behind_scheme).unwrap_or_default();
    match (rest.split_once(':'), rest.rfind('@')) {
        (Some((user, _)), Some(at)) if user.len() < at => {
            format!("{scheme}{user}:***{}", rest.get(at..).unwrap_or_default()).into()
        }
        _ => text.into(),
    }
}
