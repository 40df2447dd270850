//! One question to those who answer for a realm, and its answer, neither of which is understood here.
//!
//! TCP alone: all who answer take it (RFC 4120, section 7.2), and no answer is too long for it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::config::Kdc;
use crate::error::{Error, ErrorKind, Result};

/// The longest answer: tickets with all that a directory says of a user have some ten thousand bytes.
const ANSWER_MAX: u32 = 256 * 1024;

/// How long one address has, where there are others.
const EACH: Duration = Duration::from_secs(3);

/// Asks one after the other until one answers.
pub(super) async fn ask(realm: &str, kdcs: &[Kdc], question: &[u8]) -> Result<Vec<u8>> {
    let mut tried = Vec::new();
    for Kdc { host, port } in kdcs {
        let found = match lookup_host((host.as_str(), *port)).await {
            Ok(found) => found,
            Err(error) => {
                tried.push(format!("{host}: {error}"));
                continue;
            }
        };
        for address in found {
            match timeout(EACH, answer(address, question)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => tried.push(format!("{address}: {error}")),
                Err(_) => tried.push(format!("{address}: no answer in {} seconds", EACH.as_secs())),
            }
        }
    }
    Err(unanswered(realm, kdcs, &tried))
}

async fn answer(address: SocketAddr, question: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_u32(u32::try_from(question.len()).unwrap_or_default()).await?;
    stream.write_all(question).await?;
    let length = stream.read_u32().await?;
    if length > ANSWER_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "what answers there is no Kerberos server"));
    }
    let mut answer = vec![0; usize::try_from(length).unwrap_or_default()];
    stream.read_exact(&mut answer).await.map(|_| answer)
}

fn unanswered(realm: &str, kdcs: &[Kdc], tried: &[String]) -> Error {
    let realm = realm.escape_debug();
    if kdcs.is_empty() {
        let what = format!("krb5.conf names no KDC of the Kerberos realm {realm}");
        let advice = format!(
            "add 'kdc = HOST' to '{realm} = {{ }}' in [realms] of /etc/krb5.conf (virtwire asks no DNS for it), or get the \
             service's ticket beforehand: kvno libvirt/HOST"
        );
        return Error::way(ErrorKind::Unreachable, what, Some(advice));
    }
    let what = format!("no KDC of the Kerberos realm {realm} answers: {}", tried.join("; "));
    let advice = "is it up, and TCP port 88 open on the way to it? 'kvno libvirt/HOST' asks it as well";
    Error::way(ErrorKind::Unreachable, what, Some(advice.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::net::TcpListener;

    use super::*;

    /// Where something listens that reads a question, says this, and ends.
    async fn says(answer: Vec<u8>) -> Kdc {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let length = stream.read_u32().await.unwrap();
            let mut question = vec![0; length as usize];
            stream.read_exact(&mut question).await.unwrap();
            assert_eq!(question, b"who?");
            stream.write_all(&answer).await.unwrap();
        });
        Kdc { host: "127.0.0.1".to_owned(), port }
    }

    #[tokio::test]
    async fn the_first_that_answers_is_believed_whatever_the_others_say() {
        let kdcs = [
            says(b"\0\0\0\x05cut".to_vec()).await,
            says(b"HTTP/1.1 400".to_vec()).await,
            says(vec![]).await,
            says(b"\0\0\0\x02meX".to_vec()).await,
        ];
        assert_eq!(ask("R", &kdcs, b"who?").await.unwrap(), b"me");
        let error = ask("R", &kdcs[..1], b"who?").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable);
    }

    #[tokio::test]
    async fn an_answer_that_is_too_long_is_not_waited_for() {
        let error = ask("R", &[says(b"\x10\0\0\0".to_vec()).await], b"who?").await.unwrap_err();
        assert!(error.to_string().ends_with("what answers there is no Kerberos server"), "{error}");
    }

    #[tokio::test]
    async fn a_realm_without_a_kdc_is_named() {
        let error = ask("R", &[], b"who?").await.unwrap_err();
        assert_eq!(error.to_string(), "krb5.conf names no KDC of the Kerberos realm R");
    }
}
