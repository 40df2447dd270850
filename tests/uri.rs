//! What a connection URI means, and what libvirt.conf says about it.

use virtwire::ErrorKind;
use virtwire::config::Config;
use virtwire::uri::{Mode, Proxy, Transport, Uri};

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
        assert_eq!(uri.transport(), Transport::Unix, "{text}");
        assert_eq!((uri.driver(), uri.server_name().as_str()), (driver, name), "{text}");
        assert_eq!(uri.as_str(), text);
    }
}

#[test]
fn the_built_in_hypervisor_is_reached_in_memory_unless_a_socket_is_named() {
    assert_eq!(Uri::parse("test:///default").unwrap().transport(), Transport::Memory);
    let uri = Uri::parse("test+unix:///default?socket=/s").unwrap();
    assert_eq!(uri.transport(), Transport::Unix);
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
        ("ESX+tls://host/", ErrorKind::Unsupported, "'ESX' is a driver inside"),
        ("vpx://host/dc/cluster", ErrorKind::Unsupported, "'vpx' is a driver inside"),
        ("vmwarefusion:///session", ErrorKind::Unsupported, "'vmwarefusion' is a driver inside"),
        ("qemu+bogus:///system", ErrorKind::Invalid, "the transport 'bogus' does not exist: tls, ssh,"),
        ("qemu+unix://host/system", ErrorKind::Invalid, "names the host host"),
        ("qemu+libssh://host/system", ErrorKind::Unsupported, "'ssh' does the same, by the system's ssh"),
        ("qemu+libssh2://host/system", ErrorKind::Unsupported, "the transport 'libssh2' is not there"),
        ("qemu://system", ErrorKind::Invalid, "invalid URI qemu://system (maybe you want qemu:///system)"),
        ("qemu+ssh://session/", ErrorKind::Invalid, "(maybe you want qemu+ssh:///session)"),
        (
            "qemu+tcp://me:secret@host/system",
            ErrorKind::Invalid,
            "a password has no place in a connection URI: leave it out",
        ),
        ("qemu+tcp://host:65536/system", ErrorKind::Invalid, "its port is not a number from 1 to 65535"),
        ("qemu+tcp://ho%20st/system", ErrorKind::Invalid, "its host is not a name"),
        ("qemu+ssh://host%0a/system", ErrorKind::Invalid, "its host is not a name"),
        ("qemu+tcp://me%40host/system", ErrorKind::Invalid, "its host is not a name"),
        ("qemu+tcp://%ff/system", ErrorKind::Invalid, "its host is not UTF-8"),
        ("qemu+tcp://[fe80::1%]/system", ErrorKind::Invalid, "is not a connection URI"),
        ("qemu+tcp://[fe80::1%a b]/system", ErrorKind::Invalid, "is not a connection URI"),
    ] {
        let error = Uri::parse(text).unwrap_err();
        assert_eq!(error.kind(), kind, "{text}");
        assert!(error.to_string().contains(part), "{text}: {error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    let error = Uri::parse("qemu:///system?mode=bogus").unwrap().mode().unwrap_err();
    assert_eq!(error.to_string(), "unknown mode 'bogus': auto, direct and legacy are possible");
    let error = Uri::parse("qemu+ssh://h/system?proxy=nc").unwrap().proxy().unwrap_err();
    assert_eq!(error.to_string(), "unknown proxy 'nc': auto, native and netcat are possible");
}

#[test]
fn a_password_in_a_uri_is_refused_and_never_shown() {
    for (text, shown) in [
        ("qemu+tcp://me:secret@host/system", "qemu+tcp://me:***@host/system"),
        ("qemu+tcp://:secret@host/system", "qemu+tcp://:***@host/system"),
        ("qemu+tcp:///me:secret@host/system", "qemu+tcp:///me:***@host/system"),
        ("qemu+tcp:me:secret@host/system", "qemu+tcp:***@host/system"),
        // None of these is a URI.
        ("me:secret@host", "me:***@host"),
        ("qemu+tcp://me:sec ret@host/system", "qemu+tcp://me:***@host/system"),
        ("qemu+tcp://me:sec/ret@host/system", "qemu+tcp://me:***@host/system"),
        ("qemu+tcp://me:sec?ret@host/system", "qemu+tcp://me:***@host/system"),
        ("qemu+tcp://me:sec#ret@host/system", "qemu+tcp://me:***@host/system"),
        ("qemu+tcp://me:sec@ret@host/system", "qemu+tcp://me:***@host/system"),
        ("qemu+tcp://me:secret%zz@host/system", "qemu+tcp://me:***@host/system"),
        ("qemu+bogus://me:secret@host/system", "qemu+bogus://me:***@host/system"),
        ("esx://me:secret@host/", "esx://me:***@host/"),
        ("qemu+tcp://me:secret@host:65536/system", "qemu+tcp://me:***@host:65536/system"),
    ] {
        let error = Uri::parse(text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("ret"), "{text}: {error:?}");
        assert_eq!(virtwire::uri::shown(text), shown);
    }
    for text in [
        "qemu+tcp://me@host:16509/system",
        "qemu+ssh://me@[::1]/system?keyfile=/a:b@c",
        "qemu+tcp://host:1/system?keyfile=a@b",
        "test+tcp://host:1/path@x",
        "qemu+tcp://[::1]/path@x",
    ] {
        assert_eq!(Uri::parse(text).unwrap().as_str(), text);
        assert_eq!(virtwire::uri::shown(text), text);
    }
}

#[test]
fn parameters_that_are_numbers_say_yes_or_no_or_are_refused() {
    let uri = |value: &str| Uri::parse(&format!("qemu+ssh://h/system?no_tty={value}")).unwrap();
    for (value, said) in [("0", false), ("1", true), ("-1", true), ("%2007", true), ("00", false)] {
        assert_eq!(uri(value).flag("no_tty").unwrap(), said, "{value}");
    }
    assert!(!uri("1").flag("no_verify").unwrap());
    for value in ["", "yes", "1x", "99999999999"] {
        let error = uri(value).flag("no_tty").unwrap_err();
        let said = format!(
            "Failed to parse value of URI component no_tty: '{value}' is no number (1 is yes, 0 is no)"
        );
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::Invalid, said));
    }
}

