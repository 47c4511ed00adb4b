//! The `jstp` command as a process: against the testbed, against the npm package's server, against peers
//! that mean no good, and its prompt in a pseudo-terminal.

#[path = "../../../tests/support/certificates.rs"]
mod certificates;
#[path = "../../../tests/support/npm.rs"]
mod npm;
#[path = "../../../examples/testbed/application.rs"]
mod testbed;

#[path = "cli/bench.rs"]
mod bench;
#[path = "cli/calls.rs"]
mod calls;
#[path = "cli/events.rs"]
mod events;
#[path = "cli/hostile.rs"]
mod hostile;
#[path = "cli/login.rs"]
mod login;
#[path = "cli/manual.rs"]
mod manual;
#[path = "cli/prompt.rs"]
mod prompt;
#[path = "cli/script.rs"]
mod script;
#[path = "cli/serve.rs"]
mod serve;
#[path = "cli/sniff.rs"]
mod sniff;
#[path = "cli/support.rs"]
mod support;
#[path = "cli/temporary.rs"]
mod temporary;
#[path = "cli/terminal.rs"]
mod terminal;
#[path = "cli/texts.rs"]
mod texts;
#[path = "cli/transports.rs"]
mod transports;
#[path = "cli/usage.rs"]
mod usage;
