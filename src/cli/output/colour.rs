//! Colour for a person at a terminal: of the words that tell how something is, and never of what others named.

use clap::builder::styling::{AnsiColor, Style};
use virtwire::config::variable;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const CAREFUL: Style = AnsiColor::Yellow.on_default();
const FAINT: Style = Style::new().dimmed();
const STRONG: Style = Style::new().bold();

/// How a line that starts with a word is shown; of several words, the longest counts.
const WORDS: [(&str, Style); 28] = [
    ("  already", FAINT),
    ("  attached", CAREFUL),
    ("  changed", GOOD),
    ("  failed", BAD),
    ("  foreign", CAREFUL),
    ("  gone", GOOD),
    ("  kept", FAINT),
    ("  left", BAD),
    ("  missing", BAD),
    ("  not seen", CAREFUL),
    ("  not tried", CAREFUL),
    ("  not yet", CAREFUL),
    ("  present", GOOD),
    ("  removed", GOOD),
    ("  saved", GOOD),
    ("  unknown", BAD),
    ("  unverified", CAREFUL),
    ("  repair", STRONG),
    ("  remove", STRONG),
    ("  warning", CAREFUL),
    ("  would", STRONG),
    ("error:", BAD),
    ("note:", CAREFUL),
    ("warning:", CAREFUL),
    ("verdict:", STRONG),
    ("undo:", STRONG),
    ("repair:", STRONG),
    ("  note", FAINT),
];

/// Whether a terminal is to be given colours: see no-color.org, and terminals that know none.
pub(super) fn is_wanted() -> bool {
    variable("NO_COLOR").is_none() && variable("TERM").is_none_or(|term| term != "dumb")
}

/// Text whose lines start with words of ours, with these in colour. Nothing else of it is changed.
pub(super) fn paint(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 4);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        match WORDS.iter().find(|(word, _)| is_word(line, word)) {
            Some((word, style)) => {
                let (word, rest) = line.split_at(word.len());
                let blanks = word.iter().take_while(|byte| **byte == b' ').count();
                let (blanks, word) = word.split_at(blanks);
                out.extend_from_slice(blanks);
                out.extend_from_slice(style.render().to_string().as_bytes());
                out.extend_from_slice(word);
                out.extend_from_slice(style.render_reset().to_string().as_bytes());
                out.extend_from_slice(rest);
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}

/// Whether a line starts with a word, and goes on with a blank or not at all.
fn is_word(line: &[u8], word: &str) -> bool {
    let rest = line.strip_prefix(word.as_bytes());
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b' ' | b'\n')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(text: &str) -> String {
        String::from_utf8(paint(text.as_bytes())).unwrap_or_default()
    }

    #[test]
    fn only_our_words_at_the_start_of_a_line_are_painted() {
        assert_eq!(painted("  gone     bridge\n"), "  \u{1b}[32mgone\u{1b}[0m     bridge\n");
        assert_eq!(
            painted("error: no\nerror:"),
            "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m no\n\u{1b}[1m\u{1b}[31merror:\u{1b}[0m"
        );
        for text in ["gone (8dec8ebd) on x\n", "  goner\n", "a error: b\n", "error:b\n", ""] {
            assert_eq!(painted(text), text);
        }
    }

    #[test]
    fn without_the_colours_it_is_the_text() {
        let text = "default on x\n  changed  a\n  not seen  b\nverdict: c\nundo:\nvirtwire x";
        let mut plain = painted(text);
        while let (Some(start), Some(end)) = (plain.find('\u{1b}'), plain.find('m')) {
            let end = end.max(start + plain.get(start..).and_then(|rest| rest.find('m')).unwrap_or(0));
            plain.replace_range(start..=end, "");
        }
        assert_eq!(plain, text);
    }
}
