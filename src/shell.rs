//! Words as a POSIX shell reads them, here or on another host. Runs nothing.

use std::borrow::Cow;

/// A word for a shell: quoted where it holds more than plain characters.
///
/// ```
/// use virtwire::shell::quoted;
///
/// assert_eq!(quoted("qemu:///system"), "qemu:///system");
/// assert_eq!(quoted("it's"), r"'it'\''s'");
/// ```
#[must_use]
pub fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', "'\\''")).into()
    }
}

/// A command's words as a line for a shell, such as those that remove what a network left behind.
///
/// ```
/// let line = virtwire::shell::line(&["nft", "delete", "table", "ip", "a b"]);
/// assert_eq!(line, "nft delete table ip 'a b'");
/// ```
#[must_use]
pub fn line(words: &[impl AsRef<str>]) -> String {
    words.iter().map(|word| quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::quoted;

    #[test]
    fn words_are_quoted_only_where_they_must_be() {
        assert_eq!(quoted("qemu:///system"), "qemu:///system");
        assert_eq!(quoted("qemu:///system?socket=/a&mode=auto"), "'qemu:///system?socket=/a&mode=auto'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn a_quoted_word_is_one_word_to_a_shell_and_to_a_shell_in_a_shell() {
        for word in
            ["", "plain", "a b", "it's", "$HOME", "`id`", "\\", "\"", "a;b&c|d", "-x", "é\n", "''", "~", "!1"]
        {
            let said = |script: &str| Command::new("sh").args(["-c", script]).output().unwrap().stdout;
            let once = format!("printf %s {}", quoted(word));
            assert_eq!(said(&once), word.as_bytes(), "{word}");
            assert_eq!(said(&format!("sh -c {}", quoted(&once))), word.as_bytes(), "{word}");
        }
    }
}
