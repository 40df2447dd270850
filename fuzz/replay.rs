//! Runs a target's committed corpus through what the target asserts, without a fuzzer: for plain tests.

/// Calls `check` with every input of the folder `corpus`.
pub(crate) fn replay(corpus: &str, check: impl Fn(&[u8])) {
    let inputs = std::fs::read_dir(corpus).expect("the corpus is committed");
    let mut paths: Vec<_> = inputs.map(|input| input.expect("a folder can be read").path()).collect();
    paths.sort();
    assert!(paths.len() > 4, "{corpus} has hardly any input");
    for path in paths {
        // Shown where the check fails.
        println!("{}", path.display());
        check(&std::fs::read(&path).expect("an input can be read"));
    }
}
