//! The handler as a route.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use jstp_server::Server;

use crate::request::JstpUpgrade;

/// A route that upgrades each request to a connection of `server`, from whatever page it comes.
///
/// It holds a handle of the server, so that the server goes on as long as the route, or until it is
/// [shut down](Server::shutdown).
///
/// What is no request for JSTP is answered with status 400, one that does not offer the subprotocol with
/// 403, and one that there is no room for with 503.
pub fn route<S: Clone + Send + Sync + 'static>(server: &Server) -> MethodRouter<S> {
    route_with(server, |_| true)
}

/// As [`route`], but only for requests that pass a check; others are answered with status 403. A browser
/// lets any page make connections to any server, as the user of the browser:
///
/// ```
/// use jstp_axum::JstpUpgrade;
/// use jstp_server::{ServerOptions, create_server};
///
/// let server = create_server(ServerOptions::default());
/// let router: axum::Router = axum::Router::new()
///     .route("/jstp", jstp_axum::route_with(&server, JstpUpgrade::is_same_origin));
/// ```
pub fn route_with<S: Clone + Send + Sync + 'static>(
    server: &Server,
    check: impl Fn(&JstpUpgrade) -> bool + Clone + Send + Sync + 'static,
) -> MethodRouter<S> {
    let server = server.clone();
    get(async move |upgrade: JstpUpgrade| -> Response {
        if check(&upgrade) {
            upgrade.serve_by(&server)
        } else {
            StatusCode::FORBIDDEN.into_response()
        }
    })
}
