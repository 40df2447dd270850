//! `net-desc`: descriptions and titles.

use std::os::unix::ffi::OsStrExt;

use virtwire::protocol::error_body::code;
use virtwire::xml::Element;
use virtwire::{Affect, Definition, Error, ErrorKind, Metadata, Network};

use super::revise::kept;
use super::{lookup, net_update};
use crate::cli::args::NetDesc;
use crate::cli::editor::Draft;
use crate::cli::failure::Failure;
use crate::cli::report::Report;
use crate::cli::report::parts::{Annotating, DescriptionField, NetworkDescription};
use crate::cli::session::Session;

pub(super) async fn run(session: &Session, args: &NetDesc) -> Result<Report, Failure> {
    net_update::check_exclusive(&args.affected)?;
    if args.edit {
        session.check_writable("Failed to edit the description")?;
    }
    let network = lookup::network(session, args.network.given()).await?;
    let field = if args.title { DescriptionField::Title } else { DescriptionField::Description };
    let affect = args.affected.affect();
    let stored = read(&network, field, affect).await.map_err(|error| session.cause(&error))?;
    let given = given(args);
    let (change, text, draft) = match (given, args.edit) {
        (None, false) => (Annotating::None, stored.clone(), None),
        (Some(text), false) => (Annotating::Changed, text, None),
        (given, true) => edited(&stored, given).await?,
    };
    let done = match change {
        // What was emptied in an editor goes.
        Annotating::Changed => {
            let kept = Some(text.as_slice()).filter(|text| !(args.edit && text.is_empty()));
            write(session, &network, field, kept, affect).await
        }
        _ => Ok(()),
    };
    match (done, draft) {
        (Err(failure), Some(draft)) => return Err(kept(failure, draft, &stored)),
        (done, draft) => {
            draft.into_iter().for_each(Draft::discard);
            done?;
        }
    }
    let text = text.as_slice().into();
    Ok(Report::NetworkDescription(NetworkDescription { identity: (&network).into(), field, change, text }))
}

/// The words that were given, joined by blanks.
fn given(args: &NetDesc) -> Option<Vec<u8>> {
    let words: Vec<&[u8]> = args.new_desc.iter().map(|word| word.as_bytes()).collect();
    (!words.is_empty()).then(|| words.join(&b' '))
}

fn metadata(field: DescriptionField) -> Metadata<'static> {
    match field {
        DescriptionField::Description => Metadata::Description,
        DescriptionField::Title => Metadata::Title,
    }
}

/// What is there, or nothing. Servers that cannot be asked for it may still have it in the XML.
async fn read(network: &Network, field: DescriptionField, affect: Affect) -> Result<Vec<u8>, Error> {
    let error = match network.metadata(metadata(field), affect).await {
        Ok(text) => return Ok(text.as_bytes().to_vec()),
        Err(error) => error,
    };
    if is_absent(&error) {
        return Ok(Vec::new());
    }
    if error.kind() != ErrorKind::Unsupported {
        return Err(error);
    }
    let name = match field {
        DescriptionField::Description => "description",
        DescriptionField::Title => "title",
    };
    let document = document(network, affect).await?;
    let text = document.and_then(|document| document.child_text(name).map(std::borrow::Cow::into_owned));
    Ok(text.unwrap_or_default().into_bytes())
}

/// The XML that holds what a server cannot be asked for; nothing where it cannot be read.
pub(super) async fn document(network: &Network, affect: Affect) -> Result<Option<Element>, Error> {
    let is_stored = matches!(affect, Affect::Config | Affect::LiveAndConfig);
    let definition = if is_stored { Definition::Inactive } else { Definition::Current };
    Ok(Element::parse(network.xml_desc(definition).await?.as_bytes()).ok())
}

/// The network has nothing of that kind.
pub(super) fn is_absent(error: &Error) -> bool {
    error.libvirt().is_some_and(|body| body.code == code::NO_NETWORK_METADATA)
}

/// Editors end a file with a line break, which is no part of the text.
async fn edited(
    stored: &[u8],
    given: Option<Vec<u8>>,
) -> Result<(Annotating, Vec<u8>, Option<Draft>), Failure> {
    let draft = Draft::new(given.as_deref().unwrap_or(stored))?;
    if let Err(failure) = draft.edit().await {
        return Err(kept(failure, draft, stored));
    }
    let mut text = draft.read()?;
    if text.last() == Some(&b'\n') {
        text.pop();
    }
    let change = if text == stored { Annotating::Unchanged } else { Annotating::Changed };
    Ok((change, text, Some(draft)))
}

async fn write(
    session: &Session,
    network: &Network,
    field: DescriptionField,
    text: Option<&[u8]>,
    affect: Affect,
) -> Result<(), Failure> {
    let what = match field {
        DescriptionField::Description => "Failed to set new network description",
        DescriptionField::Title => "Failed to set new network title",
    };
    let done = network.set_metadata(metadata(field), text, affect).await;
    done.map_err(|error| session.failure(what, &error))
}
