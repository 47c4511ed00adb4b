//! What a client's request says besides what WebSocket needs.

use std::fmt;

use tungstenite::http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};

use crate::Error;

/// Further headers of the request by which a client asks for the upgrade, such as `Authorization`, `Cookie`
/// or `Origin`, for web servers that want to see them. They are sent at every attempt to connect.
///
/// ```
/// use jstp_transport::{TransportOptions, ws::UpgradeHeaders};
///
/// let headers = UpgradeHeaders::new().with("Authorization", "Bearer abc")?;
/// let options = TransportOptions::default().with_upgrade_headers(headers);
/// # Ok::<(), jstp_transport::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct UpgradeHeaders(HeaderMap);

impl UpgradeHeaders {
    /// None.
    pub fn new() -> UpgradeHeaders {
        UpgradeHeaders::default()
    }

    /// Adds a header; one of the same name stays.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidHeader`] when the name is none, or belongs to the upgrade itself, or the value has
    /// other characters than the visible ones of ASCII, spaces and tabs, or there are tens of thousands already.
    pub fn with(mut self, name: &str, value: &str) -> Result<UpgradeHeaders, Error> {
        let refused = |reason| Error::InvalidHeader {
            name: name.to_owned(),
            reason,
        };
        let parsed = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| refused("it is no name of a header"))?;
        if is_reserved(&parsed) {
            return Err(refused(
                "the upgrade to WebSocket sets it, or cannot have it",
            ));
        }
        let value = HeaderValue::from_str(value)
            .ok()
            .filter(|_| value.is_ascii())
            .ok_or_else(|| refused("its value has characters that no header may have"))?;
        self.0
            .try_append(parsed, value)
            .map_err(|_| refused("there are too many others"))?;
        Ok(self)
    }

    /// The lines of the request.
    pub(super) fn lines(&self) -> Vec<u8> {
        let mut lines = Vec::new();
        for (name, value) in &self.0 {
            lines.extend_from_slice(name.as_str().as_bytes());
            lines.extend_from_slice(b": ");
            lines.extend_from_slice(value.as_bytes());
            lines.extend_from_slice(b"\r\n");
        }
        lines
    }
}

fn is_reserved(name: &HeaderName) -> bool {
    let reserved = [
        HOST,
        CONNECTION,
        UPGRADE,
        CONTENT_LENGTH,
        TRANSFER_ENCODING,
        TE,
        TRAILER,
        EXPECT,
    ];
    name.as_str().starts_with("sec-websocket-") || reserved.contains(name)
}

/// Hides the values, which may be credentials.
impl fmt::Debug for UpgradeHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_headers_are_refused() {
        let add = |headers: UpgradeHeaders, number: u32| headers.with(&format!("x-{number}"), "y");
        let refused = (0..40_000).try_fold(UpgradeHeaders::new(), add);
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("too many"), "{refused}");
    }

    #[test]
    fn headers_are_checked_before_anything_is_sent() {
        for (name, value, expected) in [
            ("", "x", "no name of a header"),
            ("a b", "x", "no name of a header"),
            ("a:", "x", "no name of a header"),
            ("a\r\nb", "x", "no name of a header"),
            ("Host", "x", "the upgrade"),
            ("upgrade", "x", "the upgrade"),
            ("Sec-WebSocket-Protocol", "x", "the upgrade"),
            ("Content-Length", "5", "the upgrade"),
            ("Cookie", "a\r\nb: c", "characters"),
            ("Cookie", "ж", "characters"),
            ("Cookie", "\0", "characters"),
        ] {
            let error = UpgradeHeaders::new().with(name, value).unwrap_err();
            assert!(error.to_string().contains(expected), "{name}: {error}");
            assert!(!error.to_string().contains(value) || value == "x" || value == "5");
        }
        let headers = UpgradeHeaders::new()
            .with("Cookie", "secret=1")
            .and_then(|headers| headers.with("X-Two", "a"))
            .and_then(|headers| headers.with("x-two", "b"))
            .unwrap();
        assert_eq!(
            headers.lines(),
            b"cookie: secret=1\r\nx-two: a\r\nx-two: b\r\n"
        );
        assert!(!format!("{headers:?}").contains("secret"));
    }
}
