//! The module `network_info`: what `net-inspect` knows. It changes nothing, in check mode or out of it.

use super::given::Given;
use super::{command_line, result::Result};
use crate::cli::commands;
use crate::cli::failure::{Failure, Kind};
use crate::cli::output::Teller;
use crate::cli::report::Report;
use crate::cli::session::Session;

pub(super) const NAME: &str = "network_info";

const EXPECTED: [(&str, &str); 2] = [("disabled", "disabled"), ("enabled", "enabled")];

pub(super) async fn run(mut given: Given) -> std::result::Result<Result, Failure> {
    let expected = given.choice("expect", &EXPECTED)?.map(|expected| format!("--expect={expected}"));
    let network = given.text("name")?.map(|name| format!("--network={name}"));
    let is_offline = given.truth("offline")?.unwrap_or(false);
    let offline = is_offline.then(|| "--offline".to_owned());
    let words = ["net-inspect".to_owned()].into_iter().chain(offline).chain(expected.clone()).chain(network);
    let arguments = command_line(&mut given, words)?;
    given.expect_no_more()?;
    let session = Session::new(&arguments.globals);
    let teller = Teller::new(&arguments, session.uri());
    let outcome = commands::run(&session, &arguments.command, &teller).await;
    session.close().await;
    let mut result = Result::default();
    result.tell("uri", session.uri());
    if let Some(Report::NetworkInspection(inspection)) = outcome.report {
        result.tell_all(inspection);
    }
    if !outcome.notes.is_empty() {
        result.tell("notes", outcome.notes);
    }
    match outcome.failure {
        // What it asks about is told, and is for the playbook to judge, unless that said what it expects.
        Some(problem) if expected.is_none() && is_told(problem.kind) => result.tell("problem", problem),
        failure => result.failure = failure,
    }
    Ok(result)
}

/// Whether this is said of networks that were looked at.
fn is_told(kind: Kind) -> bool {
    matches!(kind, Kind::NotFound | Kind::Degraded | Kind::LeftBehind | Kind::Several)
}
