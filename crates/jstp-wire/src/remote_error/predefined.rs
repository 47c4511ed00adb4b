//! The codes that every peer knows.

use super::RemoteError;

/// The predefined message of a code, given as text since a peer may send the code as one.
pub(super) fn message(code: &str) -> Option<&'static str> {
    Some(match code {
        "-1" => "Connection closed before receiving callback",
        "-2" => "Connection closed before receiving handshake",
        "10" => "Application not found",
        "11" => "Authentication failed",
        "12" => "Interface not found",
        "13" => "Incompatible interface",
        "14" => "Method not found",
        "15" => "Not a server",
        "16" => "Internal API error",
        "17" => "Invalid signature",
        _ => return None,
    })
}

impl RemoteError {
    /// The connection was lost before the answer to a call came. Never sent, only told locally.
    pub const CALLBACK_LOST: i64 = -1;
    /// The connection was closed before the handshake was answered. Never sent, only told locally.
    pub const NO_HANDSHAKE_RESPONSE: i64 = -2;
    /// The server has no application of that name or version.
    pub const APP_NOT_FOUND: i64 = 10;
    /// The credentials, or the session to resume, were not accepted.
    pub const AUTH_FAILED: i64 = 11;
    /// The application has no interface of that name.
    pub const INTERFACE_NOT_FOUND: i64 = 12;
    /// The interface is there, but not as it was expected.
    pub const INTERFACE_INCOMPATIBLE: i64 = 13;
    /// The interface has no method of that name.
    pub const METHOD_NOT_FOUND: i64 = 14;
    /// A handshake request was sent to a client.
    pub const NOT_A_SERVER: i64 = 15;
    /// The method itself failed in a way that it did not intend.
    pub const INTERNAL_API_ERROR: i64 = 16;
    /// The method takes other arguments.
    pub const INVALID_SIGNATURE: i64 = 17;

    /// The error [`CALLBACK_LOST`](Self::CALLBACK_LOST).
    pub fn callback_lost() -> Self {
        Self::from_code(Self::CALLBACK_LOST)
    }

    /// The error [`NO_HANDSHAKE_RESPONSE`](Self::NO_HANDSHAKE_RESPONSE).
    pub fn no_handshake_response() -> Self {
        Self::from_code(Self::NO_HANDSHAKE_RESPONSE)
    }

    /// The error [`APP_NOT_FOUND`](Self::APP_NOT_FOUND).
    pub fn app_not_found() -> Self {
        Self::from_code(Self::APP_NOT_FOUND)
    }

    /// The error [`AUTH_FAILED`](Self::AUTH_FAILED).
    pub fn auth_failed() -> Self {
        Self::from_code(Self::AUTH_FAILED)
    }

    /// The error [`INTERFACE_NOT_FOUND`](Self::INTERFACE_NOT_FOUND).
    pub fn interface_not_found() -> Self {
        Self::from_code(Self::INTERFACE_NOT_FOUND)
    }

    /// The error [`INTERFACE_INCOMPATIBLE`](Self::INTERFACE_INCOMPATIBLE).
    pub fn interface_incompatible() -> Self {
        Self::from_code(Self::INTERFACE_INCOMPATIBLE)
    }

    /// The error [`METHOD_NOT_FOUND`](Self::METHOD_NOT_FOUND).
    pub fn method_not_found() -> Self {
        Self::from_code(Self::METHOD_NOT_FOUND)
    }

    /// The error [`NOT_A_SERVER`](Self::NOT_A_SERVER).
    pub fn not_a_server() -> Self {
        Self::from_code(Self::NOT_A_SERVER)
    }

    /// The error [`INTERNAL_API_ERROR`](Self::INTERNAL_API_ERROR).
    pub fn internal_api_error() -> Self {
        Self::from_code(Self::INTERNAL_API_ERROR)
    }

    /// The error [`INVALID_SIGNATURE`](Self::INVALID_SIGNATURE).
    pub fn invalid_signature() -> Self {
        Self::from_code(Self::INVALID_SIGNATURE)
    }
}
