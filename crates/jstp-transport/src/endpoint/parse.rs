//! Addresses written as text.

use super::{Endpoint, HostPort, Place};
use crate::Scheme;

/// `Err`: what is wrong with the text.
pub(super) fn parse(text: &str) -> Result<Endpoint, &'static str> {
    if ["/", "./", "../"]
        .iter()
        .any(|start| text.starts_with(start))
    {
        return Endpoint::unix(text.as_ref());
    }
    if let Some(path) = text
        .strip_prefix("unix:")
        .or_else(|| text.strip_prefix("ipc:"))
    {
        return Endpoint::unix(path.strip_prefix("//").unwrap_or(path).as_ref());
    }
    match Scheme::split(text) {
        Some((scheme, rest)) => url(scheme, rest).map(Endpoint::Host),
        None if text.contains("://") => {
            Err("only `jstp:`, `jstps:`, `ws:`, `wss:`, `ipc:` and `unix:` are known here")
        }
        None => Ok(Endpoint::Host(HostPort::new(place(text, None)?, None))),
    }
}

/// What stands behind the scheme of a URL.
fn url(scheme: Scheme, rest: &str) -> Result<HostPort, &'static str> {
    scheme.check()?;
    let (authority, path) = match rest.find(['/', '?']) {
        Some(at) if scheme.has_websocket() => rest.split_at(at),
        _ => (rest.strip_suffix('/').unwrap_or(rest), "/"),
    };
    if !path
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'#')
    {
        return Err("a path consists of visible ASCII characters other than `#`");
    }
    let mut host = HostPort::new(place(authority, scheme.default_port())?, Some(scheme));
    host.path = match path.strip_prefix('?') {
        Some(_) => format!("/{path}"),
        None => path.to_owned(),
    };
    Ok(host)
}

/// A host and its port, which may be left out where there is a default.
fn place(text: &str, default_port: Option<u16>) -> Result<Place, &'static str> {
    if text.contains(['/', '@', '?', '#']) {
        return Err("only a host and a port are expected");
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let host = match host.strip_prefix('[') {
        Some(rest) => rest
            .strip_suffix(']')
            .ok_or("the closing bracket is missing")?,
        None if host.contains(':') => return Err("an IPv6 address is written in brackets"),
        None => host,
    };
    let port = match port {
        Some(port) => port_number(port).ok_or("the port is not a number up to 65535"),
        None => default_port.ok_or("the port is missing"),
    };
    if host.is_empty() {
        return Err(port.err().unwrap_or("the host is missing"));
    }
    if host.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err("a host has no spaces or control characters");
    }
    Ok(Place::Name(host.to_owned(), port?))
}

fn port_number(text: &str) -> Option<u16> {
    // `parse` would take a plus sign.
    text.parse().ok().filter(|_| !text.starts_with('+'))
}
