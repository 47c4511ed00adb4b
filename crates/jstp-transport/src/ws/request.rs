//! The client's side of the upgrade.

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tungstenite::handshake::client::{Response, generate_key};
use tungstenite::handshake::derive_accept_key;
use tungstenite::handshake::machine::TryParse;
use tungstenite::http::header::{
    CONNECTION, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_PROTOCOL,
    UPGRADE,
};
use tungstenite::http::{HeaderMap, HeaderValue, StatusCode};

use super::head::{HeadError, read_head};
use super::stream::WsStream;
use super::{SUBPROTOCOL, is_subprotocol};
use crate::{Error, TransportOptions, foreign};

/// Asks for the upgrade and checks the answer. `host` and `path` are those of the URL, free of spaces
/// and control characters.
pub(crate) async fn connect<S>(
    mut stream: S,
    host: &str,
    path: &str,
    options: &TransportOptions,
) -> Result<WsStream<S>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let key = generate_key();
    let mut request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\
         Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n"
    )
    .into_bytes();
    request.extend(options.upgrade_headers.lines());
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await?;
    stream.flush().await?;
    let (head, rest) = match read_head(&mut stream, options.max_upgrade_size).await {
        Ok(head) => head,
        Err(HeadError::Transport(error)) => return Err(error),
        Err(HeadError::TooLong) => return Err(failed("the answer is too long")),
        Err(HeadError::NoHttp(first)) => {
            let error = foreign::recognize(&first);
            return Err(error.unwrap_or_else(|| failed("the other side does not speak HTTP")));
        }
    };
    let response = match Response::try_parse(&head) {
        Ok(Some((_, response))) => response,
        Ok(None) => return Err(failed("the answer is no HTTP response")),
        Err(error) => return Err(Error::handshake("WebSocket", error)),
    };
    check(&response, &key)?;
    Ok(WsStream::client(stream, options).with_input(rest))
}

fn check(response: &Response, key: &str) -> Result<(), Error> {
    let status = response.status();
    if status != StatusCode::SWITCHING_PROTOCOLS {
        let reason = status.canonical_reason().unwrap_or("no WebSocket here");
        return Err(Error::UpgradeRefused {
            status: status.as_u16(),
            reason: reason.to_owned(),
        });
    }
    let headers = response.headers();
    if !has_token(headers, &UPGRADE, "websocket") || !has_token(headers, &CONNECTION, "upgrade") {
        return Err(failed("the answer upgrades to something else"));
    }
    let accept = headers.get(SEC_WEBSOCKET_ACCEPT).map(HeaderValue::as_bytes);
    if accept != Some(derive_accept_key(key.as_bytes()).as_bytes()) {
        return Err(failed("the answer is not to our request"));
    }
    if headers.contains_key(SEC_WEBSOCKET_EXTENSIONS) {
        return Err(failed("the server uses an extension that was not offered"));
    }
    let subprotocol = headers
        .get(SEC_WEBSOCKET_PROTOCOL)
        .and_then(|name| name.to_str().ok());
    if !subprotocol.is_some_and(is_subprotocol) {
        return Err(failed(
            "the server does not confirm the subprotocol metarhia-jstp",
        ));
    }
    Ok(())
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| one.trim().eq_ignore_ascii_case(token))
}

fn failed(reason: &'static str) -> Error {
    Error::handshake("WebSocket", reason)
}
