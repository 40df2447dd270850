//! `net-edit`: the stored XML, in a person's editor. What was written is kept where it could not be stored.

use virtwire::protocol::remote::Text;
use virtwire::{Definition, Error, ErrorKind, Network};

use super::lookup;
use crate::cli::args::NetEdit;
use crate::cli::ask::{Choice, ask};
use crate::cli::editor::Draft;
use crate::cli::failure::{Failure, Kind};
use crate::cli::report::{Change, NetworkChange, Report};
use crate::cli::session::Session;

/// What a person may do about a text that could not be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Edit,
    Discard,
    SkipValidation,
    Store,
}

const EDIT: Choice<Answer> = ('y', "yes, start editor again", Answer::Edit);
const DISCARD: Choice<Answer> = ('n', "no, throw away my changes", Answer::Discard);
const SKIP: Choice<Answer> = ('i', "turn off validation and try to redefine again", Answer::SkipValidation);
const STORE: Choice<Answer> = ('f', "force, try to redefine again", Answer::Store);

pub(super) async fn run(session: &Session, args: &NetEdit) -> Result<Report, Failure> {
    let network = lookup::network(session, args.network.given()).await?;
    let mut edit =
        Edit { session, stored: stored(session, &network).await?, network, validate: !args.skip_validate };
    let draft = Draft::new(edit.stored.as_bytes())?;
    match edit.until_stored(&draft).await {
        Ok(report) => {
            draft.discard();
            Ok(report)
        }
        Err(None) => {
            draft.discard();
            let message = "the changes were thrown away; nothing was changed";
            Err(Failure::new(Kind::Interrupted, message).what(edit.what()))
        }
        Err(Some(failure)) => {
            let file = draft.path().display();
            let kept = match failure.advice {
                Some(advice) => format!("{advice}; what was written is kept in {file}"),
                None => format!("what was written is kept in {file}"),
            };
            Err(Failure { advice: Some(kept), ..failure })
        }
    }
}

struct Edit<'a> {
    session: &'a Session,
    network: Network,
    /// What was stored when it was last looked at.
    stored: Text,
    validate: bool,
}

impl Edit<'_> {
    /// No error: the person threw the changes away.
    async fn until_stored(&mut self, draft: &Draft) -> Result<Report, Option<Failure>> {
        loop {
            draft.edit().await?;
            let text = draft.read()?;
            if text == self.stored.as_bytes() {
                return Ok(self.report(Change::NotEdited, &self.network));
            }
            if let Some(stored) = self.try_to_store(&text).await? {
                return Ok(self.report(Change::Edited, &stored));
            }
        }
    }

    /// `None`: the person wants to go on editing.
    async fn try_to_store(&mut self, text: &[u8]) -> Result<Option<Network>, Option<Failure>> {
        loop {
            let failure = match self.store(text).await {
                Ok(network) => return Ok(Some(network)),
                Err(failure) => failure,
            };
            match self.what_now(&failure).await {
                None => return Err(Some(failure)),
                Some(Answer::Discard) => return Err(None),
                Some(Answer::Edit) => return Ok(None),
                Some(Answer::SkipValidation) => self.validate = false,
                Some(Answer::Store) => {}
            }
        }
    }

    /// Stores the text, unless somebody else has stored another since it was read.
    async fn store(&mut self, text: &[u8]) -> Result<Network, Failure> {
        let stored = stored(self.session, &self.network).await?;
        if stored != self.stored {
            self.stored = stored;
            let message = "The XML configuration was changed by another user.";
            return Err(Failure::new(Kind::Refused, message).what(self.what()));
        }
        let connection = self.session.connect().await?;
        let defined = match connection.define_network(text, self.validate).await {
            // Servers that know no validation have none to skip.
            Err(error) if self.validate && error.kind() == ErrorKind::Unsupported => {
                connection.define_network(text, false).await
            }
            defined => defined,
        };
        defined.map_err(|error| self.session.failure(self.what(), &error))
    }

    /// The connection is kept alive while the person thinks.
    async fn what_now(&self, failure: &Failure) -> Option<Answer> {
        let message = String::from_utf8_lossy(&failure.message.bytes()).trim_end().replace('\n', "\r\n");
        let choices: &[_] =
            if self.validate { &[EDIT, DISCARD, SKIP, STORE] } else { &[EDIT, DISCARD, STORE] };
        let asked = move || ask(&format!("{message}\r\nTry again?"), choices);
        tokio::task::spawn_blocking(asked).await.ok().flatten()
    }

    fn what(&self) -> String {
        format!("Failed to edit network '{}'", self.network.name())
    }

    fn report(&self, change: Change, network: &Network) -> Report {
        Report::NetworkChange(NetworkChange { change, identity: network.into(), given: None, file: None })
    }
}

/// The stored XML, through a new connection where the one that was there was lost meanwhile: a person may edit for
/// hours.
async fn stored(session: &Session, network: &Network) -> Result<Text, Failure> {
    let failed =
        |error: &Error| session.failure(format!("Failed to read network '{}'", network.name()), error);
    match network.xml_desc(Definition::Inactive).await {
        Ok(xml) => Ok(xml),
        Err(error) if error.kind() == ErrorKind::Closed => {
            session.forget();
            let connection = session.connect().await?;
            let network =
                connection.lookup_network_by_uuid(network.uuid()).await.map_err(|error| failed(&error))?;
            network.xml_desc(Definition::Inactive).await.map_err(|error| failed(&error))
        }
        Err(error) => Err(failed(&error)),
    }
}
