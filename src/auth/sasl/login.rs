//! Who logs in: what `auth.conf` says, else the URI, else who is there to be asked. No mechanism is known here.

use tokio::task::spawn_blocking;

use crate::auth::conf::{self, Entry};
use crate::auth::{Credentials, CredentialsRequest, Peer};
use crate::error::{Error, ErrorKind, Result};
use crate::step::step;
use crate::uri::Uri;

/// Finds a name and a password for this host. A person who is asked has the time of a person.
pub(super) async fn find(peer: &Peer<'_>, mechanism: &str) -> Result<Credentials> {
    let host = peer.host();
    let entry = entry(peer).await?;
    let authname = entry.authname.filter(|name| !name.is_empty());
    let authname = authname.or_else(|| peer.uri.and_then(Uri::user).map(str::to_owned));
    if let (Some(authname), Some(password)) = (&authname, &entry.password) {
        return Ok(Credentials {
            authname: authname.clone(),
            password: password.clone(),
            realm: entry.realm,
        });
    }
    let request = CredentialsRequest {
        host: host.to_owned(),
        mechanism: mechanism.to_owned(),
        authname: authname.clone(),
        has_password: entry.password.is_some(),
    };
    let Some(ask) = peer.ask.cloned() else { return Err(unknown(&request)) };
    let unanswered = unknown(&request);
    let asked = spawn_blocking(move || ask.ask(&request));
    let what = "asking for a name and a password";
    let answer =
        step(what, peer.person, async { asked.await.map_err(|error| Error::of_task(&error))? }).await?;
    let is_whole = |answer: &Credentials| authname.is_some() || !answer.authname.is_empty();
    let answer = answer.filter(is_whole).ok_or(unanswered)?;
    Ok(Credentials {
        authname: authname.unwrap_or(answer.authname),
        password: entry.password.unwrap_or(answer.password),
        realm: entry.realm.or(answer.realm),
    })
}

/// What the file says. It may be a pipe, at whose other end somebody is asked.
async fn entry(peer: &Peer<'_>) -> Result<Entry> {
    let authfile = peer.uri.and_then(|uri| uri.parameter("authfile")).map(str::to_owned);
    let host = peer.host().to_owned();
    let read = spawn_blocking(move || conf::lookup(authfile.as_deref(), &host));
    let read = async { read.await.map_err(|error| Error::of_task(&error))? };
    step("reading the file with the credentials", peer.person, read).await
}

fn unknown(request: &CredentialsRequest) -> Error {
    let CredentialsRequest { host, mechanism, authname, .. } = request;
    let lacks = match authname {
        Some(authname) => format!("a password for '{authname}'"),
        None => "a name and a password".to_owned(),
    };
    let what = format!("the server at {host} wants {lacks} ({mechanism}), and none is given");
    let places: Vec<_> = conf::usual().iter().map(|path| path.display().to_string()).collect();
    let advice = format!(
        "write it into an auth.conf ({}, or 'authfile=' of the URI): [auth-libvirt-{host}] credentials=me, [credentials-me] \
         authname=..., password=...; see docs/sasl.md",
        places.join(" or ")
    );
    Error::way(ErrorKind::Denied, what, Some(advice))
}
