//! JSTP connections: calls, events, applications and remote proxies.
