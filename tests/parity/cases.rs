//! What is compared: every command, form and network, as tables. Runs nothing.

/// The filters of net-list: all their combinations are compared.
const FILTERS: [&str; 6] =
    ["--inactive", "--all", "--persistent", "--transient", "--autostart", "--no-autostart"];

/// What a list is printed as, and the options before the command that bear on it.
const LISTS: [&str; 6] = [
    "net-list",
    "net-list --table",
    "net-list --name",
    "net-list --uuid",
    "-q net-list",
    "-q net-list --name",
];

/// Lists that are worth a look in every state, but not with every filter.
const MORE_LISTS: [&str; 9] = [
    "-r net-list --all",
    "-q -r net-list --all --uuid",
    "--quiet --readonly net-list --all",
    "net-list --",
    "net-list --all --",
    "net-list --all --name --persistent --",
    "-q net-list --uuid --all",
    "-q net-list --table --all",
    "net-list --table --all --autostart",
];

/// More than one form at once: both programs connect, then refuse.
pub(crate) const CONFLICTING_LISTS: [&str; 5] = [
    "net-list --name --uuid",
    "net-list --table --name",
    "net-list --all --table --uuid",
    "-q net-list --name --uuid",
    "-r net-list --table --name --uuid",
];

/// Every net-list that is compared in a state; with all combinations of filters where `thorough`.
pub(crate) fn lists(thorough: bool) -> Vec<Vec<String>> {
    let combinations = (0u8..64).filter(|bits| thorough || bits.count_ones() < 2);
    let filtered = combinations.flat_map(|bits| {
        let chosen = (0u8..).zip(FILTERS).filter(move |(i, _)| bits & (1 << i) != 0);
        let filters: Vec<_> = chosen.map(|(_, filter)| filter.to_owned()).collect();
        LISTS.map(|list| [words(list), filters.clone()].concat())
    });
    filtered.chain(MORE_LISTS.map(words)).collect()
}

/// What can be asked about one network without changing anything; NET stands for its name or UUID.
pub(crate) const QUESTIONS: [&str; 21] = [
    "net-info NET",
    "net-info --network NET",
    "net-info --network=NET",
    "net-info -- NET",
    "-q net-info --network=NET",
    "-r net-info --network=NET",
    "net-dumpxml NET",
    "net-dumpxml --network NET",
    "net-dumpxml NET --inactive",
    "net-dumpxml --inactive NET",
    "net-dumpxml --inactive --network=NET",
    "net-dumpxml --network NET --inactive",
    "-q net-dumpxml --network=NET",
    "-q -r net-dumpxml --inactive -- NET",
    "net-name NET",
    "net-name --network=NET",
    "-q net-name --network NET",
    "net-uuid NET",
    "net-uuid --network NET",
    "-q net-uuid --network=NET",
    "-r net-uuid -- NET",
];

/// What changes one network, and what virtwire's exit code is by what the network was. The order is that of
/// [`Kind::ALL`](crate::lab::state::Kind::ALL): active and autostarted, active, inactive and autostarted, inactive,
/// transient. The second code is that of the same command given again.
pub(crate) const CHANGES: [(&str, [(i32, i32); 5]); 5] = [
    ("net-start", [(1, 1), (1, 1), (0, 1), (0, 1), (1, 1)]),
    ("net-destroy", [(0, 1), (0, 1), (1, 1), (1, 1), (0, 3)]),
    ("net-undefine", [(0, 1), (0, 1), (0, 3), (0, 3), (1, 1)]),
    ("net-autostart", [(0, 0), (0, 0), (0, 0), (0, 0), (1, 1)]),
    ("net-autostart --disable", [(0, 0), (0, 0), (0, 0), (0, 0), (1, 1)]),
];

/// The ways to name the network of a change; they take turns.
pub(crate) const WAYS: [&str; 4] =
    ["COMMAND --network=NET", "COMMAND -- NET", "-q COMMAND --network NET", "COMMAND --network NET"];

