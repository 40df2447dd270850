//! TLS to a server, as libvirt speaks it: certificates both ways, and a byte by which the server lets a client in.

mod certificate;
mod explain;
mod files;
mod locations;
mod names;
mod priority;
mod provider;
mod refusal;
mod sanity;
mod usage;
mod verify;

use std::sync::{Arc, Mutex};

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::pki_types::{ServerName, TrustAnchor, UnixTime};
use tokio_rustls::rustls::sign::SingleCertAndKey;

use self::certificate::Certificate;
use self::explain::{Own, Scene};
use self::files::{Files, wrong};
use self::locations::Locations;
use self::priority::Priority;
use self::refusal::shown;
use self::verify::Verifier;
use super::{Route, tcp};
use crate::error::{Error, ErrorKind, Result};
use crate::step::step;
use crate::uri::Uri;

/// libvirt's port for TLS.
const PORT: u16 = 16514;

/// What the server sends once it has let a client in.
const LET_IN: u8 = 1;

/// Connects to the host of a URI; returns what should be told to the user, too. All files are read before anything is sent.
pub(super) async fn connect(route: &Route<'_>) -> Result<(TlsStream<TcpStream>, Vec<String>)> {
    let uri = route.uri;
    let host = if uri.host().is_empty() { "localhost" } else { uri.host() };
    let server = format!("{host} port {}", uri.port().unwrap_or(PORT));
    let locations = Locations::of(uri);
    let files = Files::read(&locations, !uri.flag("no_verify")?)?;
    let scene = Scene { server: &server, own: own(&files, &locations) };
    let priority = priority(route)?;
    let verifier = Arc::new(verifier(uri, host, &locations, &files, &priority)?);
    let config = config(&files, Arc::clone(&verifier), &priority)?;
    let name = server_name(host)?;

    let tcp = tcp::connect_to(route, PORT).await?;
    let handshake = async {
        let connecting = TlsConnector::from(Arc::new(config)).connect(name, tcp);
        connecting.await.map_err(|error| scene.handshake(&error))
    };
    let mut stream = step(&format!("the TLS handshake with {server}"), route.within, handshake).await?;
    let verdict = async {
        match stream.read_u8().await {
            Ok(LET_IN) => Ok(()),
            other => Err(scene.verdict(other)),
        }
    };
    step(&format!("waiting for {server} to let this client in"), route.within, verdict).await?;
    Ok((stream, verifier.take_warnings()))
}

fn own<'a>(files: &'a Files, at: &Locations) -> std::result::Result<Own, &'a str> {
    let own = files.own.as_ref().map_err(String::as_str)?;
    let own = own.cert.first().and_then(|der| Certificate::read(der).ok());
    let subject = own.as_ref().map(|own| own.subject.distinguished());
    Ok(Own {
        file: at.cert.display().to_string(),
        subject: shown(&subject.unwrap_or_default()),
        lacks_encipherment: own.is_some_and(|own| usage::lacks_encipherment(&own)),
    })
}

/// What the URI allows, else what libvirt.conf does, else all that there is.
fn priority(route: &Route<'_>) -> Result<Priority> {
    let text = route.uri.parameter("tls_priority").or(route.config.tls_priority.as_deref());
    text.map_or_else(|| Ok(Priority::default()), Priority::parse)
}

/// The CAs that servers are judged by. The certificates of this side are looked at, too, as far as the URI wants that.
fn anchors(uri: &Uri, at: &Locations, files: &Files, now: UnixTime) -> Result<Vec<TrustAnchor<'static>>> {
    if uri.flag("no_verify")? {
        return Ok(Vec::new());
    }
    let is_thorough = !uri.flag("no_sanity")?;
    let cas = sanity::usable_cas(files, at, now, is_thorough)?;
    let anchors =
        cas.into_iter().map(|ca| webpki::anchor_from_trusted_cert(ca).map(|anchor| anchor.to_owned()));
    let anchors: Vec<_> = anchors.collect::<std::result::Result<_, _>>().map_err(|error| {
        wrong(
            ErrorKind::Invalid,
            format!("a certificate in {} is damaged: {error}", at.ca.display()),
            "get it from the CA again",
        )
    })?;
    if is_thorough {
        sanity::check_own(files, &anchors, at, now)?;
    }
    Ok(anchors)
}

fn verifier(uri: &Uri, host: &str, at: &Locations, files: &Files, priority: &Priority) -> Result<Verifier> {
    let now = UnixTime::now();
    let anchors = anchors(uri, at, files, now)?;
    let crls = files.crls.iter().map(|crl| webpki::OwnedCertRevocationList::from_der(crl).map(Into::into));
    let algorithms = provider::provider().signature_verification_algorithms;
    Ok(Verifier {
        anchors,
        crls: crls.collect::<std::result::Result<_, _>>().map_err(|error| {
            wrong(
                ErrorKind::Invalid,
                format!("the revocation list {} cannot be used: {error}", at.crl.display()),
                "get it from the CA again, or remove the file if the CA makes none",
            )
        })?,
        host: host.to_owned(),
        ca: at.ca.display().to_string(),
        is_strict: !uri.flag("no_verify")?,
        schemes: priority.signatures(algorithms.supported_schemes()),
        algorithms,
        warnings: Mutex::new(sanity::outdated_lists(files, at, now)),
        rsa_bits: priority.rsa_bits,
    })
}

fn config(files: &Files, verifier: Arc<Verifier>, priority: &Priority) -> Result<ClientConfig> {
    let provider = Arc::new(priority.narrowed(provider::provider()));
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&priority.versions())
        .map_err(|error| Error::unsupported(format!("TLS cannot be set up: {error}")))?;
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    let mut config = match &files.own {
        Ok(own) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(own)))),
        Err(_) => builder.with_no_client_auth(),
    };
    // Each connection stands for itself.
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// The host as certificates name it: an address without its zone.
fn server_name(host: &str) -> Result<ServerName<'static>> {
    let name = host.split_once('%').map_or(host, |(address, _)| address);
    ServerName::try_from(name.to_owned()).map_err(|_| {
        wrong(
            ErrorKind::Invalid,
            format!("'{host}' is no name that a certificate can have"),
            "name the server by its DNS name (in its form 'xn--' where it has other letters than ASCII's) or its address",
        )
    })
}
