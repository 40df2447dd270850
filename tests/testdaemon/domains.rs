//! Guests, as a client of ours sees them.

use virtwire::protocol::remote::domain::list;
use virtwire::testdaemon::Hypervisor;
use virtwire::{Connection, Definition, DomainState, ErrorKind, Options};

use crate::peer::within;

const RUNS: &str = "<domain type='kvm' id='77'><name>runs</name><uuid>11111111-2222-4333-8444-000000000001</uuid>\
    <devices><interface type='network'><source network='default'/></interface></devices></domain>";
const OFF: &str =
    "<domain type='kvm'><name>off</name><uuid>11111111-2222-4333-8444-000000000002</uuid></domain>";

const STORED: &str = "<domain type='kvm'>
  <name>runs</name>
  <uuid>11111111-2222-4333-8444-000000000001</uuid>
  <devices>
    <interface type='network'>
      <source network='default'/>
    </interface>
  </devices>
</domain>
";

fn hypervisor() -> Hypervisor {
    let hypervisor = Hypervisor::empty();
    hypervisor.add_domain(OFF, DomainState::ShutOff).unwrap();
    hypervisor.add_domain(RUNS, DomainState::Running).unwrap();
    hypervisor
}

async fn connect(hypervisor: &Hypervisor) -> Connection {
    let (client, server) = tokio::io::duplex(4096);
    let hypervisor = hypervisor.clone();
    tokio::spawn(async move { hypervisor.serve(server).await });
    within(Options::new().open_over(client, "test:///default")).await.unwrap()
}

async fn names(connection: &Connection, flags: u32) -> Vec<String> {
    let domains = within(connection.domains(flags)).await.unwrap();
    domains.iter().map(|domain| domain.name().to_string()).collect()
}

#[tokio::test]
async fn domains_are_listed_by_what_they_are() {
    let connection = connect(&hypervisor()).await;
    let cases: [(u32, &[&str]); 7] = [
        (0, &["runs", "off"]),
        (list::ACTIVE, &["runs"]),
        (list::INACTIVE, &["off"]),
        (list::ACTIVE | list::INACTIVE, &["runs", "off"]),
        (list::PERSISTENT, &["runs", "off"]),
        (list::TRANSIENT, &[]),
        (list::INACTIVE | list::PERSISTENT, &["off"]),
    ];
    for (flags, expected) in cases {
        assert_eq!(names(&connection, flags).await, expected, "{flags}");
    }
    assert_eq!(names(&connect(&Hypervisor::default()).await, 0).await, [""; 0]);
}

#[tokio::test]
async fn a_domain_says_how_it_is() {
    let connection = connect(&hypervisor()).await;
    let runs = connection.lookup_domain_by_name("runs").await.unwrap();
    assert_eq!((runs.id(), runs.is_active().await.unwrap()), (Some(1), true));
    assert_eq!(runs.state().await.unwrap(), DomainState::Running);
    let off = connection.lookup_domain_by_name("off").await.unwrap();
    assert_eq!((off.id(), off.is_active().await.unwrap()), (None, false));
    assert_eq!(off.state().await.unwrap(), DomainState::ShutOff);
    assert_eq!(off.uuid().to_string(), "11111111-2222-4333-8444-000000000002");
    let running = within(runs.xml_desc(Definition::Current)).await.unwrap();
    assert_eq!(running.to_string(), STORED.replacen("type='kvm'", "type='kvm' id='1'", 1));
    assert_eq!(within(runs.xml_desc(Definition::Inactive)).await.unwrap().to_string(), STORED);
}

#[tokio::test]
async fn a_domain_that_is_not_there_is_not_found() {
    let connection = connect(&hypervisor()).await;
    let error = connection.lookup_domain_by_name("none").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.to_string(), "Domain not found: no domain with matching name 'none'");
}

#[test]
fn what_is_no_domain_is_not_taken_in() {
    let hypervisor = hypervisor();
    let same_name = OFF.replace("000000000002", "000000000003");
    for (xml, why) in [
        ("<domain/>", "missing name information"),
        ("<network><name>n</name></network>", "XML error: expecting root element of 'domain', not 'network'"),
        (
            &same_name,
            "operation failed: domain 'off' already exists with uuid 11111111-2222-4333-8444-000000000002",
        ),
    ] {
        let error = hypervisor.add_domain(xml, DomainState::Running).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Invalid, why));
    }
}

#[test]
fn states_have_libvirts_numbers() {
    use DomainState::{Blocked, Crashed, NoState, Paused, PmSuspended, Running, ShutOff, Shutdown, Unknown};
    let states = [NoState, Running, Blocked, Paused, Shutdown, ShutOff, Crashed, PmSuspended, Unknown(8)];
    assert_eq!(states.map(i32::from), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!([0, 1, 2, 3, 4, 5, 6, 7, 8].map(DomainState::from), states);
}
