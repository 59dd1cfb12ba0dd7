//! Who is believed to know who is who.

use std::fs;

use ureq::tls::{Certificate, PemItem, parse_pem};

use crate::cli;
use crate::terminal::shown;

/// The certificates of this machine (or of `SSL_CERT_FILE`), and those of the file that was named.
///
/// # Errors
///
/// If there are none, or the file holds anything else.
pub fn authorities(args: &cli::Registry) -> Result<Vec<Certificate<'static>>, String> {
    let found = rustls_native_certs::load_native_certs();
    let mut all: Vec<Certificate<'static>> =
        found.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
    if let Some(file) = &args.ca_file {
        let wrong = |why: &str| format!("the certificates in {} cannot be used: {why}", shown(file));
        let text = fs::read(file).map_err(|error| wrong(&error.to_string()))?;
        let before = all.len();
        for item in parse_pem(&text) {
            match item.map_err(|error| wrong(&error.to_string()))? {
                PemItem::Certificate(certificate) => all.push(certificate),
                _ => return Err(wrong("something else stands there too")),
            }
        }
        if all.len() == before {
            return Err(wrong("there are none"));
        }
    }
    if all.is_empty() {
        let why = found.errors.first().map(|error| format!(" ({error})")).unwrap_or_default();
        return Err(format!(
            "this machine has no certificate authorities{why}; name those to trust with --ca-file"
        ));
    }
    Ok(all)
}
