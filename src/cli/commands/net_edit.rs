//! `net-edit`.

use std::cell::RefCell;

use virtwire::{Definition, ErrorKind, Network};

use super::{edit, lookup};
use crate::cli::args::OneNetwork;
use crate::cli::failure::Failure;
use crate::cli::report::{Report, parts};
use crate::cli::session::Session;

pub(super) async fn run(session: &Session, args: &OneNetwork) -> Result<Report, Failure> {
    let given = args.given();
    let network = RefCell::new(lookup::network(session, given).await?);
    let read = async || {
        let network = network.borrow().clone();
        let xml = network.xml_desc(Definition::Inactive).await.map_err(|error| session.cause(&error))?;
        Ok(xml.as_bytes().to_vec())
    };
    let store = async |xml: &[u8], validate: bool| {
        let stored = define(session, xml, validate).await?;
        network.replace(stored);
        Ok(())
    };
    let changed = edit::revise(read, store).await?;
    let identity = (&*network.borrow()).into();
    Ok(Report::NetworkEdit(parts::NetworkEdit { identity, changed }))
}

/// Unlike virsh, has the XML checked where the server can do that: it drops what it does not know without a word.
async fn define(session: &Session, xml: &[u8], validate: bool) -> Result<Network, Failure> {
    let connection = session.connect().await?;
    let mut done = connection.define_network(xml, validate).await;
    if validate && done.as_ref().is_err_and(|error| error.kind() == ErrorKind::Unsupported) {
        done = connection.define_network(xml, false).await;
    }
    done.map_err(|error| session.failure("Failed to store the edited network", &error))
}
