//! The ticket for libvirt on a host: from the cache, else from the realm, by the user's ticket for tickets (RFC 4120,
//! section 3.3). What is got is not written back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use der::asn1::GeneralizedTime;

use super::ccache::Cache;
use super::config::Config;
use super::crypto::Etype;
use super::kdc;
use super::messages::{
    ApReq, Authenticator, Checksum, EncKdcRepPart, Encrypted, KdcRep, KdcReq, KdcReqBody, KrbError, PaData,
    Text, VERSION, bits, number, octets, plain, tagged, untagged,
};
use super::refusal::{expired, nonsense, refused};
use super::ticket::{Principal, Ticket};
use crate::auth::sasl::nonce::random;
use crate::error::{Error, Result};
use crate::step::step;

/// How many realms may send on to another.
const HOPS: usize = 8;

/// What a key is used for (RFC 4120, section 7.5.1).
const BODY: u32 = 6;
const AUTHENTICATOR: u32 = 7;
pub(super) const ANSWER: u32 = 8;

/// That the realm may send on to another (RFC 6806).
const CANONICALIZE: [u8; 4] = [0, 1, 0, 0];
/// The data that a ticket is sent as.
const PA_TGS_REQ: i32 = 1;

/// What time it is where the tickets come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    pub(super) offset: i64,
}

impl Clock {
    pub(super) fn now(self) -> Duration {
        let here = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let offset = Duration::from_micros(self.offset.unsigned_abs());
        if self.offset < 0 { here.saturating_sub(offset) } else { here.saturating_add(offset) }
    }
}

/// A time as messages have it, and its millionth parts.
pub(super) fn stamp(time: Duration) -> Result<(GeneralizedTime, u32)> {
    let seconds = Duration::from_secs(time.as_secs());
    let seconds = GeneralizedTime::from_unix_duration(seconds);
    let seconds =
        seconds.map_err(|_| Error::invalid("the clock shows a year that Kerberos does not know"))?;
    Ok((seconds, time.subsec_micros()))
}

/// Finds a ticket for libvirt on this host, or gets one.
pub(super) async fn find(host: &str, within: Duration) -> Result<(Ticket, Clock)> {
    let config = Config::read()?;
    let cache = Cache::read(&config)?;
    let clock = Clock { offset: cache.offset };
    let wanted = Principal::service("libvirt", host, &Text::new(""));
    let now = clock.now().as_secs();
    let is_meant = |ticket: &&Ticket| {
        ticket.end > now && ticket.client == cache.owner && ticket.server.name.parts == wanted.name.parts
    };
    if let Some(ticket) = cache.tickets.iter().find(is_meant) {
        return Ok((ticket.clone(), clock));
    }
    let realm = &cache.owner.realm;
    let is_own = |ticket: &&Ticket| ticket.server.grants() == Some(realm) && ticket.server.realm == *realm;
    // What is renewed stands behind what it was renewed from.
    let granting = cache.tickets.iter().filter(is_own).max_by_key(|ticket| ticket.end);
    let granting =
        granting.filter(|ticket| ticket.end > now).ok_or_else(|| expired(&cache, granting, now))?;
    let what = format!("asking for a Kerberos ticket for {wanted}");
    let ticket = step(&what, within, search(&config, granting.clone(), host, clock)).await?;
    Ok((ticket, clock))
}

/// Goes from realm to realm until one has the service.
async fn search(config: &Config, mut granting: Ticket, host: &str, clock: Clock) -> Result<Ticket> {
    let mut target = config.realm_of(host).map(Text::new);
    for _ in 0..HOPS {
        let Some(here) = granting.server.grants().cloned() else { break };
        let wanted = next(target.as_ref(), &here, host);
        let ticket = ask(config, &granting, &wanted, &here, clock).await?;
        if ticket.server.grants().is_none() {
            return Ok(ticket);
        }
        if wanted.grants().is_none() {
            // Who was asked for the service itself, and names another realm, knows better.
            target = None;
        }
        granting = ticket;
    }
    Err(nonsense("it sends from realm to realm without end"))
}

