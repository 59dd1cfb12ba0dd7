//! Who we are to a registry: what a user said or Docker knows, and what a registry asks for.

use std::env;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use ct_codecs::{Base64, Encoder};
use directories::BaseDirs;
use docker_credential::{CredentialRetrievalError as Refused, DockerCredential};

use crate::cli;
use crate::terminal::visible;

/// What proves to a registry who we are.
pub enum Login {
    /// A name and a password.
    Password(String, String),
    /// What a login with Docker left, to get further tokens with.
    Identity(String),
}

impl Login {
    /// What the command line says; none if it says nothing.
    ///
    /// # Errors
    ///
    /// If the password cannot be read.
    pub fn given(args: &cli::Registry) -> Result<Option<Self>, String> {
        let Some(name) = &args.username else { return Ok(None) };
        let mut password = String::new();
        let read = io::stdin().take(64 << 10).read_to_string(&mut password);
        read.map_err(|error| format!("the password cannot be read from standard input: {error}"))?;
        let password = password.trim_end_matches(['\r', '\n']).to_owned();
        Ok(Some(Self::Password(name.clone(), password)))
    }

    /// What Docker's configuration or one of its helpers knows of a registry; none if they know nothing.
    ///
    /// # Errors
    ///
    /// If the configuration cannot be read, or a helper fails.
    pub fn known(host: &str) -> Result<Option<Self>, String> {
        let Some(file) = docker_config() else { return Ok(None) };
        let Ok(opened) = File::open(&file) else { return Ok(None) };
        // Docker's own registry is known by an address.
        let server = if host == "docker.io" { "https://index.docker.io/v1/" } else { host };
        match docker_credential::get_credential_from_reader(opened, server) {
            Ok(DockerCredential::UsernamePassword(name, password)) => {
                Ok(Some(Self::Password(name, password)))
            }
            Ok(DockerCredential::IdentityToken(token)) => Ok(Some(Self::Identity(token))),
            Err(Refused::NoCredentialConfigured) => Ok(None),
            // So helpers say that they know nothing.
            Err(Refused::HelperFailure { stdout, .. }) if stdout.contains("credentials not found") => {
                Ok(None)
            }
            Err(error) => Err(format!(
                "the login for {host} cannot be taken from {}: {}; log in anew with `docker login {host}`, or name --username and \
                 --password-stdin",
                file.display(),
                // What a helper printed may hold the secret.
                match error {
                    Refused::HelperFailure { helper, .. } => format!("{} failed", visible(&helper)),
                    error => visible(&error.to_string()),
                }
            )),
        }
    }

    /// What is sent to who asks for a name and a password; none of one that is no such thing.
    pub fn basic(&self) -> Option<String> {
        let Self::Password(name, password) = self else { return None };
        let encoded = Base64::encode_to_string(format!("{name}:{password}")).ok()?;
        Some(format!("Basic {encoded}"))
    }
}

fn docker_config() -> Option<PathBuf> {
    let folder = env::var_os("DOCKER_CONFIG").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let folder = folder.or_else(|| Some(BaseDirs::new()?.home_dir().join(".docker")))?;
    Some(folder.join("config.json"))
}

/// What a registry asks for before it answers.
#[derive(Debug, PartialEq, Eq)]
pub enum Challenge {
    /// A name and a password.
    Basic,
    /// A token, and who gives it for what.
    Bearer {
        /// The address that gives tokens.
        realm: String,
        /// What the registry is called there.
        service: Option<String>,
        /// What is to be allowed.
        scope: Option<String>,
    },
}

impl Challenge {
    /// Reads one `WWW-Authenticate`; none of a kind that is not known.
    pub fn read(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let parameters = parameters(rest);
        let named = |name: &str| {
            let found = parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone())
        };
        Some(Self::Bearer { realm: named("realm")?, service: named("service"), scope: named("scope") })
    }
}

/// `key=value, key="value with, commas"`
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((key, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let mut value = String::new();
        let end = if after.starts_with('"') {
            let mut escaped = false;
            let close = after.char_indices().skip(1).find(|(_, letter)| {
                let is_end = *letter == '"' && !escaped;
                let begins = *letter == '\\' && !escaped;
                if !is_end && !begins {
                    value.push(*letter);
                }
                escaped = begins;
                is_end
            });
            close.map_or(after.len(), |(at, _)| at + 1)
        } else {
            let end = after.find(',').unwrap_or(after.len());
            value.push_str(after[..end].trim());
            end
        };
        found.push((key.trim_matches([',', ' ']).to_owned(), value));
        rest = after[end..].split_once(',').map_or("", |(_, rest)| rest);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read_as_registries_write_them() {
        let bearer = |realm: &str, service: Option<&str>, scope: Option<&str>| {
            let [service, scope] = [service, scope].map(|part| part.map(str::to_owned));
            Some(Challenge::Bearer { realm: realm.to_owned(), service, scope })
        };
        assert_eq!(
            Challenge::read(
                r#"Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:a/b:pull,push""#
            ),
            bearer("https://ghcr.io/token", Some("ghcr.io"), Some("repository:a/b:pull,push"))
        );
        assert_eq!(
            Challenge::read(r#"bearer  service=a , realm="https://a/\"b\"" "#),
            bearer("https://a/\"b\"", Some("a"), None)
        );
        assert_eq!(Challenge::read(r#"Bearer service="a""#), None);
        assert_eq!(Challenge::read(r#"Bearer realm="never ends"#), bearer("never ends", None, None));
        assert_eq!(Challenge::read(r#"Basic realm="Registry Realm""#), Some(Challenge::Basic));
        assert_eq!(Challenge::read("Negotiate"), None);
    }
}