#[tokio::test]
async fn protection_that_a_transport_cannot_give_is_refused_before_anything_is_tried() {
    for (uri, said) in [
        (
            "qemu+tcp://192.0.2.1/system?tls_priority=NORMAL",
            "tls_priority has no effect over tcp; qemu+tls has it",
        ),
        ("qemu+tcp://192.0.2.1/system?pkipath=/pki", "pkipath has no effect over tcp; qemu+tls has it"),
        ("qemu+ssh://192.0.2.1/system?pkipath=/pki", "pkipath has no effect over ssh; qemu+tls has it"),
        ("qemu+tls://192.0.2.1/system?sshauth=agent", "sshauth has no effect over tls; qemu+ssh has it"),
        (
            "qemu+ext:///system?command=/bin/cat&known_hosts=/k",
            "known_hosts has no effect over ext; qemu+ssh has it",
        ),
    ] {
        let error = virtwire::Connection::open(uri).await.unwrap_err();
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::Invalid, format!("'{uri}': {said}")));
    }
}

#[test]
fn a_configuration_file_gives_default_aliases_and_mode() {
    let config = Config::parse(
        "# comment\n\nuri_aliases = [\n  \"hail=qemu+ssh://root@hail/system\", # one\n  'sleet=qemu:///system',\n  'twice=hail'\n]\n\
         uri_default = \"hail\"\nremote_mode=\"legacy\"\nunknown_key = 7\nremote_proxy = 'native'\ntls_priority='NORMAL'\n",
    )
    .unwrap();
    assert_eq!(config.remote_proxy, Some(Proxy::Native));
    assert_eq!(config.tls_priority.as_deref(), Some("NORMAL"));
    assert_eq!(config.uri(Some("twice")), "hail", "an alias stands for a URI");
    assert_eq!(config.remote_mode, Some(Mode::Legacy));
    assert_eq!(config.uri(None), "qemu+ssh://root@hail/system", "the default may be an alias");
    assert_eq!(config.uri(Some("sleet")), "qemu:///system");
    assert_eq!(config.uri(Some("qemu:///session")), "qemu:///session");
}

