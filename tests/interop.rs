//! The npm package `@metarhia/jstp` as client against our server, and as server against our client.
//!
//! Known defects of the package (D1 and so on, as the comments call them) are avoided or accounted for where they would
//! show.

#[path = "support/certificates.rs"]
mod certificates;
#[path = "support/relay.rs"]
mod front;
#[path = "support/npm.rs"]
mod npm;
#[path = "../examples/testbed/application.rs"]
mod testbed;

#[path = "interop/cuts.rs"]
mod cuts;
#[path = "interop/errors.rs"]
mod errors;
#[path = "interop/events.rs"]
mod events;
#[path = "interop/handshake.rs"]
mod handshake;
#[path = "interop/heartbeat.rs"]
mod heartbeat;
#[path = "interop/moves.rs"]
mod moves;
#[path = "interop/pipelined.rs"]
mod pipelined;
#[path = "interop/place.rs"]
mod place;
#[path = "interop/process.rs"]
mod process;
#[path = "interop/relay.rs"]
mod relay;
#[path = "interop/resend.rs"]
mod resend;
#[path = "interop/restart.rs"]
mod restart;
#[path = "interop/sessions.rs"]
mod sessions;
#[path = "interop/support.rs"]
mod support;
#[path = "interop/values.rs"]
mod values;
