//! `net-metadata`: elements that programs keep with a network.

use std::os::unix::ffi::OsStrExt;

use virtwire::{Affect, ErrorKind, Metadata, Network};

use super::net_desc::{document, is_absent};
use super::revise::revise;
use super::{lookup, net_update};
use crate::cli::args::NetMetadata;
use crate::cli::failure::{Failure, Kind};
use crate::cli::layout;
use crate::cli::report::parts::{self, Annotating};
use crate::cli::report::{Report, Xml};
use crate::cli::session::Session;

/// libvirt's own words for an element that is not there.
const ABSENT: &str = "metadata not found: Requested metadata element is not present";

pub(super) async fn run(session: &Session, args: &NetMetadata) -> Result<Report, Failure> {
    check_exclusive(args)?;
    if args.edit {
        session.check_writable("Failed to edit the metadata")?;
    }
    let network = lookup::network(session, args.network.given()).await?;
    check_values(args)?;
    let key = args.key.as_deref().unwrap_or_default();
    let element = Element { session, network: &network, uri: &args.uri, key, affect: args.affected.affect() };
    let (change, xml) = match &args.set {
        Some(xml) => (element.set(Some(xml.as_bytes())).await.map(|()| Annotating::Changed)?, None),
        None if args.remove => (element.set(None).await.map(|()| Annotating::Removed)?, None),
        None if args.edit => (element.edit().await?, None),
        None => (Annotating::None, Some(element.get().await?)),
    };
    let (identity, uri) = ((&network).into(), args.uri.clone());
    Ok(Report::NetworkMetadata(parts::NetworkMetadata { identity, uri, change, xml }))
}

fn check_exclusive(args: &NetMetadata) -> Result<(), Failure> {
    net_update::check_exclusive(&args.affected)?;
    match (args.edit, args.set.is_some(), args.remove) {
        (true, true, _) => Err(net_update::exclusive("edit", "set")),
        (_, true, true) => Err(net_update::exclusive("remove", "set")),
        (true, _, true) => Err(net_update::exclusive("remove", "edit")),
        _ => Ok(()),
    }
}

fn check_values(args: &NetMetadata) -> Result<(), Failure> {
    if args.uri.is_empty() {
        return Err(lookup::empty_option("uri"));
    }
    if args.key.as_deref() == Some("") {
        return Err(lookup::empty_option("key"));
    }
    if args.set.as_ref().is_some_and(|xml| xml.is_empty()) {
        return Err(lookup::empty_option("set"));
    }
    if (args.set.is_some() || args.edit) && args.key.is_none() {
        let failure = Failure::new(Kind::Usage, "namespace key is required when modifying metadata");
        return Err(failure.advice("'--key KEY' gives it".to_owned()));
    }
    Ok(())
}

/// One element of a network's.
struct Element<'a> {
    session: &'a Session,
    network: &'a Network,
    uri: &'a str,
    key: &'a str,
    affect: Affect,
}

impl Element<'_> {
    fn which(&self) -> Metadata<'_> {
        Metadata::Element { uri: self.uri, key: self.key }
    }

    /// Servers that cannot be asked for it have it in the XML all the same.
    async fn get(&self) -> Result<Xml, Failure> {
        let error = match self.network.metadata(self.which(), self.affect).await {
            Ok(xml) => return Ok(xml.as_bytes().into()),
            Err(error) => error,
        };
        if error.kind() != ErrorKind::Unsupported {
            return Err(self.session.cause(&error));
        }
        let document =
            document(self.network, self.affect).await.map_err(|error| self.session.cause(&error))?;
        let kept = document.as_ref().and_then(|document| document.child("metadata"));
        let element = kept.and_then(|kept| kept.child_of_namespace(self.uri));
        let absent = || Failure::new(Kind::NotFound, ABSENT);
        Ok(layout::element(&element.ok_or_else(absent)?.without_namespace()).as_bytes().into())
    }

    async fn set(&self, xml: Option<&[u8]>) -> Result<(), Failure> {
        let done = self.network.set_metadata(self.which(), xml, self.affect).await;
        done.map_err(|error| self.session.cause(&error))
    }

    /// Where there is none yet, an empty line is edited.
    async fn edit(&self) -> Result<Annotating, Failure> {
        let read = async || match self.network.metadata(self.which(), self.affect).await {
            Ok(xml) => Ok(xml.as_bytes().to_vec()),
            Err(error) if is_absent(&error) => Ok(b"\n".to_vec()),
            Err(error) => Err(self.session.cause(&error)),
        };
        let store = async |xml: &[u8], _| self.set(Some(xml)).await;
        let changed = revise(read, store, false).await?;
        Ok(if changed.is_some() { Annotating::Changed } else { Annotating::Unchanged })
    }
}
