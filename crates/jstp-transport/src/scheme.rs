use std::fmt;

/// What is spoken over a TCP connection.
///
/// A text address names it (`"wss://host:port"`); one without a scheme means what
/// [`TransportOptions::scheme`](crate::TransportOptions::scheme) says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// `jstp://`: nothing but JSTP.
    #[default]
    Tcp,
    /// `jstps://`: TLS. Needs the feature `tls`.
    Tls,
    /// `ws://`: WebSocket. Needs the feature `ws`.
    Ws,
    /// `wss://`: WebSocket over TLS. Needs the features `tls` and `ws`.
    Wss,
}

impl Scheme {
    /// The scheme as it stands in a URL, without `://`.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Tcp => "jstp",
            Scheme::Tls => "jstps",
            Scheme::Ws => "ws",
            Scheme::Wss => "wss",
        }
    }

    /// The scheme that a URL begins with, in capitals or not, and what stands behind it.
    pub(crate) fn split(url: &str) -> Option<(Scheme, &str)> {
        let (name, rest) = url.split_once("://")?;
        [Scheme::Tcp, Scheme::Tls, Scheme::Ws, Scheme::Wss]
            .into_iter()
            .find(|scheme| scheme.as_str().eq_ignore_ascii_case(name))
            .map(|scheme| (scheme, rest))
    }

    pub(crate) fn has_tls(self) -> bool {
        matches!(self, Scheme::Tls | Scheme::Wss)
    }

    pub(crate) fn has_websocket(self) -> bool {
        matches!(self, Scheme::Ws | Scheme::Wss)
    }

    /// The port of a URL that names none. JSTP by itself has none.
    pub(crate) fn default_port(self) -> Option<u16> {
        match self {
            Scheme::Tcp | Scheme::Tls => None,
            Scheme::Ws => Some(80),
            Scheme::Wss => Some(443),
        }
    }

    /// `Err`: why it cannot be spoken by this build.
    pub(crate) fn check(self) -> Result<(), &'static str> {
        if self.has_tls() && !cfg!(feature = "tls") {
            return Err("this build has no TLS (feature `tls`)");
        }
        if self.has_websocket() && !cfg!(feature = "ws") {
            return Err("this build has no WebSocket (feature `ws`)");
        }
        Ok(())
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_may_be_in_capitals() {
        assert_eq!(Scheme::split("WS://a"), Some((Scheme::Ws, "a")));
        assert_eq!(Scheme::split("Jstps://b:1"), Some((Scheme::Tls, "b:1")));
        assert_eq!(Scheme::split("http://a"), None);
    }
}
