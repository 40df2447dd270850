//! What a connection URI means, and what libvirt.conf says about it.

use virtwire::ErrorKind;
use virtwire::config::Config;
use virtwire::uri::{Mode, Transport, Uri};

#[test]
fn a_uri_of_this_host_means_a_unix_socket_and_names_itself_to_the_server() {
    for (text, driver, name) in [
        ("qemu:///system", "qemu", "qemu:///system"),
        ("qemu+unix:///system", "qemu", "qemu:///system"),
        ("network:///system?mode=direct", "network", "network:///system"),
        ("qemu:///system?socket=%2Frun%2Fmy%20sock", "qemu", "qemu:///system"),
        ("test+unix:///default?socket=/s&x=1&no_tty=1&y=%20", "test", "test:///default?x=1&y=%20"),
        ("qemu:///system?name=lxc:///", "qemu", "lxc:///"),
        ("remote+unix:///?socket=/s", "remote", ""),
        ("bogus:///anything", "bogus", "bogus:///anything"),
    ] {
        let uri = Uri::parse(text).unwrap();
        assert_eq!(uri.transport().unwrap(), Transport::Unix, "{text}");
        assert_eq!((uri.driver(), uri.server_name().as_str()), (driver, name), "{text}");
        assert_eq!(uri.as_str(), text);
    }
}

#[test]
fn the_built_in_hypervisor_is_reached_in_memory_unless_a_socket_is_named() {
    assert_eq!(Uri::parse("test:///default").unwrap().transport().unwrap(), Transport::Memory);
    let uri = Uri::parse("test+unix:///default?socket=/s").unwrap();
    assert_eq!(uri.transport().unwrap(), Transport::Unix);
}

#[test]
fn parameters_are_decoded_compared_without_case_and_the_last_one_counts() {
    let uri = Uri::parse("qemu:///system?Socket=/a&socket=/b%20c&MODE=legacy").unwrap();
    assert_eq!(uri.parameter("socket"), Some("/b c"));
    assert_eq!(uri.mode().unwrap(), Some(Mode::Legacy));
    assert_eq!(uri.parameter("keyfile"), None);
}

#[test]
fn what_cannot_be_meant_is_refused_with_a_reason() {
    for (text, kind, part) in [
        ("bogus", ErrorKind::Invalid, "it names no driver"),
        ("", ErrorKind::Invalid, "it names no driver"),
        ("qemu:///sys tem", ErrorKind::Invalid, "'qemu:///sys tem' is not a connection URI"),
        ("qemu:///system?socket=%ff", ErrorKind::Invalid, "a parameter is not UTF-8"),
        ("esx://host/", ErrorKind::Unsupported, "'esx' is a driver inside libvirt's C library"),
        ("hyperv://host/", ErrorKind::Unsupported, "'hyperv' is a driver inside"),
    ] {
        let error = Uri::parse(text).unwrap_err();
        assert_eq!(error.kind(), kind, "{text}");
        assert!(error.to_string().contains(part), "{text}: {error}");
    }
    for (text, kind, part) in [
        ("qemu+bogus:///system", ErrorKind::Invalid, "the transport 'bogus', which does not exist"),
        ("qemu+unix://host/system", ErrorKind::Invalid, "names the host host"),
    ] {
        let error = Uri::parse(text).unwrap().transport().unwrap_err();
        assert_eq!(error.kind(), kind, "{text}");
        assert!(error.to_string().contains(part), "{text}: {error}");
    }
    let error = Uri::parse("qemu:///system?mode=bogus").unwrap().mode().unwrap_err();
    assert_eq!(error.to_string(), "unknown mode 'bogus': auto, direct and legacy are possible");
}

#[test]
fn a_configuration_file_gives_default_aliases_and_mode() {
    let config = Config::parse(
        "# comment\n\nuri_aliases = [\n  \"hail=qemu+ssh://root@hail/system\", # one\n  'sleet=qemu:///system',\n]\n\
         uri_default = \"hail\"\nremote_mode=\"legacy\"\nunknown_key = 7\n",
    )
    .unwrap();
    assert_eq!(config.remote_mode, Some(Mode::Legacy));
    assert_eq!(config.uri(None), "qemu+ssh://root@hail/system", "the default may be an alias");
    assert_eq!(config.uri(Some("sleet")), "qemu:///system");
    assert_eq!(config.uri(Some("qemu:///session")), "qemu:///session");
}

#[test]
fn a_malformed_configuration_file_is_an_error_that_names_the_line() {
    for (text, said) in [
        ("uri_default", "line 1: 'key = value' is wanted"),
        ("\n\n= 1", "line 3: 'key = value' is wanted"),
        ("a = 1\nuri_default = \"open", "line 2: a quote is not closed"),
        ("uri_default = \"open\nb = \"x\"", "line 1: a quote is not closed"),
        ("uri_default = qemu", "line 1: a number or a quoted text is wanted"),
        ("uri_aliases = [ \"a=b\", ", "line 1: a number or a quoted text is wanted"),
        (
            "uri_aliases = [ \"no equals sign\" ]",
            "line 1: the alias 'no equals sign' is not written \"name=uri\"",
        ),
        ("remote_mode = \"bogus\"", "unknown mode 'bogus': auto, direct and legacy are possible"),
    ] {
        let error = Config::parse(text).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Invalid, said), "{text:?}");
    }
}

#[test]
fn no_text_makes_the_configuration_reader_panic_or_hang() {
    for cut in 0..=40 {
        let text = "uri_aliases = [ \"a=b\", 'c=d', 5 ]\n#é\nx=\"é\"";
        let text: String = text.chars().take(cut).collect();
        let _ = Config::parse(&text);
    }
}

#[test]
fn a_uri_says_who_logs_in_where_and_how() {
    for (text, transport, user, host, port) in [
        ("qemu://host/system", Transport::Tls, None, "host", None),
        ("qemu+tls://host:17000/system", Transport::Tls, None, "host", Some(17000)),
        ("test://host/default", Transport::Tls, None, "host", None),
        ("qemu+tcp://[2001:db8::7]:16509/system", Transport::Tcp, None, "2001:db8::7", Some(16509)),
        ("qemu+ssh://ro%40ot@host/system", Transport::Ssh, Some("ro@ot"), "host", None),
        ("qemu+ext:///system?command=/bin/cat", Transport::Ext, None, "", None),
    ] {
        let uri = Uri::parse(text).unwrap();
        assert_eq!(uri.transport().unwrap(), transport, "{text}");
        assert_eq!((uri.user(), uri.host(), uri.port()), (user, host, port), "{text}");
    }
}
