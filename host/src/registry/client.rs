//! The few requests of the OCI distribution specification that plugins need. The other side is believed nothing: every answer is bounded in
//! bytes and in time, a login goes nowhere but to the registry and to who it names for tokens, and digests are compared by who asked.

use std::cell::RefCell;
use std::io::Read;
use std::thread;
use std::time::Duration;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use ureq::http::{Method, Request, Response, StatusCode, Uri, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, Proxy, Timeout};

use super::address::{is_loopback, origin, same_origin, without_query};
use super::authorities::authorities;
use super::busy;
use super::login::{Challenge, Login};
use crate::cli;
use crate::oci::{Blobs, INDEX, MANIFEST, MOST_BYTES, Reference};
use crate::source::hex;
use crate::terminal::visible;

/// How often an answer may lead on to another address.
const MOST_REDIRECTS: u8 = 5;
/// Seconds until a connection has to be there.
const CONNECT: u64 = 30;
/// Bytes of what is read of an answer that is no blob and no manifest.
const MOST_SAID: u64 = 64 << 10;

/// A registry, as far as one repository goes.
pub struct Client<'a> {
    agent: Agent,
    reference: &'a Reference,
    /// How addresses of the registry begin, as `https://ghcr.io`.
    origin: String,
    given: Option<&'a Login>,
    /// What was said of us last, once it was asked for.
    authorization: RefCell<Option<String>>,
    timeout: u32,
}

/// What is asked.
struct Ask<'a> {
    method: Method,
    url: String,
    accept: &'a str,
    /// The bytes that are brought, with their kind.
    body: Option<(&'a str, &'a [u8])>,
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

#[derive(Deserialize)]
struct Complaints {
    errors: Vec<Complaint>,
}

