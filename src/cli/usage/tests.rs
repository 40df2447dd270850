//! What is said of a command line that makes no sense.

use super::failure;
use crate::cli::args::Arguments;
use crate::cli::failure::Failure;

fn wrong(line: &str) -> Option<Failure> {
    let (words, read) = Arguments::read(line.split(' ').filter(|word| !word.is_empty()).map(Into::into));
    read.err().map(|unread| failure(&unread, &words))
}

#[test]
fn wrong_usage_is_told_in_virshs_words() {
    for (line, message) in [
        ("v net-info", "command 'net-info' requires <network> option"),
        ("v net-update", "command 'net-update' requires <network> option"),
        ("v net-update n add", "command 'net-update' requires <section> option"),
        #[cfg(feature = "net-port")]
        ("v net-port-create n", "command 'net-port-create' requires <file> option"),
        #[cfg(feature = "net-port")]
        ("v net-port-delete n p q", "unexpected data 'q'"),
        #[cfg(feature = "net-port")]
        ("v net-port-delete n p --port q", "option --port already seen"),
        ("v net-dumpxml --inactive", "command 'net-dumpxml' requires <network> option"),
        ("v net-define", "command 'net-define' requires <file> option"),
        ("v net-info --network", "expected syntax: --network <string>"),
        ("v net-info a --network", "expected syntax: --network <string>"),
        ("v net-create --file", "expected syntax: --file <string>"),
        ("v net-info --bogus", "command 'net-info' doesn't support option --bogus"),
        ("v net-info --net", "command 'net-info' doesn't support option --net"),
        ("v net-list --al", "command 'net-list' doesn't support option --al"),
        ("v net-info act ina", "unexpected data 'ina'"),
        ("v net-list extra", "unexpected data 'extra'"),
        ("v net-list -a", "unexpected data '-a'"),
        ("v net-list -q", "unexpected data '-q'"),
        ("v net-list --all --all", "option --all already seen"),
        ("v net-info act --network ina", "option --network already seen"),
        ("v net-info --network act ina", "option --network already seen"),
        ("v net-info --network a --network b", "option --network already seen"),
        ("v net-list --all=yes", "invalid '=' after option --all"),
        ("v net-define --validate=1 x", "invalid '=' after option --validate"),
        ("v bogus", "unknown command: 'bogus'"),
        ("v help bogus", "unknown command: 'bogus'"),
        ("v net-disable -n", "command 'net-disable' doesn't support option -n"),
        ("v net-disable default -q", "command 'net-disable' doesn't support option -q"),
        ("v -q net-enable default -q", "command 'net-enable' doesn't support option -q"),
        ("v net-enable default --enable", "command 'net-enable' doesn't support option --enable"),
        ("v net-disable --all default", "--all and NETWORK exclude each other"),
        ("v net-disable default --all", "--all and NETWORK exclude each other"),
        ("v net-disable --network x --all", "--network and --all exclude each other"),
        ("v net-disable --network x y", "option --network already seen"),
        ("v net-disable --network=", "Failed to get option 'network': Option argument is empty"),
        ("v --bogus net-list", "unsupported option '--bogus'. See --help."),
        ("v", "a command is missing"),
    ] {
        let told = wrong(line).map(|failure| failure.message.to_string());
        assert_eq!(told.as_deref(), Some(message), "{line}");
    }
}

#[test]
fn what_was_meant_is_suggested() {
    let advice = |line| wrong(line).and_then(|failure| failure.advice.clone()).unwrap_or_default();
    assert_eq!(advice("v net-lst"), "did you mean 'net-list'? 'virtwire --help' shows commands and options");
    for (line, meant) in [
        ("v list", "net-list"),
        ("v lst --all", "net-list"),
        ("v net list --all", "net-list"),
        ("v net lst", "net-list"),
        #[cfg(feature = "edit")]
        ("v edit default", "net-edit"),
        ("v help net-lst", "net-list"),
        ("v help list", "net-list"),
        ("v vresion", "version"),
    ] {
        assert!(advice(line).starts_with(&format!("did you mean '{meant}'? ")), "{line}: {}", advice(line));
    }
    for line in ["v net", "v foo", "v help bogus", "v testd1", "v x", "v domuuid"] {
        assert_eq!(advice(line), "'virtwire --help' shows commands and options", "{line}");
    }
    assert_eq!(
        advice("v net-list --al"),
        "did you mean '--all'? 'virtwire net-list --help' shows how it is used"
    );
}

#[test]
fn an_option_behind_the_command_is_told_where_it_stands() {
    let advice = |line| wrong(line).and_then(|failure| failure.advice.clone()).unwrap_or_default();
    for (line, told) in [
        ("v net-list -o json", "-o stands before the command: virtwire -o json net-list"),
        ("v net-list --timeout 5", "--timeout stands before the command: virtwire --timeout 5 net-list"),
        ("v -q net-list --quiet", "--quiet stands before the command: virtwire -q --quiet net-list"),
        ("v net-disable default -r", "-r stands before the command: virtwire -r net-disable ..."),
        (
            "v net-disable default -n",
            "a network of that name is given as '--network -n'; 'virtwire net-disable --help' shows how it is used",
        ),
    ] {
        assert_eq!(advice(line), told, "{line}");
    }
}

#[test]
fn the_opposite_of_what_was_typed_is_not_suggested() {
    let advice = |line| wrong(line).and_then(|failure| failure.advice.clone()).unwrap_or_default();
    assert_eq!(advice("v net-autostart x --enable"), "'virtwire net-autostart --help' shows how it is used");
    assert_eq!(advice("v net-enable x --autostart"), "'virtwire net-enable --help' shows how it is used");
    for (line, meant) in [("v net-list --persist", "--persistent"), ("v net-list --anem", "--name")] {
        assert!(advice(line).starts_with(&format!("did you mean '{meant}'?")), "{line}");
    }
}

#[test]
fn a_wrong_value_before_the_command_points_to_the_programs_own_help() {
    for line in ["v --timeout 0 net-list", "v -o xml net-list", "v --output=xml net-list"] {
        let advice = wrong(line).and_then(|failure| failure.advice.clone()).unwrap_or_default();
        assert_eq!(advice, "'virtwire --help' shows commands and options", "{line}");
    }
}

#[test]
fn nonsense_for_a_global_option_is_told() {
    let told = |line| wrong(line).map(|failure| failure.message.to_string());
    let zero = "invalid value '0' for '--timeout <SECONDS>': between 0.001 and 1000000 seconds are possible";
    assert_eq!(told("v --timeout 0 net-list").as_deref(), Some(zero));
    assert_eq!(
        told("v -o xml net-list").as_deref(),
        Some(
            "invalid value 'xml' for '--output <table|json>': possible are table, json, jsonl, mermaid, prometheus"
        )
    );
    assert_eq!(told("v -c").as_deref(), Some("option '-c'/'--connect' requires an argument"));
    assert_eq!(told("v --timeout").as_deref(), Some("option '--timeout' requires an argument"));
}
