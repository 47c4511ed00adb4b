//! JSTP (JavaScript Transfer Protocol): full-duplex RPC with events and resumable sessions.