#[test]
fn a_configuration_file_is_read_as_libvirt_reads_it() {
    let config = Config::parse(
        "uri_default = \"\"\"a 'b'\n\"c\" \"\"\" # long\nnumber = +7; remote_mode = 'direct';\r\n\
         uri_default = 'the second'\nuri_aliases = ['a=b']\nuri_aliases = ['c=d']\nremote_mode = 'bogus'\n",
    )
    .unwrap();
    assert_eq!(config.uri_default.as_deref(), Some("a 'b'\n\"c\" "));
    assert_eq!(config.remote_mode, Some(Mode::Direct));
    assert_eq!(config.uri_aliases, [("a".to_owned(), "b".to_owned())], "the first counts");
}

#[test]
fn a_password_in_a_configuration_file_is_not_shown() {
    let error = Config::parse("uri_aliases = [ 'a b=qemu+tls://me:secret@host/system' ]").unwrap_err();
    let said = "line 1: the alias 'a b=qemu+tls://me:***@host/system' is not written \"name=uri\"";
    assert_eq!(error.to_string(), said);
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
        (
            "\nuri_aliases = [ \"a b=qemu:///system\" ]",
            "line 2: the alias 'a b=qemu:///system' is not written \"name=uri\"",
        ),
        ("remote_proxy = \"nc\"", "line 1: unknown proxy 'nc': auto, native and netcat are possible"),
        ("#\nremote_mode = \"bogus\"", "line 2: unknown mode 'bogus': auto, direct and legacy are possible"),
        ("uri_default = [ 'a', 'b' ]", "line 1: 'uri_default' takes one value, and here is a list of 2"),
        ("x = [\n'a'\n]\nuri_default = []", "line 4: 'uri_default' takes one value, and here is a list of 0"),
        ("a = 1 b = 2", "line 1: the line should end behind the value"),
        ("a = 'x'y", "line 1: the line should end behind the value"),
        ("a = -", "line 1: a number or a quoted text is wanted"),
        ("a = \"\"\"x\n\"", "line 1: a quote is not closed"),
        ("a = \"\"\"x\n\"\"\"\nb", "line 3: 'key = value' is wanted"),
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
        ("qemu+tcp://[fe80::1%25eth0]:16509/system", Transport::Tcp, None, "fe80::1%eth0", Some(16509)),
        ("qemu+tcp://u@[fe80::1%br-0.7]/system?x=%25eth0", Transport::Tcp, Some("u"), "fe80::1%br-0.7", None),
        ("qemu+tcp:///system", Transport::Tcp, None, "localhost", None),
        ("qemu+tcp://local%68ost/system", Transport::Tcp, None, "localhost", None),
        ("qemu+tcp://my_h%C3%B6st/system", Transport::Tcp, None, "my_höst", None),
        ("qemu+tls:///system", Transport::Tls, None, "localhost", None),
        ("qemu+SSH:///system", Transport::Ssh, None, "localhost", None),
        ("qemu+tls://host:0/system", Transport::Tls, None, "host", None),
        ("qemu+tcp://system/system", Transport::Tcp, None, "system", None),
        ("vmwarews+tcp://host/session", Transport::Tcp, None, "host", None),
        ("qemu+ext:///system?command=/bin/cat", Transport::Ext, None, "", None),
    ] {
        let uri = Uri::parse(text).unwrap();
        assert_eq!(uri.transport(), transport, "{text}");
        assert_eq!((uri.user(), uri.host(), uri.port()), (user, host, port), "{text}");
    }
}
