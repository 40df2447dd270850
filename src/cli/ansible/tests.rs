use std::ffi::OsString;

use serde_json::{Value, json};

use super::given::Given;
use super::result::in_a_task;
use super::wanted::Wanted;
use super::{called, run};
use crate::cli::failure::{Failure, Kind};
use crate::cli::report::NetworkState;

fn words(line: &str) -> Option<(String, Vec<OsString>)> {
    called(line.split(' ').map(OsString::from))
}

fn given(arguments: &Value) -> Given {
    Given::read("network", arguments.to_string().as_bytes()).expect("an object")
}

fn wanted(arguments: &Value) -> Result<Wanted, Failure> {
    let mut given = given(arguments);
    let wanted = Wanted::read(&mut given)?;
    given.expect_no_more().map(|()| wanted)
}

fn refusal(arguments: &Value) -> String {
    let failure = wanted(arguments).expect_err("it is refused");
    assert_eq!(failure.kind, Kind::Usage);
    failure.message.to_string()
}

#[test]
fn the_program_is_a_module_by_its_name_or_by_its_first_word() {
    let file = vec![OsString::from("args")];
    for line in ["/tmp/x/AnsiballZ_network args", "network args", "virtwire ansible-module network args"] {
        assert_eq!(words(line), Some(("network".to_owned(), file.clone())), "{line}");
    }
    assert_eq!(words("AnsiballZ_network_info args"), Some(("network_info".to_owned(), file)));
    assert_eq!(words("virtwire net-list network"), None);
    assert_eq!(words("virtwire"), None);
    assert_eq!(words("virtwire ansible-module"), Some((String::new(), Vec::new())));
}

#[test]
fn advice_is_given_in_a_tasks_own_words() {
    for (advice, told) in [
        (
            "shut these down or move them, or say --allow-attached",
            "shut these down or move them, or say allow_attached: true",
        ),
        ("'--timeout SECONDS' waits longer", "'timeout: SECONDS' waits longer"),
        (
            "say --allow-transient, and its XML is saved in this folder (or in that of --save-to) first",
            "say allow_transient: true, and its XML is saved in this folder (or in that of save_to) first",
        ),
        ("--save-to FOLDER names another folder", "save_to: FOLDER names another folder"),
        (
            "the socket is not open to this user: use sudo; '--readonly' may do for looking",
            "the socket is not open to this user: become: true",
        ),
        (
            "the host's daemon is at 'virtwire -c qemu:///system'",
            "the host's daemon is at 'uri: qemu:///system, or become: true'",
        ),
        ("nothing was changed; correct the XML", "nothing was changed; correct the XML"),
    ] {
        assert_eq!(in_a_task(advice), told);
    }
}

#[test]
fn truth_is_read_in_each_of_ansibles_spellings() {
    for (is_so, words) in [
        (true, json!([true, "yes", "Yes", "on", "1", "true", "True", "t", "y", 1, 1.0])),
        (false, json!([false, "no", "off", "0", "false", "FALSE", "f", "n", 0])),
    ] {
        for word in words.as_array().expect("a list") {
            assert_eq!(given(&json!({ "a": word })).truth("a").ok(), Some(Some(is_so)), "{word}");
        }
    }
    for word in [json!("maybe"), json!(2), json!(["yes"]), json!({}), json!("")] {
        assert!(given(&json!({ "a": word })).truth("a").is_err(), "{word}");
    }
    assert_eq!(given(&json!({ "a": null })).truth("a").ok(), Some(None));
}

#[test]
fn what_is_between_ansible_and_its_modules_is_no_argument() {
    let given = given(&json!({ "_ansible_check_mode": true, "_ansible_diff": "yes", "_ansible_new": [1] }));
    assert!(given.is_check && given.wants_diff);
    assert!(given.expect_no_more().is_ok());
}

