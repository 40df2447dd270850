//! Bash hands out words that it has torn at colons and equals signs, which URIs are full of: so its script passes the
//! line itself, and what it is answered is cut where bash had torn the word.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use clap_complete::env::EnvCompleter;

/// Where bash tears words, apart from blanks.
const TEARS: [char; 2] = [':', '='];

/// Completes for bash.
pub(super) struct Bash;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn is(&self, name: &str) -> bool {
        name == self.name()
    }

    fn write_registration(
        &self,
        variable: &str,
        name: &str,
        bin: &str,
        completer: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let completer = quoted(completer);
        write!(
            out,
            "_{name}_complete() {{
    local line=\"${{COMP_LINE:0:COMP_POINT}}\" candidate
    COMPREPLY=()
    while IFS= read -r candidate; do
        COMPREPLY+=(\"$candidate\")
    done < <({variable}=bash {completer} -- \"$line\" 2>/dev/null)
    if [[ ${{#COMPREPLY[@]}} -eq 1 && ${{COMPREPLY[0]}} == *[=/] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}}
complete -o bashdefault -F _{name}_complete {bin}
"
        )
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        args: Vec<OsString>,
        folder: Option<&Path>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let words = words(&args);
        let typed = words.last().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
        let torn_off = typed.rfind(TEARS).map_or(0, |at| at + 1);
        let last = words.len().saturating_sub(1);
        for candidate in clap_complete::engine::complete(command, words, last, folder)? {
            let value = candidate.get_value().to_string_lossy();
            writeln!(out, "{}", quoted(value.get(torn_off..).unwrap_or_default()))?;
        }
        Ok(())
    }
}

/// The words of the line up to the cursor, which is all that the script passes; the last is the one to be completed.
pub(super) fn words(args: &[OsString]) -> Vec<OsString> {
    let line = args.first().map(|line| line.to_string_lossy().into_owned()).unwrap_or_default();
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        let Some(word) = words.last_mut() else { break };
        match (quote, c) {
            (None, ' ' | '\t') if word.is_empty() => {}
            (None, ' ' | '\t') => words.push(String::new()),
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') => word.extend(chars.next()),
            _ => word.push(c),
        }
    }
    words.into_iter().map(OsString::from).collect()
}

/// A word as it is typed.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-+.,/:=@%^".contains(c);
    let mut typed = String::with_capacity(word.len());
    for c in word.chars() {
        if !is_plain(c) {
            typed.push('\\');
        }
        typed.push(c);
    }
    typed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Vec<String> {
        words(&[line.into()]).into_iter().filter_map(|word| word.into_string().ok()).collect()
    }

    #[test]
    fn a_line_is_split_as_bash_does_but_not_at_colons() {
        assert_eq!(split("v -c qemu:///system net-info d"), ["v", "-c", "qemu:///system", "net-info", "d"]);
        assert_eq!(split("v net-info "), ["v", "net-info", ""]);
        assert_eq!(split(r"v net-info my\ n"), ["v", "net-info", "my n"]);
        assert_eq!(split(r#"v "a b" 'c\d' "e\"f" 'op"#), ["v", "a b", r"c\d", r#"e"f"#, "op"]);
        assert_eq!(split(""), [""]);
        assert_eq!(split("v x\\"), ["v", "x"]);
    }

    #[test]
    fn words_are_quoted_where_bash_would_read_them_otherwise() {
        assert_eq!(quoted("default"), "default");
        assert_eq!(quoted("my net$(x)"), r"my\ net\$\(x\)");
        assert_eq!(quoted("qemu:///system"), "qemu:///system");
    }
}