/// Names that no state has, and words that only look like a network.
pub(crate) const ABSENT: [&str; 9] = [
    "no-such",
    "DEFAULT",
    " default",
    "mixed0",
    "-x",
    "ffffffff-ffff-4fff-8fff-ffffffffffff",
    "thirty-six bytes that are not a UUID",
    "77697265-0000-4000-8000-00000000000",
    "net \"work\" 網",
];

/// Other spellings of the UUID of a state's second network; 36 bytes are parsed liberally, all else is a name.
pub(crate) const SPELLINGS: [&str; 4] = [
    "77697265 0000 4000 8000 000000000001",
    "    77697265000040008000000000000001",
    "77697265000040008000000000000001    ",
    "776972650000-4000-8000-000000000001",
];

/// Files for net-define and net-create: name and content.
pub(crate) const FILES: [(&str, &str); 20] = [
    ("good.xml", GOOD),
    (
        "again.xml",
        "<network><name>good</name><uuid>77697265-0000-4000-8000-0000000000aa</uuid><bridge name='vwgood'/></network>",
    ),
    (
        "other-uuid.xml",
        "<network><name>good</name><uuid>77697265-0000-4000-8000-0000000000bb</uuid></network>",
    ),
    ("no-uuid.xml", "<network><name>good</name></network>"),
    ("same-bridge.xml", "<network><name>better</name><bridge name='vwgood'/></network>"),
    (
        "same-subnet.xml",
        "<network><name>better</name><bridge name='vwbetter'/><ip address='10.78.0.1' netmask='255.255.255.0'/></network>",
    ),
    (
        "unknown.xml",
        "<network><name>odd</name><uuid>77697265-0000-4000-8000-0000000000cc</uuid><bridge name='vwodd'/><bogus/></network>",
    ),
    ("open.xml", "<network><name>x</network>"),
    ("unfinished.xml", "<network><name>x</name>"),
    ("empty.xml", ""),
    ("text.xml", "hello\n"),
    ("root.xml", "<domain/>"),
    ("nameless.xml", "<network/>"),
    ("empty-name.xml", "<network><name></name></network>"),
    ("slash.xml", "<network><name>a/b</name></network>"),
    ("newline.xml", "<network><name>a\nb</name></network>"),
    ("ip.xml", "<network><name>y</name><ip address='300.1.1.1' netmask='255.255.255.0'/></network>"),
    (
        "nul.xml",
        concat!(
            "<network><name>nul</name><uuid>77697265-0000-4000-8000-0000000000dd</uuid><bridge name='vwnul'/></network>",
            "\0<rubbish"
        ),
    ),
    (
        "two words.xml",
        "<network><name>two  words &amp; <!-- no --> more</name><uuid>77697265-0000-4000-8000-0000000000ee</uuid><bridge name='vwtwo'/></network>",
    ),
    (
        "-dash.xml",
        "<network><name>-dash</name><uuid>77697265-0000-4000-8000-0000000000ff</uuid><bridge name='vwdash'/></network>",
    ),
];

const GOOD: &str = "<?xml version='1.0'?>\n<!-- what a person wrote -->\n<network>\n  <name>good</name>\n  \
    <uuid>77697265-0000-4000-8000-0000000000aa</uuid>\n  <bridge name='vwgood'/>\n  \
    <ip address='10.78.0.1' netmask='255.255.255.0'/>\n</network>\n";

