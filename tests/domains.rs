//! Domains of a real daemon: libvirt's own test driver has one, which runs.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics fails where it should")]

mod lab;

use std::time::Duration;

use lab::Lab;
use lab::daemons::LIBVIRTD;
use tokio::net::UnixStream;
use tokio::time::timeout;
use virtwire::protocol::remote::domain::list;
use virtwire::{Connection, Definition, DomainState, ErrorKind, Options};

async fn connect(lab: &Lab, name: &str) -> Connection {
    let stream = UnixStream::connect(lab.socket()).await.unwrap();
    Options::new().open_over(stream, name).await.unwrap()
}

#[tokio::test]
async fn a_real_domain_is_as_virsh_shows_it() {
    let Some(lab) = Lab::builder().programs(&LIBVIRTD).start() else { return };
    let look = async {
        let connection = connect(&lab, "test:///default").await;
        let all = connection.domains(0).await.unwrap();
        let names: Vec<_> = all.iter().map(|domain| domain.name().to_string()).collect();
        assert_eq!(names, ["test"]);
        assert_eq!(all.first().unwrap().id(), Some(1));
        assert_eq!(connection.domains(list::INACTIVE).await.unwrap().len(), 0);

        let domain = connection.lookup_domain_by_name("test").await.unwrap();
        assert_eq!(domain.uuid(), all.first().unwrap().uuid());
        assert!(domain.is_active().await.unwrap());
        assert_eq!(domain.state().await.unwrap(), DomainState::Running);
        let uri = format!("test+unix:///default?socket={}", lab.socket().display());
        for (definition, flags) in [(Definition::Current, &[][..]), (Definition::Inactive, &["--inactive"])] {
            let xml = domain.xml_desc(definition).await.unwrap().to_string();
            let args = [&["-c", &uri, "dumpxml", "test"], flags].concat();
            assert_eq!(xml + "\n", lab.virsh(&args).expect_ok().out(), "{definition:?}");
        }
        let error = connection.lookup_domain_by_name("none").await.unwrap_err();
        assert_eq!((error.kind(), error.libvirt().unwrap().code), (ErrorKind::NotFound, 42));
        connection.close().await.unwrap();
    };
    timeout(Duration::from_secs(20), look).await.unwrap();
}

#[tokio::test]
async fn a_host_without_guests_lists_none() {
    let Some(lab) = Lab::start() else { return };
    let connection = connect(&lab, "qemu:///system").await;
    let domains = timeout(Duration::from_secs(20), connection.domains(0)).await.unwrap().unwrap();
    assert_eq!(domains.len(), 0);
}