/// What to ask a realm for: the way to the one that the host is said to be in, or the service itself.
fn next(target: Option<&Text>, here: &Text, host: &str) -> Principal {
    match target.filter(|target| *target != here) {
        Some(target) => Principal::granting(target, here),
        None => Principal::service("libvirt", host, here),
    }
}

/// Asks a realm for a ticket; what comes may be a ticket for the tickets of another realm.
async fn ask(
    config: &Config,
    granting: &Ticket,
    wanted: &Principal,
    here: &Text,
    clock: Clock,
) -> Result<Ticket> {
    let realm = String::from_utf8_lossy(&here.0);
    let nonce = u32::from_be_bytes(random()?) >> 1;
    let question = question(granting, wanted, nonce, clock)?;
    let answer = kdc::ask(&realm, &config.kdcs(&realm), &question).await?;
    if let Some(error) = untagged::<KrbError>(number::ERROR, &answer) {
        return Err(refused(&error, wanted, clock.now()));
    }
    let ticket = understood(&answer, granting, nonce)?;
    let is_referral = ticket.server.grants().is_some_and(|realm| realm != here);
    let is_wanted = ticket.server.name.parts == wanted.name.parts;
    if ticket.server.realm != *here || !(is_wanted || is_referral) {
        return Err(nonsense(&format!("it gives a ticket for {} in place of {wanted}", ticket.server)));
    }
    if ticket.end <= clock.now().as_secs() {
        return Err(nonsense("it gives a ticket that has expired"));
    }
    Ok(ticket)
}

fn question(granting: &Ticket, wanted: &Principal, nonce: u32, clock: Clock) -> Result<Vec<u8>> {
    let (till, _) = stamp(Duration::from_secs(granting.end))?;
    let body = KdcReqBody {
        options: bits(CANONICALIZE)?,
        realm: wanted.realm.clone(),
        server: wanted.name.clone(),
        till,
        nonce,
        etypes: Etype::ALL.map(Etype::number).to_vec(),
    };
    let key = &granting.key;
    let sum = octets(key.at(BODY).sign(&[&plain(&body)?]))?;
    let (time, micros) = stamp(clock.now())?;
    let authenticator = Authenticator {
        version: VERSION,
        realm: granting.client.realm.clone(),
        client: granting.client.name.clone(),
        checksum: Some(Checksum { kind: key.etype().checksum(), sum }),
        micros,
        time,
        subkey: None,
        number: None,
    };
    let authenticator = tagged(number::AUTHENTICATOR, authenticator)?;
    let proof = ApReq {
        version: VERSION,
        number: number::AP_REQ,
        options: bits([0; 4])?,
        ticket: granting.ticket.clone(),
        authenticator: Encrypted::by(key, AUTHENTICATOR, &authenticator)?,
    };
    let value = octets(tagged(number::AP_REQ, proof)?)?;
    let padata = vec![PaData { kind: PA_TGS_REQ, value }];
    tagged(number::TGS_REQ, KdcReq { version: VERSION, number: number::TGS_REQ, padata, body })
}