/// net-define and net-create on an empty daemon, one after the other, with virtwire's exit code.
pub(crate) const DEFINING: [(&str, i32); 48] = [
    ("net-define good.xml", 0),
    ("net-define --file again.xml", 0),
    ("net-define --file=good.xml", 0),
    ("net-define good.xml --validate", 0),
    ("net-define --validate --file good.xml", 0),
    ("-q net-define -- good.xml", 0),
    ("-r net-define good.xml", 5),
    ("-r net-define missing.xml", 1),
    ("-r net-create good.xml", 5),
    ("net-define other-uuid.xml", 1),
    ("net-define no-uuid.xml", 1),
    ("net-define same-bridge.xml", 1),
    ("net-define missing.xml", 1),
    ("-q net-define --validate missing.xml", 1),
    ("net-define folder", 1),
    ("net-define -", 1),
    ("net-define open.xml", 1),
    ("net-define open.xml --validate", 1),
    ("net-define unfinished.xml", 1),
    ("-q net-define empty.xml", 1),
    ("net-define text.xml", 1),
    ("net-define root.xml", 1),
    ("net-define nameless.xml", 1),
    ("net-define empty-name.xml", 1),
    ("net-define slash.xml", 1),
    ("net-define newline.xml", 1),
    ("net-define ip.xml", 1),
    ("net-define --validate unknown.xml", 1),
    ("net-define unknown.xml", 0),
    ("net-define -dash.xml", 0),
    ("net-define nul.xml", 0),
    ("net-define big.xml", 1),
    ("net-define latin1.xml", 1),
    // `good` is inactive and defined: creating it starts it; and then it is active.
    ("net-create good.xml", 0),
    ("net-create good.xml", 1),
    ("net-create other-uuid.xml", 1),
    ("net-create same-subnet.xml", 1),
    ("net-create --file=missing.xml", 1),
    ("net-create folder", 1),
    ("net-create --validate open.xml", 1),
    ("net-create root.xml", 1),
    ("net-create --validate unknown.xml", 1),
    ("net-create unknown.xml", 0),
    ("net-create nul.xml --validate", 0),
    ("net-undefine good", 0),
    // `good` is transient now: defining it makes it persistent again.
    ("net-define good.xml", 0),
    ("net-info good", 0),
    ("net-destroy good", 0),
];

/// The rest of [`DEFINING`], which needs shell-like words.
pub(crate) const DEFINING_QUOTED: [(&[&str], i32); 4] = [
    (&["net-define", "two words.xml"], 0),
    (&["net-create", "--file", "two words.xml"], 0),
    (&["-q", "net-destroy", "two  words &  more"], 0),
    (&["-q", "net-undefine", "two  words &  more"], 0),
];

/// Changes over a read-only connection to [`State::One`](crate::lab::state::State::One): what is looked up first fails first.
pub(crate) const READ_ONLY: [(&str, i32); 8] = [
    ("-r net-start default", 5),
    ("-r net-destroy default", 5),
    ("-q -r net-undefine default", 5),
    ("-r net-autostart default", 5),
    ("--readonly net-autostart default --disable", 5),
    ("-r net-destroy no-such", 3),
    ("-r net-start no-such", 3),
    ("-r -q net-undefine --network=no-such", 3),
];

/// What neither program understands. virsh exits 1, virtwire 2 and in its own words; both print nothing on stdout.
pub(crate) const USAGE: [&[&str]; 33] = [
    &["net-info"],
    &["net-define"],
    &["net-create", "--validate"],
    &["net-dumpxml", "--inactive"],
    &["net-autostart", "--disable"],
    &["net-info", "--network"],
    &["net-define", "--file"],
    &["net-list", "--bogus"],
    &["net-list", "--al"],
    &["net-info", "--net", "default"],
    &["net-info", "--network default"],
    &["net-info", "default", "another"],
    &["net-info", "--network", "default", "another"],
    &["net-info", "default", "--network", "another"],
    &["net-info", "--network", "default", "--network", "default"],
    &["net-list", "extra"],
    &["net-list", "-a"],
    &["net-list", ""],
    &["net-list", "-q"],
    &["net-list", "--all", "--all"],
    &["net-list", "--all=yes"],
    &["net-dumpxml", "default", "--inactive=1"],
    &["net-define", "good.xml", "--validate=1"],
    &["net-start", "default", "--disable"],
    &["net-destroy", "default", "--graceful"],
    &["net-undefine", "default", "default"],
    &["net-uuid", "default", "--bogus"],
    &["net-name", "default", "--inactive"],
    &["net-bogus"],
    &["--bogus", "net-list"],
    &["-Z", "net-list"],
    &["-c"],
    &["--connect"],
];

/// Splits a line of a table at its blanks.
pub(crate) fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

/// `template` with its network filled in.
pub(crate) fn filled(template: &str, network: &str) -> Vec<String> {
    let words = words(template).into_iter();
    words.map(|word| word.replace("NET", network)).collect()
}
