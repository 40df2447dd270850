//! The set-up of docs/tls.md, as a reader would type it.

use std::fs;
use std::process::Command;

use crate::lab::run::{DEADLINE, run};
use crate::pki::{self, Pair};
use crate::{both_list, daemon, uri};

#[test]
fn the_set_up_of_the_documentation_works_as_it_is_written() {
    if pki::is_lacking() {
        return;
    }
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/tls.md")).expect("it is there");
    let blocks =
        text.split("```sh\n").skip(1).filter_map(|block| block.split_once("```")).map(|(block, _)| block);
    let commands: String = blocks.filter(|block| block.contains("certtool")).collect();
    let folder = pki::folder().join("docs");
    fs::create_dir_all(&folder).expect("the folder is ours");
    run(Command::new("sh").args(["-e", "-c", &commands]).current_dir(&folder), DEADLINE).expect_ok();
    let pair = |name: &str| Pair {
        cert: folder.join(format!("{name}cert.pem")),
        key: folder.join(format!("{name}key.pem")),
    };
    let Some(lab) = daemon(&pair("ca"), &pair("server")).start() else { return };
    assert_eq!(both_list(&lab, &uri("host1.example", &folder)).err(), "");
}
