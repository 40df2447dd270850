//! A shell's or a service manager's stinginess: closed streams, little memory, few descriptors.

use crate::lab::state::State;
use crate::root::{NOBODY, Root};

/// What `net-list --all --name` prints of [`State::One`].
const ONE: &str = "default\n\n";

fn with_default() -> Option<Root> {
    let root = Root::start()?;
    root.lab.bring(State::One);
    Some(root)
}

/// Gives the empty root the one device that Rust's runtime puts in the place of a closed stream.
fn with_null(root: &Root) {
    let null = root.lab.dir().join("files/dev/null");
    std::fs::create_dir_all(null.parent().expect("it is in a folder")).expect("the folder is ours");
    root.lab.exec(&["mknod", "-m", "666", &null.display().to_string(), "c", "1", "3"]).expect_ok();
}

#[test]
fn with_stdin_closed_all_goes_as_ever() {
    let Some(root) = with_default() else { return };
    with_null(&root);
    let listed = root.run_as("0:0", "exec <&-", &["net-list", "--all", "--name"]);
    assert_eq!((listed.code, listed.out(), listed.err()), (Some(0), ONE.to_owned(), String::new()));
    root.run_as("0:0", "exec <&-", &["net-disable", "default"]).expect_ok();
    assert!(!root.lab.bridge_exists("virbr0"));
}

#[test]
fn with_all_streams_closed_a_change_is_made_and_the_exit_code_tells() {
    let Some(root) = with_default() else { return };
    with_null(&root);
    let closed = "exec <&- >&- 2>&-";
    assert_eq!(root.run_as("0:0", closed, &["net-destroy", "default"]).code, Some(0));
    assert!(!root.lab.bridge_exists("virbr0"));
    assert_eq!(root.run_as("0:0", closed, &["net-start", "nothing"]).code, Some(3));
}

#[test]
fn without_dev_null_a_closed_stream_ends_the_program_before_it_does_anything() {
    let Some(root) = with_default() else { return };
    // By SIGABRT, before a line of ours has run: docs/static.md says so.
    assert_eq!(root.run_as("0:0", "exec <&-", &["net-destroy", "default"]).code, None);
    assert!(root.lab.bridge_exists("virbr0"));
}

#[test]
fn a_list_takes_32_mib_of_addresses_beyond_the_binary_and_16_descriptors() {
    let Some(root) = with_default() else { return };
    let limits = format!("ulimit -v {}; ulimit -n 16", root.size() + 32 * 1024);
    for user in ["0:0", NOBODY] {
        let listed =
            root.run_as(user, &limits, &["-r", "-c", "qemu:///system", "net-list", "--all", "--name"]);
        assert_eq!((listed.code, listed.out(), listed.err()), (Some(0), ONE.to_owned(), String::new()));
    }
}
