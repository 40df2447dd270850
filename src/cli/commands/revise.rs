//! A text that is kept with a network, in a person's editor. What was written is kept where it could not be stored.

use crate::cli::ask::{Choice, ask};
use crate::cli::editor::Draft;
use crate::cli::failure::{Failure, Kind};

/// What a person may do about a text that could not be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Edit,
    Discard,
    Store,
}

const CHOICES: [Choice<Answer>; 3] = [
    ('y', "yes, start editor again", Answer::Edit),
    ('n', "no, throw away my changes", Answer::Discard),
    ('f', "force, try to redefine again", Answer::Store),
];

/// Has what `read` gives edited until `store` takes it; false where it was not changed.
pub(super) async fn revise(
    read: impl AsyncFn() -> Result<Vec<u8>, Failure>,
    store: impl AsyncFn(&[u8]) -> Result<(), Failure>,
) -> Result<bool, Failure> {
    let mut stored = read().await?;
    let draft = Draft::new(&stored)?;
    loop {
        draft.edit().await.map_err(|failure| kept(failure, &draft))?;
        let text = draft.read()?;
        if text == stored {
            draft.discard();
            return Ok(false);
        }
        loop {
            let now = read().await.map_err(|failure| kept(failure, &draft))?;
            let failure = if now == stored {
                match store(&text).await {
                    Ok(()) => {
                        draft.discard();
                        return Ok(true);
                    }
                    Err(failure) => failure,
                }
            } else {
                stored = now;
                Failure::new(Kind::Refused, "The XML configuration was changed by another user.")
            };
            match what_now(&failure).await {
                Some(Answer::Edit) => break,
                Some(Answer::Store) => {}
                Some(Answer::Discard) => {
                    draft.discard();
                    let message = "the changes were thrown away; nothing was changed";
                    return Err(Failure::new(Kind::Interrupted, message));
                }
                None => return Err(kept(failure, &draft)),
            }
        }
    }
}

/// The failure, with where the text is.
pub(super) fn kept(failure: Failure, draft: &Draft) -> Failure {
    let place = format!("what was written is kept in {}", draft.path().display());
    let advice = match &failure.advice {
        Some(advice) => format!("{advice}; {place}"),
        None => place,
    };
    failure.advice(advice)
}

/// The connection is kept alive while the person thinks.
async fn what_now(failure: &Failure) -> Option<Answer> {
    let message = String::from_utf8_lossy(&failure.message.bytes()).trim_end().replace('\n', "\r\n");
    let asked = move || ask(&format!("{message}\r\nTry again?"), &CHOICES);
    tokio::task::spawn_blocking(asked).await.ok().flatten()
}
