//! Words as a shell reads them, here or on another host: any POSIX shell, and fish. Runs nothing.

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
        return word.into();
    }
    let mut quoted = String::from("'");
    for c in word.chars() {
        match c {
            '\'' => quoted.push_str(r"'\''"),
            // Between quotes it would be plain to a POSIX shell, and not to fish.
            '\\' => quoted.push_str(r"'\\'"),
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted.into()
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

    /// Words that a shell might act on.
    const ODD: [&str; 17] = [
        "", "plain", "a b", "it's", "$HOME", "`id`", "\\", "\"", "a;b&c|d", "-x", "é\n", "''", "~", "!1",
        "\\'", "'\\", "a\\\\'b",
    ];

    /// What the outermost shell, and one within it, make of each; nothing where there is no such shell.
    fn each_is_one_word_to(shell: &str) {
        if Command::new(shell).args(["-c", "true"]).output().is_err() {
            return;
        }
        let said = |script: &str| Command::new(shell).args(["-c", script]).output().unwrap().stdout;
        for word in ODD {
            let once = format!("printf %s {}", quoted(word));
            assert_eq!(said(&once), word.as_bytes(), "{shell}: {word}");
            assert_eq!(said(&format!("sh -c {}", quoted(&once))), word.as_bytes(), "{shell}: {word}");
        }
    }

    #[test]
    fn a_quoted_word_is_one_word_to_a_shell_and_to_a_shell_in_a_shell() {
        ["sh", "bash", "zsh", "ksh", "fish"].into_iter().for_each(each_is_one_word_to);
    }
}
