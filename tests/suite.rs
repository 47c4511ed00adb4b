//! What clients and servers do for each other: one suite of behaviours over every transport, and the
//! cases that need a clock, a cut line or a hostile peer over the transport in memory.

#[path = "support/certificates.rs"]
mod certificates;

mod suite {
    mod admitting;
    mod auth;
    mod broadcasts;
    mod calls;
    mod encrypted;
    mod every_transport;
    mod flaky;
    mod following;
    mod heartbeat;
    mod lifetime;
    mod limits;
    mod own_transport;
    mod reconnecting;
    mod restart;
    mod serving;
    mod sessions;
    mod shutdown;
    mod slow_clients;
    mod support;
    mod switching;
    mod takeover;
    mod tls_under_load;
    mod watching;
}
