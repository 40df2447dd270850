//! What this build leaves out, and which feature has it: whoever asks for it is told, in place of being misunderstood.

use super::failure::Failure;

/// Commands, and options before them, that a feature brings: the word, the feature, whether this build has it.
const WORDS: [(&str, &str, bool); 19] = [
    ("completions", "completions", cfg!(feature = "completions")),
    ("look", "ssh", cfg!(feature = "ssh")),
    ("man", "man", cfg!(feature = "man")),
    ("net-desc", "annotations", cfg!(feature = "annotations")),
    ("net-edit", "edit", cfg!(feature = "edit")),
    ("net-event", "net-event", cfg!(feature = "net-event")),
    ("net-metadata", "annotations", cfg!(feature = "annotations")),
    ("net-port-create", "net-port", cfg!(feature = "net-port")),
    ("net-port-delete", "net-port", cfg!(feature = "net-port")),
    ("net-port-dumpxml", "net-port", cfg!(feature = "net-port")),
    ("net-port-list", "net-port", cfg!(feature = "net-port")),
    ("report", "page", cfg!(feature = "page")),
    ("testd", "testdaemon", cfg!(feature = "testdaemon")),
    ("--host-timeout", "several", cfg!(feature = "several")),
    ("--fail-fast", "several", cfg!(feature = "several")),
    ("--hosts", "several", cfg!(feature = "several")),
    ("--parallel", "several", cfg!(feature = "several")),
    ("--send-self", "ssh", cfg!(feature = "ssh")),
    ("--trace", "trace", cfg!(feature = "trace")),
];

/// Why a word is unknown here that another build knows.
pub(crate) fn word(word: &str) -> Option<Failure> {
    let is_meant = |(missing, _, is_here): &&(&str, _, _)| *missing == word && !is_here;
    WORDS.iter().find(is_meant).map(|(word, feature, _)| Failure::not_built(word, feature))
}

#[cfg(test)]
mod tests {
    use super::{WORDS, word};
    use crate::cli::args::{Globals, Spec};

    #[test]
    fn a_word_is_either_known_or_missing() {
        for (name, _, is_here) in WORDS {
            let is_known = match name.strip_prefix("--") {
                Some(long) => Globals::options().iter().any(|option| option.long == long),
                None => Spec::find(name).is_some(),
            };
            assert_eq!((is_known, word(name).is_none()), (is_here, is_here), "{name}");
        }
        assert!(word("bogus").is_none());
    }
}
