//! A text that is kept with a network, in a person's editor. What was written is kept where it could not be stored.

use crate::cli::ask::{Choice, ask};
use crate::cli::editor::Draft;
use crate::cli::failure::{Failure, Kind};
use crate::cli::output::shown_path;

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

/// Has what `read` gives edited until `store` takes it; `None` where it was not changed. `store` is told whether to
/// validate, as `validates` says at first.
pub(super) async fn revise<T>(
    read: impl AsyncFn() -> Result<Vec<u8>, Failure>,
    store: impl AsyncFn(&[u8], bool) -> Result<T, Failure>,
    validates: bool,
) -> Result<Option<T>, Failure> {
    let stored = read().await?;
    let draft = Draft::new(&stored)?;
    let mut revision = Revision { read, store, stored: stored.clone(), validates };
    match revision.until_stored(&draft).await {
        Ok(done) => {
            draft.discard();
            Ok(done)
        }
        Err(Some(failure)) => Err(kept(failure, draft, &stored)),
        Err(None) => {
            draft.discard();
            Err(Failure::new(Kind::Interrupted, "the changes were thrown away; nothing was changed"))
        }
    }
}

struct Revision<R, S> {
    read: R,
    store: S,
    /// What was stored when it was last looked at.
    stored: Vec<u8>,
    validates: bool,
}

impl<R, S, T> Revision<R, S>
where
    R: AsyncFn() -> Result<Vec<u8>, Failure>,
    S: AsyncFn(&[u8], bool) -> Result<T, Failure>,
{
    /// No failure in an error: the person threw the changes away.
    async fn until_stored(&mut self, draft: &Draft) -> Result<Option<T>, Option<Failure>> {
        loop {
            draft.edit().await?;
            let text = draft.read()?;
            if text == self.stored {
                return Ok(None);
            }
            if let Some(done) = self.try_to_store(&text).await? {
                return Ok(Some(done));
            }
        }
    }

    /// `None`: the person wants to go on editing.
    async fn try_to_store(&mut self, text: &[u8]) -> Result<Option<T>, Option<Failure>> {
        loop {
            let failure = match self.store(text).await {
                Ok(done) => return Ok(Some(done)),
                Err(failure) => failure,
            };
            match self.what_now(&failure).await {
                None => return Err(Some(failure)),
                Some(Answer::Discard) => return Err(None),
                Some(Answer::Edit) => return Ok(None),
                Some(Answer::SkipValidation) => self.validates = false,
                Some(Answer::Store) => {}
            }
        }
    }

    /// Stores the text, unless somebody else has stored another since it was read.
    async fn store(&mut self, text: &[u8]) -> Result<T, Failure> {
        let stored = (self.read)().await?;
        if stored != self.stored {
            self.stored = stored;
            return Err(Failure::new(Kind::Refused, "The XML configuration was changed by another user."));
        }
        (self.store)(text, self.validates).await
    }

    /// The connection is kept alive while the person thinks.
    async fn what_now(&self, failure: &Failure) -> Option<Answer> {
        let message = failure.message.to_string().trim_end().replace('\n', "\r\n");
        let choices: &[_] =
            if self.validates { &[EDIT, DISCARD, SKIP, STORE] } else { &[EDIT, DISCARD, STORE] };
        let asked = move || ask(&format!("{message}\r\nTry again?"), choices);
        tokio::task::spawn_blocking(asked).await.ok().flatten()
    }
}

/// The failure, with where the text is: unless nothing was written, and the draft goes.
pub(super) fn kept(failure: Failure, draft: Draft, stored: &[u8]) -> Failure {
    let is_written = draft.path().exists() && draft.read().map_or(true, |text| text != stored);
    if !is_written {
        draft.discard();
        return failure;
    }
    let place = format!("what was written is kept in {}", shown_path(draft.path()));
    let advice = match &failure.advice {
        Some(advice) => format!("{advice}; {place}"),
        None => place,
    };
    failure.advice(advice)
}
