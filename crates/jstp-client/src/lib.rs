//! JSTP clients: connect, inspect and reconnect.
