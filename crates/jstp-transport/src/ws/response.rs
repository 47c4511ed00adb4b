//! The server's side of the upgrade.

use std::fmt;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tungstenite::handshake::machine::TryParse;
use tungstenite::handshake::server::{Request, create_response_with_body, write_response};
use tungstenite::http::header::{ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use tungstenite::http::{self, HeaderValue, StatusCode};

use super::head::{HeadError, read_head};
use super::is_subprotocol;
use super::stream::WsStream;
use crate::hang_up::hang_up;
use crate::{Error, TransportOptions};

/// Why a request is not upgraded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The status to answer with: 400 for what is no upgrade to WebSocket, 403 for a client that does
    /// not offer the subprotocol or whose origin is not allowed, 431 for a request that is too long.
    pub status: StatusCode,
    /// The reason, in words.
    pub reason: &'static str,
}

impl Refusal {
    fn new(status: StatusCode, reason: &'static str) -> Refusal {
        Refusal { status, reason }
    }

    fn bad_request(reason: &'static str) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, reason)
    }

    /// The whole answer, for a connection that is closed after it.
    fn to_http(&self) -> String {
        format!(
            "HTTP/1.1 {}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Length: {}\r\nSec-WebSocket-Version: 13\r\n\r\n{}\n",
            self.status,
            self.reason.len() + 1,
            self.reason
        )
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.status, self.reason)
    }
}

impl std::error::Error for Refusal {}

/// How to answer a request: the response that upgrades the connection, or why it is refused.
///
/// # Errors
///
/// [`Refusal`] when it is no upgrade to WebSocket, its origin is not
/// [allowed](TransportOptions::origins), or the subprotocol is not offered.
pub fn respond<B>(
    request: &http::Request<B>,
    options: &TransportOptions,
) -> Result<http::Response<()>, Refusal> {
    let mut response = create_response_with_body(request, || ())
        .map_err(|_| Refusal::bad_request("this is for WebSocket alone"))?;
    let origin = request.headers().get(ORIGIN).map(HeaderValue::to_str);
    let origin = origin
        .transpose()
        .map_err(|_| Refusal::bad_request("the origin is no text"))?;
    if !options.origins.allow(origin) {
        let reason = "pages of this origin may not connect";
        return Err(Refusal::new(StatusCode::FORBIDDEN, reason));
    }
    let subprotocol = request
        .headers()
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|offered| offered.to_str().ok())
        .flat_map(|offered| offered.split(','))
        .map(str::trim)
        .find(|name| is_subprotocol(name))
        .and_then(|name| HeaderValue::from_str(name).ok());
    let Some(subprotocol) = subprotocol else {
        let reason = "the subprotocol metarhia-jstp has to be offered";
        return Err(Refusal::new(StatusCode::FORBIDDEN, reason));
    };
    response
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, subprotocol);
    Ok(response)
}

/// Reads a request and answers it.
pub(crate) async fn accept<S>(
    mut stream: S,
    options: &TransportOptions,
) -> Result<WsStream<S>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (head, rest) = match read_head(&mut stream, options.max_upgrade_size).await {
        Ok(head) => head,
        Err(HeadError::Transport(error)) => return Err(error),
        Err(HeadError::NoHttp(_)) => {
            return Err(refuse(stream, Refusal::bad_request("HTTP is spoken here")).await);
        }
        Err(HeadError::TooLong) => {
            let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            return Err(refuse(stream, Refusal::new(status, "the request is too long")).await);
        }
    };
    let answer = match Request::try_parse(&head) {
        Ok(Some((_, request))) => respond(&request, options),
        _ => Err(Refusal::bad_request("this is for WebSocket alone")),
    };
    let response = match answer {
        Ok(response) => response,
        Err(refusal) => return Err(refuse(stream, refusal).await),
    };
    let mut text = Vec::with_capacity(256);
    write_response(&mut text, &response).map_err(|error| Error::handshake("WebSocket", error))?;
    stream.write_all(&text).await?;
    stream.flush().await?;
    Ok(WsStream::server(stream, options).with_input(rest))
}

/// Answers and closes; gives the error that this is.
async fn refuse<S>(mut stream: S, refusal: Refusal) -> Error
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    hang_up(&mut stream, refusal.to_http().as_bytes()).await;
    Error::UpgradeRefused {
        status: refusal.status.as_u16(),
        reason: refusal.reason.to_owned(),
    }
}
