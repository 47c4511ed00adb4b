//! The page, and the route by which its script talks to the server.

use std::future::Future;
use std::io;
use std::path::Path;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use jstp::Server;
use jstp_axum::JstpUpgrade;
use tokio::net::TcpListener;

/// The browser bundle of the npm package, as `cargo xtask npm` installs it.
const BUNDLE: &str = "tests/npm/node_modules/@metarhia/jstp/dist/jstp.umd.js";

/// What the page may load, and from where it may connect: from here only.
const POLICY: &str =
    "default-src 'self'; img-src data:; frame-ancestors 'none'; form-action 'none'";

/// Serves the page until `stopped` is done. Connections of pages that are open then go on until the server
/// is shut down.
pub(crate) async fn serve(
    listener: TcpListener,
    server: &Server,
    stopped: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    jstp_axum::serve(listener, router(server)?)
        .with_graceful_shutdown(stopped)
        .await;
    Ok(())
}

fn router(server: &Server) -> io::Result<Router> {
    Ok(Router::new()
        .route(
            "/",
            file("text/html; charset=utf-8", include_str!("page/index.html")),
        )
        .route(
            "/chat.css",
            file("text/css; charset=utf-8", include_str!("page/chat.css")),
        )
        .route("/chat.js", script(include_str!("page/chat.js")))
        .route("/connection.js", script(include_str!("page/connection.js")))
        .route("/jstp.js", script(bundle()?))
        .route("/health", get(|| async { "well\n" }))
        // Other pages shall not talk here in the name of who looks at them.
        .route(
            "/jstp",
            jstp_axum::route_with(server, JstpUpgrade::is_same_origin),
        )
        .layer(map_response(async |mut response: Response| {
            let headers = response.headers_mut();
            let mut set = |name: HeaderName, value: &'static str| {
                headers.insert(name, HeaderValue::from_static(value));
            };
            set(header::CONTENT_SECURITY_POLICY, POLICY);
            set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
            set(header::CACHE_CONTROL, "no-cache");
            response
        })))
}

fn bundle() -> io::Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(BUNDLE);
    std::fs::read_to_string(&path).map_err(|error| {
        let hint = "`cargo xtask npm` installs the npm package";
        io::Error::new(error.kind(), format!("{}: {error}; {hint}", path.display()))
    })
}

fn script(text: impl Into<String>) -> MethodRouter {
    file("text/javascript; charset=utf-8", text)
}

fn file(kind: &'static str, text: impl Into<String>) -> MethodRouter {
    let text = axum::body::Bytes::from(text.into());
    get(async move || ([(header::CONTENT_TYPE, kind)], text).into_response())
}