/// The ticket in an answer that is really one to the question.
pub(super) fn understood(answer: &[u8], granting: &Ticket, nonce: u32) -> Result<Ticket> {
    let answer: KdcRep =
        untagged(number::TGS_REP, answer).ok_or_else(|| nonsense("its answer cannot be understood"))?;
    let part = answer.part.opened(&granting.key, ANSWER);
    let part = part.ok_or_else(|| nonsense("it does not know the key of the ticket that was sent to it"))?;
    // Some say that it is the answer to a password.
    let part = untagged(number::ENC_TGS_REP_PART, &part).or_else(|| untagged(number::ENC_AS_REP_PART, &part));
    let part: EncKdcRepPart = part.ok_or_else(|| nonsense("its answer cannot be understood"))?;
    let client = Principal { realm: answer.client_realm, name: answer.client };
    let is_sound = (answer.version, answer.number) == (VERSION, number::TGS_REP);
    if !is_sound
        || part.nonce != i64::from(nonce)
        || client.name.parts != granting.client.name.parts
        || client.realm != granting.client.realm
    {
        return Err(nonsense("its answer is not to what was asked"));
    }
    Ok(Ticket {
        client: granting.client.clone(),
        server: Principal { realm: part.server_realm, name: part.server },
        key: part.key.key()?,
        end: part.end.to_unix_duration().as_secs(),
        ticket: answer.ticket,
    })
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use der::Decode;
    use der::asn1::{Any, BitString, OctetString};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use zeroize::Zeroizing;

    use super::super::crypto::Key;
    use super::super::messages::EncryptionKey;
    use super::*;
    use crate::error::ErrorKind;

    const CLOCK: Clock = Clock { offset: 0 };

    fn key(fill: u8) -> Key {
        Key::new(18, Zeroizing::new(vec![fill; 32])).unwrap()
    }

    fn text(text: &str) -> Text {
        Text::new(text)
    }

    fn granting() -> Ticket {
        let name = super::super::messages::Name { kind: 1, parts: vec![text("alice")] };
        Ticket {
            client: Principal { realm: text("R"), name },
            server: Principal::granting(&text("R"), &text("R")),
            key: key(1),
            end: 4_000_000_000,
            ticket: Any::from_der(&[0x61, 1, 5]).unwrap(),
        }
    }

    /// What an honest KDC says, but for what is changed.
    fn answer(with: &Key, change: impl FnOnce(&mut KdcRep, &mut EncKdcRepPart)) -> Vec<u8> {
        let never = |seconds| GeneralizedTime::from_unix_duration(Duration::from_secs(seconds)).unwrap();
        let mut part = EncKdcRepPart {
            key: EncryptionKey::of(&key(2)),
            last_requests: Any::from_der(&[0x30, 0]).unwrap(),
            nonce: 7,
            key_expiration: None,
            flags: BitString::from_bytes(&[0; 4]).unwrap(),
            authenticated: never(1),
            start: None,
            end: never(3_999_999_999),
            renew_till: None,
            server_realm: text("R"),
            server: Principal::service("libvirt", "host", &text("R")).name,
            addresses: None,
            encrypted_padata: None,
        };
        let mut reply = KdcRep {
            version: VERSION,
            number: number::TGS_REP,
            padata: None,
            client_realm: text("R"),
            client: granting().client.name,
            ticket: Any::from_der(&[0x61, 1, 6]).unwrap(),
            part: Encrypted { etype: 0, version: None, sealed: OctetString::new([]).unwrap() },
        };
        change(&mut reply, &mut part);
        let part = tagged(number::ENC_TGS_REP_PART, part).unwrap();
        reply.part = Encrypted::by(with, ANSWER, &part).unwrap();
        tagged(number::TGS_REP, reply).unwrap()
    }

    #[test]
    fn an_honest_answer_is_a_ticket() {
        let ticket = understood(&answer(&key(1), |_, _| ()), &granting(), 7).unwrap();
        assert_eq!((ticket.server.to_string().as_str(), ticket.end), ("libvirt/host@R", 3_999_999_999));
        assert_eq!(ticket.key.bytes(), key(2).bytes());
        assert_eq!(ticket.ticket.value(), [6]);
    }

    #[test]
    fn an_answer_to_something_else_or_by_someone_else_is_none() {
        let honest = answer(&key(1), |_, _| ());
        let wrong = [
            answer(&key(9), |_, _| ()),
            answer(&key(1), |_, part| part.nonce = 8),
            answer(&key(1), |reply, _| reply.version = 4),
            answer(&key(1), |reply, _| reply.number = 11),
            answer(&key(1), |reply, _| reply.client_realm = text("S")),
            answer(&key(1), |reply, _| reply.client.parts = vec![text("mallory")]),
            answer(&key(1), |_, part| part.key.etype = 99),
            [&honest[..], b"x"].concat(),
            Vec::new(),
        ];
        for (at, wrong) in wrong.iter().enumerate() {
            assert!(understood(wrong, &granting(), 7).is_err(), "{at}");
        }
        for cut in 0..honest.len() {
            assert_eq!(understood(&honest[..cut], &granting(), 7).unwrap_err().kind(), ErrorKind::Protocol);
        }
    }

    /// What comes of asking R's KDC for libvirt's ticket, which answers honestly but for what is changed.
    async fn asked(change: fn(&mut EncKdcRepPart)) -> Result<Ticket> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut config = Config::default();
        config.add(&format!("[realms]\nR = {{\nkdc = 127.0.0.1:{port}\n}}\n"), 0).unwrap();
        let answering = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut question = vec![0; stream.read_u32().await.unwrap() as usize];
            stream.read_exact(&mut question).await.unwrap();
            let asked: KdcReq = untagged(number::TGS_REQ, &question).unwrap();
            let answer = answer(&key(1), |_, part| {
                part.nonce = asked.body.nonce.into();
                change(part);
            });
            stream.write_u32(answer.len().try_into().unwrap()).await.unwrap();
            stream.write_all(&answer).await.unwrap();
        };
        let (granting, realm) = (granting(), text("R"));
        let wanted = Principal::service("libvirt", "host", &realm);
        tokio::join!(ask(&config, &granting, &wanted, &realm, CLOCK), answering).0
    }

    #[tokio::test]
    async fn a_ticket_is_the_wanted_one_or_leads_to_another_realm() {
        assert_eq!(asked(|_| ()).await.unwrap().server.to_string(), "libvirt/host@R");
        let referral: fn(&mut EncKdcRepPart) =
            |part| part.server = Principal::granting(&text("S"), &text("R")).name;
        assert_eq!(asked(referral).await.unwrap().server.to_string(), "krbtgt/S@R");
        let wrong: [fn(&mut EncKdcRepPart); 4] = [
            |part| part.server.parts = vec![text("libvirt"), text("other")],
            |part| part.server = Principal::granting(&text("R"), &text("R")).name,
            |part| part.server_realm = text("S"),
            |part| part.end = GeneralizedTime::from_unix_duration(Duration::from_secs(1)).unwrap(),
        ];
        for (at, wrong) in wrong.into_iter().enumerate() {
            assert_eq!(asked(wrong).await.unwrap_err().kind(), ErrorKind::Protocol, "{at}");
        }
    }

    #[test]
    fn a_question_carries_the_proof_and_what_is_wanted() {
        let wanted = Principal::service("libvirt", "host", &text("R"));
        let asked = question(&granting(), &wanted, 7, CLOCK).unwrap();
        let asked: KdcReq = untagged(number::TGS_REQ, &asked).unwrap();
        assert_eq!((asked.body.nonce, asked.body.realm.to_string().as_str()), (7, "R"));
        assert_eq!(asked.body.etypes, [20, 18, 19, 17]);
        let proof: ApReq = untagged(number::AP_REQ, asked.padata[0].value.as_bytes()).unwrap();
        let authenticator = proof.authenticator.opened(&key(1), AUTHENTICATOR).unwrap();
        let authenticator: Authenticator = untagged(number::AUTHENTICATOR, &authenticator).unwrap();
        let checksum = authenticator.checksum.unwrap();
        assert!(key(1).at(BODY).is_signed(&[&plain(&asked.body).unwrap()], checksum.sum.as_bytes()));
        assert_eq!(authenticator.client, granting().client.name);
    }

    #[test]
    fn the_way_to_a_realm_that_is_said_is_asked_for_until_it_is_reached() {
        let asked =
            |target: Option<&str>, here| next(target.map(text).as_ref(), &text(here), "h").to_string();
        assert_eq!(asked(Some("C"), "A"), "krbtgt/C@A");
        assert_eq!(asked(Some("C"), "B"), "krbtgt/C@B");
        assert_eq!(asked(Some("C"), "C"), "libvirt/h@C");
        assert_eq!(asked(None, "A"), "libvirt/h@A");
    }

    #[test]
    fn the_clock_is_that_of_the_tickets() {
        let here = CLOCK.now();
        let there = Clock { offset: -3_600_000_000 }.now();
        assert!((Duration::from_secs(3599)..=Duration::from_secs(3600)).contains(&(here - there)));
    }
}
