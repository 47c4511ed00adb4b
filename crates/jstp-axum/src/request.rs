//! A request that asks for JSTP.

use std::fmt;
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{HOST, ORIGIN, SEC_WEBSOCKET_VERSION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use jstp_server::Server;
use jstp_transport::{Accepted, Address, TransportOptions, ws};

/// Extracts a request for an upgrade to JSTP over WebSocket; [`serve_by`](Self::serve_by) does it.
///
/// For handlers that decide by more than [`route_with`](crate::route_with) is told, such as cookies:
///
/// ```
/// use axum::extract::State;
/// use axum::http::{HeaderMap, StatusCode, header};
/// use axum::response::{IntoResponse, Response};
/// use jstp_axum::JstpUpgrade;
/// use jstp_server::Server;
///
/// async fn jstp(State(server): State<Server>, headers: HeaderMap, upgrade: JstpUpgrade) -> Response {
///     if !upgrade.is_same_origin() || !headers.contains_key(header::COOKIE) {
///         return StatusCode::FORBIDDEN.into_response();
///     }
///     upgrade.serve_by(&server)
/// }
/// # let _: axum::Router<Server> = axum::Router::new().route("/jstp", axum::routing::get(jstp));
/// ```
///
/// The peer's address is that of [`ConnectInfo`] where there is one: [`serve`](crate::serve()) gives it
/// to each request, `axum::serve` by `into_make_service_with_connect_info::<SocketAddr>()`.
#[derive(Debug)]
pub struct JstpUpgrade {
    on_upgrade: OnUpgrade,
    request: Request<()>,
    peer: Address,
}

impl JstpUpgrade {
    /// The origin of the page that asks, as its browser tells it; programs need not tell any.
    pub fn origin(&self) -> Option<&str> {
        text(self.request.headers(), &ORIGIN)
    }

    /// Whether the page that asks comes from the host and port that is asked, or no page does. Behind a
    /// proxy it is right only if that passes the `Host` header on.
    pub fn is_same_origin(&self) -> bool {
        let headers = self.request.headers();
        if !headers.contains_key(ORIGIN) {
            return true;
        }
        // "null", for instance, has no authority.
        let origin = self.origin().and_then(|origin| origin.split_once("://"));
        let host = text(headers, &HOST);
        origin.is_some_and(|(_, origin)| host.is_some_and(|host| origin.eq_ignore_ascii_case(host)))
    }

    /// Where the request comes from.
    pub fn peer(&self) -> &Address {
        &self.peer
    }

    /// Replaces [`peer`](Self::peer), for servers behind a proxy that tells it.
    #[must_use]
    pub fn with_peer(mut self, peer: Address) -> Self {
        self.peer = peer;
        self
    }

    /// Answers with the upgrade, after which the connection is the server's. The answer is 403 when the
    /// server does not [allow](TransportOptions::origins) the origin, and 503 when it has
    /// [all the connections it may have](jstp_server::ServerOptions::max_connections) or was shut down.
    pub fn serve_by(self, server: &Server) -> Response {
        let options = server.transport_options().clone();
        let response = match ws::respond(&self.request, &options) {
            Ok(response) => response,
            Err(refusal) => return JstpRejection::Refused(refusal).into_response(),
        };
        let on_upgrade = self.on_upgrade;
        let upgrade = async move {
            // Fails when the answer could not be written.
            let upgraded = on_upgrade.await.map_err(jstp_transport::Error::other)?;
            Ok(ws::from_upgraded(TokioIo::new(upgraded), &options))
        };
        match server.admit(Accepted::pending(self.peer, upgrade)) {
            Ok(()) => response.map(|()| Body::empty()),
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for JstpUpgrade {
    type Rejection = JstpRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let mut request = Request::new(());
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = parts.uri.clone();
        *request.version_mut() = parts.version;
        *request.headers_mut() = parts.headers.clone();
        // Which origins are allowed is the server's to say.
        ws::respond(&request, &TransportOptions::default()).map_err(JstpRejection::Refused)?;
        // A server of tests gives no way to upgrade.
        let on_upgrade = parts.extensions.remove::<OnUpgrade>();
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self {
            on_upgrade: on_upgrade.ok_or(JstpRejection::NoUpgrade)?,
            request,
            peer: peer.map_or_else(
                || Address::Other("a web server".to_owned()),
                |ConnectInfo(peer)| Address::from(*peer),
            ),
        })
    }
}

/// Why a request is not upgraded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum JstpRejection {
    /// It does not ask for an upgrade to WebSocket (status 400), or does not offer the subprotocol
    /// `metarhia-jstp` (status 403).
    Refused(ws::Refusal),
    /// The connection cannot be upgraded: status 400.
    NoUpgrade,
}

impl fmt::Display for JstpRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused(refusal) => refusal.reason,
            Self::NoUpgrade => "this connection cannot be upgraded",
        })
    }
}