#[test]
fn what_is_wrong_is_refused_by_name() {
    assert_eq!(refusal(&json!({ "state": "disabled" })), "missing required arguments: name");
    assert_eq!(refusal(&json!({ "name": "", "state": "disabled" })), "missing required arguments: name");
    assert_eq!(refusal(&json!({ "name": "a" })), "one of the following is required: state, autostart, xml");
    assert_eq!(
        refusal(&json!({ "name": "a", "state": "gone" })),
        "value of state must be one of: disabled, enabled, active, inactive, present, absent, got: gone"
    );
    assert_eq!(refusal(&json!({ "name": ["a"] })), "argument 'name' is a list, and a text is wanted");
    assert_eq!(
        refusal(&json!({ "name": "a", "autostart": "perhaps" })),
        "argument 'autostart' is another text, and a boolean (yes or no) is wanted"
    );
    assert_eq!(
        refusal(&json!({ "name": "a", "state": "active", "autostrat": 1, "b": 2 })),
        "unsupported parameters for the module 'network': autostrat, b. Supported parameters: \
         allow_attached, allow_transient, autostart, name, save_to, state, xml"
    );
}

#[test]
fn what_contradicts_itself_is_refused() {
    assert!(refusal(&json!({ "name": "a", "state": "disabled", "autostart": true })).contains("contradict"));
    assert!(refusal(&json!({ "name": "a", "state": "absent", "autostart": false })).contains("absent"));
    let xml = "<network><name>b</name></network>";
    assert!(refusal(&json!({ "name": "b", "state": "absent", "xml": xml })).contains("takes no xml"));
    assert!(refusal(&json!({ "name": "a", "xml": xml })).contains("'b'"));
    assert!(refusal(&json!({ "name": "a", "xml": "<network>" })).starts_with("xml cannot be read"));
    assert!(wanted(&json!({ "name": "a", "state": "disabled", "autostart": "no" })).is_ok());
}

#[test]
fn state_and_autostart_both_take_effect() {
    let is = |active, autostart| NetworkState { active, persistent: true, autostart };
    let after = |arguments: Value| wanted(&arguments).expect("it is fine").leads_to(Some(is(true, false)));
    assert_eq!(after(json!({ "name": "a", "state": "active", "autostart": true })), Some(is(true, true)));
    assert_eq!(after(json!({ "name": "a", "state": "inactive", "autostart": true })), Some(is(false, true)));
    assert_eq!(after(json!({ "name": "a", "state": "inactive" })), Some(is(false, false)));
    assert_eq!(after(json!({ "name": "a", "state": "enabled" })), Some(is(true, true)));
    assert_eq!(after(json!({ "name": "a", "state": "enabled", "autostart": "no" })), Some(is(true, false)));
    assert_eq!(after(json!({ "name": "a", "state": "absent" })), None);
    assert_eq!(after(json!({ "name": "a", "autostart": "yes" })), Some(is(true, true)));
}

#[tokio::test]
async fn whatever_goes_wrong_is_told_as_an_object() {
    let file = |text: &str| {
        let path =
            std::env::temp_dir().join(format!("virtwire-module-{}-{}", std::process::id(), text.len()));
        std::fs::write(&path, text).expect("the temporary folder is writable");
        path
    };
    for (module, text, msg) in [
        ("network", "[]", "the arguments are not one JSON object"),
        ("network", "{\"a\"", "the arguments are not one JSON object"),
        ("host", "{}", "there is no module 'host': network, network_info"),
    ] {
        let path = file(text);
        let told = run(module, &[path.clone().into()]).await.to_json();
        std::fs::remove_file(path).expect("it was written");
        let wanted = json!({
            "changed": false, "failed": true, "kind": "usage", "code": 2, "message": msg, "msg": msg
        });
        assert_eq!(told, wanted);
    }
    let told = run("network", &["/nonexistent".into()]).await.to_json();
    assert_eq!(told["msg"], "Failed to read the arguments: No such file or directory");
    assert_eq!(run("network", &[]).await.to_json()["code"], 2);
}
