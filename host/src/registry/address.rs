//! Addresses of registries: what is of one, what is elsewhere, and what may be shown.

use std::net::IpAddr;

use ureq::http::Uri;

/// Scheme, host and port of an address; none if it is none, or names a user.
pub fn origin(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    let known = ["http", "https"].contains(&scheme) && !authority.as_str().contains('@');
    known.then(|| format!("{scheme}://{}", authority.as_str().to_ascii_lowercase()))
}

/// Whether an address is of the same scheme, host and port as another.
pub fn same_origin(url: &str, ours: &str) -> bool {
    let default = |origin: String| {
        let port = if origin.starts_with("https:") { ":443" } else { ":80" };
        origin.strip_suffix(port).map(str::to_owned).unwrap_or(origin)
    };
    origin(url).map(default) == origin(ours).map(default)
}

/// Addresses may carry secrets behind their `?`.
pub fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}

/// Whether a host, with or without a port, is this machine.
pub fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, _)) if !host.ends_with(']') => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_of_one_registry_if_scheme_host_and_port_are() {
        for (url, ours, same) in [
            ("https://ghcr.io/v2/a?b", "https://ghcr.io", true),
            ("https://GHCR.io:443/v2", "https://ghcr.io", true),
            ("http://localhost:80/", "http://localhost", true),
            ("http://ghcr.io/v2", "https://ghcr.io", false),
            ("https://ghcr.io:444/v2", "https://ghcr.io", false),
            ("https://ghcr.io.evil.example/v2", "https://ghcr.io", false),
            ("https://ghcr.io@evil.example/v2", "https://ghcr.io", false),
            ("/v2", "https://ghcr.io", false),
        ] {
            assert_eq!(same_origin(url, ours), same, "{url}");
        }
    }

    #[test]
    fn only_this_machine_is_this_machine() {
        for host in ["localhost", "localhost:5000", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:5000"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example", "127.0.0.1.example", "10.0.0.1:5000", "[::2]:5000", "ghcr.io"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
