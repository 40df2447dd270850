//! What fuzzers and the tests reach of what is private: checks that hold for any bytes. No program has this module: it is
//! compiled for tests, and where `cfg(fuzzing)` is set.

pub use crate::auth::fuzzing::*;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Runs a target's committed corpus through its check.
    fn replay(target: &str, check: fn(&[u8])) {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
        let paths: Vec<_> = fs::read_dir(corpus).unwrap().map(|input| input.unwrap().path()).collect();
        assert!(paths.len() > 4, "{target} has hardly any input");
        for path in paths {
            // Shown where the check fails.
            println!("{}", path.display());
            check(&fs::read(&path).unwrap());
        }
    }

    #[test]
    fn the_corpus_of_auth_conf_holds() {
        replay("auth_conf", super::auth_conf);
    }

    #[test]
    fn the_corpus_of_sasl_holds() {
        replay("sasl", super::sasl);
    }

    #[cfg(feature = "gssapi")]
    #[test]
    fn the_corpus_of_gssapi_holds() {
        replay("gssapi", super::gssapi);
    }
}
