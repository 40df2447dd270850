//! What holds for an auth.conf, whatever is in it.

#![allow(clippy::panic, reason = "a check fails by panicking")]

use super::{Entry, entry};

/// What an auth.conf says of a host, written again, says the same of it.
///
/// # Panics
/// Where that is not so.
pub fn auth_conf(input: &[u8]) {
    for host in ["host", "default"] {
        let Ok(said) = entry(input, host) else { continue };
        let written = written(&said);
        let again = entry(written.as_bytes(), host);
        let again = again.unwrap_or_else(|error| panic!("{error}: {written:?}"));
        assert!(again.authname == said.authname && again.realm == said.realm, "{written:?}");
        assert!(again.password == said.password, "{written:?}");
    }
}

fn written(entry: &Entry) -> String {
    let mut text = "[auth-libvirt-default]\ncredentials=me\n[credentials-me]\n".to_owned();
    let password = entry.password.as_ref().map(|password| password.as_str());
    let lines =
        [("authname", entry.authname.as_deref()), ("password", password), ("realm", entry.realm.as_deref())];
    for (key, value) in lines {
        if let Some(value) = value {
            text.extend([key, "=", &escaped(value), "\n"]);
        }
    }
    text
}

fn escaped(value: &str) -> String {
    let escape = |char| match char {
        '\\' => "\\\\".to_owned(),
        ' ' => "\\s".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        char => char.to_string(),
    };
    value.chars().map(escape).collect()
}