#[derive(Deserialize)]
struct Complaint {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl<'a> Client<'a> {
    /// Makes ready to speak to the registry of a reference, with the login that was given, or what Docker knows of; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// If a certificate cannot be read.
    pub fn new(
        reference: &'a Reference,
        args: &cli::Registry,
        given: Option<&'a Login>,
    ) -> Result<Self, String> {
        // Docker's own registry answers elsewhere.
        let host = if reference.host == "docker.io" { "registry-1.docker.io" } else { &reference.host };
        let is_here = is_loopback(host);
        let plain = args.plain_http || (is_here && args.ca_file.is_none());
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(u64::from(args.timeout))))
            .timeout_connect(Some(Duration::from_secs(CONNECT)))
            .user_agent(concat!("plimsoll/", env!("CARGO_PKG_VERSION")))
            .proxy(if is_here { None } else { Proxy::try_from_env() });
        if !plain {
            // That another part of the process chose before is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let roots = RootCerts::new_with_certs(&authorities(args)?);
            config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
        }
        Ok(Self {
            agent: config.build().new_agent(),
            reference,
            origin: format!("{}://{host}", if plain { "http" } else { "https" }),
            given,
            authorization: RefCell::new(None),
            timeout: args.timeout,
        })
    }

    /// The manifest that the reference leads to, and its SHA-256.
    ///
    /// # Errors
    ///
    /// If there is none, or it is not the one that was asked for.
    pub fn manifest(&self) -> Result<(String, Vec<u8>), String> {
        let Reference { tag, sha256, .. } = self.reference;
        let which = match (sha256, tag) {
            (Some(sha256), _) => format!("sha256:{sha256}"),
            (None, tag) => tag.clone().unwrap_or_default(),
        };
        // An index is asked for too, to be able to say that it is one.
        let accept = format!("{MANIFEST}, {INDEX}");
        let url = self.url(&format!("manifests/{which}"));
        let answer = self.ask(&Ask { method: Method::GET, url, accept: &accept, body: None })?;
        let mut answer = self.expected(answer, &[StatusCode::OK], "has no such plugin to give")?;
        let kind = said_kind(&answer);
        if !kind.is_empty() && kind != MANIFEST {
            let kind = visible(&kind);
            return Err(self.wrong(&format!("it is `{kind}`, and a plugin is `{MANIFEST}`")));
        }
        let bytes = self.bytes(&mut answer, MOST_BYTES)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(self.wrong(&format!("the manifest has more than the {MOST_BYTES} bytes allowed")));
        }
        let has = hex(&Sha256::digest(&bytes));
        let told = answer
            .headers()
            .get("docker-content-digest")
            .map(|told| String::from_utf8_lossy(told.as_bytes()).into_owned());
        let wanted = sha256.as_ref().map(|sha256| format!("sha256:{sha256}"));
        for wanted in wanted.into_iter().chain(told) {
            if wanted != format!("sha256:{has}") {
                let wanted = visible(&wanted);
                return Err(self.wrong(&format!(
                    "what came is another manifest: its digest is sha256:{has}, and should be {wanted}; {}",
                    self.cure()
                )));
            }
        }
        Ok((has, bytes))
    }

    /// Brings a blob, unless it is there.
    ///
    /// # Errors
    ///
    /// If the registry does not take it.
    pub fn bring(&self, digest: &str, bytes: &[u8]) -> Result<(), String> {
        let ask = |method, url, body| self.ask(&Ask { method, url, accept: "*/*", body });
        if ask(Method::HEAD, self.url(&format!("blobs/{digest}")), None)?.status() == StatusCode::OK {
            return Ok(());
        }
        const BYTES: &str = "application/octet-stream";
        let begun = ask(Method::POST, self.url("blobs/uploads/"), Some((BYTES, &[])))?;
        let begun = self.expected(begun, &[StatusCode::ACCEPTED], "takes no upload")?;
        let place = self.led(&self.url("blobs/uploads/"), &begun)?;
        if !same_origin(&place, &self.origin) {
            let place = visible(&place);
            return Err(self.wrong(&format!(
                "the upload should go to {place}, which is elsewhere; nothing was sent there"
            )));
        }
        let digest = digest.replace(':', "%3A");
        let sign = if place.contains('?') { '&' } else { '?' };
        let done = ask(Method::PUT, format!("{place}{sign}digest={digest}"), Some((BYTES, bytes)))?;
        self.expected(done, &[StatusCode::CREATED], "did not take the upload").map(drop)
    }

    /// Brings a manifest, and lets a tag lead to it.
    ///
    /// # Errors
    ///
    /// As [`Client::bring`].
    pub fn bring_manifest(&self, tag: &str, digest: &str, bytes: &[u8]) -> Result<(), String> {
        let url = self.url(&format!("manifests/{tag}"));
        let done =
            self.ask(&Ask { method: Method::PUT, url, accept: "*/*", body: Some((MANIFEST, bytes)) })?;
        let done = self.expected(done, &[StatusCode::CREATED], "did not take the manifest")?;
        match done.headers().get("docker-content-digest") {
            Some(has) if has.as_bytes() != digest.as_bytes() => {
                let has = String::from_utf8_lossy(has.as_bytes()).into_owned();
                let has = visible(&has);
                Err(self.wrong(&format!("it says that it keeps {has}, and {digest} was sent")))
            }
            _ => Ok(()),
        }
    }

    /// Asks the registry, and says who we are if it wants to know. Where an answer leads to another address, that is asked, without a word
    /// of who we are if it is elsewhere.
    fn ask(&self, ask: &Ask<'_>) -> Result<Response<Body>, String> {
        let mut answer = self.send(ask, &ask.url, self.authorization.borrow().as_deref())?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            let fresh = self.authorized(&answer)?;
            answer = self.send(ask, &ask.url, Some(&fresh))?;
            *self.authorization.borrow_mut() = Some(fresh);
        }
        let mut url = ask.url.clone();
        let mut redirects = 0;
        while answer.status().is_redirection() && ask.method == Method::GET {
            redirects += 1;
            if redirects > MOST_REDIRECTS {
                return Err(self.wrong(&format!(
                    "it led on more than {MOST_REDIRECTS} times, at last from {}",
                    visible(without_query(&url))
                )));
            }
            url = self.led(&url, &answer)?;
            let ours = same_origin(&url, &self.origin);
            let authorization = self.authorization.borrow().clone().filter(|_| ours);
            answer = self.send(ask, &url, authorization.as_deref())?;
        }
        Ok(answer)
    }

    /// Sends a request, again where the other side is busy: none does more when it is sent twice.
    fn send(&self, ask: &Ask<'_>, url: &str, authorization: Option<&str>) -> Result<Response<Body>, String> {
        let mut tries = 1;
        loop {
            let answer = self.send_once(ask, url, authorization)?;
            let Some(pause) = busy::pause(&answer, tries) else { return Ok(answer) };
            thread::sleep(pause);
            tries += 1;
        }
    }

    fn send_once(
        &self,
        ask: &Ask<'_>,
        url: &str,
        authorization: Option<&str>,
    ) -> Result<Response<Body>, String> {
        let mut request = Request::builder().method(&ask.method).uri(url).header(header::ACCEPT, ask.accept);
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let sent = match ask.body {
            None => request.body(()).map(|request| self.agent.run(request)),
            Some((kind, bytes)) => {
                request.header(header::CONTENT_TYPE, kind).body(bytes).map(|request| self.agent.run(request))
            }
        };
        let sent = sent.map_err(|error| self.wrong(&format!("{} is no address: {error}", visible(url))))?;
        sent.map_err(|error| self.wrong(&format!("{}: {}", visible(without_query(url)), self.cause(&error))))
    }

    /// What to say of who we are, after a registry asked.
    fn authorized(&self, asked: &Response<Body>) -> Result<String, String> {
        let challenges = asked.headers().get_all(header::WWW_AUTHENTICATE).iter();
        let mut challenges: Vec<Challenge> =
            challenges.filter_map(|text| Challenge::read(text.to_str().ok()?)).collect();
        // A token goes to the registry only, and for a while.
        challenges.sort_by_key(|challenge| *challenge == Challenge::Basic);
        let known;
        let login = match self.given {
            Some(login) => Some(login),
            None => {
                known = Login::known(&self.reference.host)?;
                known.as_ref()
            }
        };
        match challenges.into_iter().next() {
            None => Err(self.wrong("it wants to know who we are, and does not say how to tell")),
            Some(Challenge::Basic) => login.and_then(Login::basic).ok_or_else(|| {
                let host = &self.reference.host;
                self.wrong(&format!(
                    "it wants a login; run `docker login {host}`, or name --username and --password-stdin"
                ))
            }),
            Some(Challenge::Bearer { realm, service, scope }) => {
                let token = self.token(&realm, service.as_deref(), scope.as_deref(), login)?;
                Ok(format!("Bearer {token}"))
            }
        }
    }

    /// Gets a token, with a login or, where there is none, for everybody.
    fn token(
        &self,
        realm: &str,
        service: Option<&str>,
        scope: Option<&str>,
        login: Option<&Login>,
    ) -> Result<String, String> {
        let shown = visible(without_query(realm));
        let from = |what: &str| self.wrong(&format!("{shown}, which gives its tokens, {what}"));
        let uri: Uri = realm.parse().map_err(|_| from("is no address"))?;
        let secure = uri.scheme_str() == Some("https") || self.origin.starts_with("http:");
        if uri.host().is_none() || !secure {
            return Err(from("is no address with TLS"));
        }
        let parts = [("service", service), ("scope", scope)];
        let parts = parts.into_iter().filter_map(|(key, value)| Some((key, value?)));
        let sent = match login {
            Some(Login::Identity(identity)) => {
                let further =
                    [("grant_type", "refresh_token"), ("client_id", "plimsoll"), ("refresh_token", identity)];
                self.agent.post(realm).send_form(parts.chain(further))
            }
            _ => {
                let mut request = self.agent.get(realm);
                for (key, value) in parts {
                    request = request.query(key, value);
                }
                if let Some(basic) = login.and_then(Login::basic) {
                    request = request.header(header::AUTHORIZATION, basic);
                }
                request.call()
            }
        };
        let mut answer = sent.map_err(|error| from(&format!("does not answer: {}", self.cause(&error))))?;
        let status = answer.status();
        let said = self.bytes(&mut answer, MOST_SAID)?;
        if status != StatusCode::OK {
            let why = complaint(&said);
            let cure = match login {
                Some(_) => "the login may be wrong",
                None => "it may want a login: `docker login`, or --username and --password-stdin",
            };
            return Err(from(&format!("gives none: {status}{why}; {cure}")));
        }
        let token: Option<Token> = serde_json::from_slice(&said).ok();
        let token = token.and_then(|token| token.token.or(token.access_token));
        token.ok_or_else(|| from("answers with something else"))
    }

    /// Where an answer leads to.
    fn led(&self, from: &str, answer: &Response<Body>) -> Result<String, String> {
        let to = answer.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default();
        let absolute = match to {
            to if to.starts_with("//") => String::new(),
            to if to.starts_with('/') => format!("{}{to}", origin(from).unwrap_or_default()),
            to => to.to_owned(),
        };
        let secure = origin(&absolute).is_some_and(|origin| origin.starts_with("https:"));
        if origin(&absolute).is_none() || (from.starts_with("https:") && !secure) {
            let (from, to) = (visible(without_query(from)), visible(without_query(to)));
            return Err(self.wrong(&format!("{from} leads to `{to}`, which is no address to go on to")));
        }
        Ok(absolute)
    }

    /// An answer with a status that is right, or what the registry says is wrong.
    fn expected(
        &self,
        mut answer: Response<Body>,
        right: &[StatusCode],
        otherwise: &str,
    ) -> Result<Response<Body>, String> {
        let status = answer.status();
        if right.contains(&status) {
            return Ok(answer);
        }
        let said = self.bytes(&mut answer, MOST_SAID).unwrap_or_default();
        let cure = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                "; the login may be wrong, or may not do this"
            }
            status if busy::is_busy(status) => {
                let wish = busy::wish(&answer).map(|wish| format!(" in {wish} seconds")).unwrap_or_default();
                return Err(self.wrong(&format!("the registry is busy: {status}; try again{wish}")));
            }
            _ => "",
        };
        Err(self.wrong(&format!("the registry {otherwise}: {status}{}{cure}", complaint(&said))))
    }

    /// The bytes of an answer, and one more than `most` if there are more.
    fn bytes(&self, answer: &mut Response<Body>, most: u64) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let read = answer.body_mut().as_reader().take(most + 1).read_to_end(&mut bytes);
        read.map_err(|error| self.wrong(&format!("the answer broke off: {}", self.cause(&error.into()))))?;
        Ok(bytes)
    }

    fn cause(&self, error: &ureq::Error) -> String {
        match error {
            ureq::Error::Timeout(Timeout::Connect) => {
                format!("there was no connection after {CONNECT} seconds")
            }
            ureq::Error::Timeout(_) => {
                format!("it took longer than {} seconds; --timeout gives more", self.timeout)
            }
            error => visible(&error.to_string()),
        }
    }

    fn url(&self, what: &str) -> String {
        format!("{}/v2/{}/{what}", self.origin, self.reference.repository)
    }

    fn wrong(&self, what: &str) -> String {
        format!("{}: {what}", self.reference)
    }
}

impl Blobs for Client<'_> {
    fn title(&self, sha256: &str) -> String {
        self.url(&format!("blobs/sha256:{sha256}"))
    }

    fn read(&self, sha256: &str, size: u64) -> Result<Vec<u8>, String> {
        let ask = Ask { method: Method::GET, url: self.title(sha256), accept: "*/*", body: None };
        let mut answer = self.expected(self.ask(&ask)?, &[StatusCode::OK], "does not give a part of it")?;
        self.bytes(&mut answer, size)
    }

    fn cure(&self) -> &'static str {
        "nothing was written; the registry, or somebody on the way, is wrong"
    }
}

/// The kind that an answer says it is.
fn said_kind(answer: &Response<Body>) -> String {
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim().to_owned()
}

/// What a registry says is wrong, as far as it says so in the way that registries do.
fn complaint(said: &[u8]) -> String {
    let Ok(Complaints { errors }) = serde_json::from_slice(said) else { return String::new() };
    let told = errors.iter().map(|error| format!("{}: {}", error.code, error.message));
    let told: String = told.collect::<Vec<_>>().join(", ").chars().take(300).collect();
    if told.is_empty() { told } else { format!(" ({})", visible(&told)) }
}
