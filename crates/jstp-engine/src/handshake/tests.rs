//! Behaviour of the handshakes.