impl std::error::Error for JstpRejection {}

impl IntoResponse for JstpRejection {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Refused(refusal) => refusal.status,
            Self::NoUpgrade => StatusCode::BAD_REQUEST,
        };
        let version = [(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"))];
        (status, version, format!("{self}\n")).into_response()
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use axum::http::header::SEC_WEBSOCKET_PROTOCOL;

    use super::*;

    fn set(headers: &mut HeaderMap, name: &'static str, value: &'static str) {
        headers.insert(name, HeaderValue::from_static(value));
    }

    async fn extract(change: impl FnOnce(&mut HeaderMap)) -> Result<JstpUpgrade, JstpRejection> {
        let mut request = Request::new(());
        let headers = request.headers_mut();
        set(headers, "host", "chat.example:8080");
        set(headers, "connection", "keep-alive, Upgrade");
        set(headers, "upgrade", "websocket");
        set(headers, "sec-websocket-version", "13");
        set(headers, "sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        set(headers, "sec-websocket-protocol", "other, metarhia-jstp");
        change(headers);
        // Only one of a connection will ever resolve.
        let on_upgrade = hyper::upgrade::on(&mut request);
        request.extensions_mut().insert(on_upgrade);
        let (mut parts, ()) = request.into_parts();
        JstpUpgrade::from_request_parts(&mut parts, &()).await
    }

    #[tokio::test]
    async fn what_cannot_be_upgraded_is_told_why() {
        let rejected = async |change: fn(&mut HeaderMap)| {
            let rejection = extract(change).await.expect_err("it is rejected");
            rejection.into_response()
        };
        let plain = rejected(|headers| drop(headers.remove("upgrade"))).await;
        assert_eq!(plain.status(), StatusCode::BAD_REQUEST);
        let version = rejected(|headers| set(headers, "sec-websocket-version", "8")).await;
        assert_eq!(version.headers()[SEC_WEBSOCKET_VERSION], "13");
        let other = rejected(|headers| set(headers, "sec-websocket-protocol", "wamp")).await;
        assert_eq!(other.status(), StatusCode::FORBIDDEN);
        let none = rejected(|headers| drop(headers.remove(SEC_WEBSOCKET_PROTOCOL))).await;
        assert_eq!(none.status(), StatusCode::FORBIDDEN);
    }

    #[tokio::test]
    async fn without_a_connection_to_upgrade_it_is_rejected() {
        let upgrade = extract(|_| {}).await.expect("it is accepted");
        assert_eq!(upgrade.peer(), &Address::Other("a web server".to_owned()));
        let (mut parts, ()) = upgrade.request.into_parts();
        let again = JstpUpgrade::from_request_parts(&mut parts, &()).await;
        assert_eq!(again.err(), Some(JstpRejection::NoUpgrade));
    }

    #[tokio::test]
    async fn pages_of_the_same_host_and_port_are_told_from_others() {
        let same = async |origin: Option<&'static str>| {
            let upgrade = extract(|headers| {
                if let Some(origin) = origin {
                    set(headers, "origin", origin);
                }
            });
            upgrade.await.expect("it is accepted").is_same_origin()
        };
        assert!(same(None).await, "a program");
        assert!(same(Some("https://chat.example:8080")).await);
        assert!(!same(Some("https://chat.example")).await);
        assert!(!same(Some("https://evil.example:8080")).await);
        assert!(!same(Some("https://chat.example:8080.evil.example")).await);
        assert!(!same(Some("null")).await);
    }
}
