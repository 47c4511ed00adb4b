//! JSTP servers: applications, versions, sessions and broadcasts.
//!
//! For those who assemble JSTP from its crates; users of the whole want the crate `jstp`, where the
//! same server listens on every transport.
//!
//! ```no_run
//! use jstp_connection::{Application, Interface};
//! use jstp_server::create_server;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let app = Application::new("testApp@1.2.0")?
//!     .interface("someService", Interface::new().method("sayHi", |name: String| format!("Hi, {name}!")));
//! let server = create_server([app]).listen("127.0.0.1:3000").await?;
//! server.broadcast("someService", "opened", ()).await?;
//! server.shutdown(std::time::Duration::from_secs(5)).await;
//! # Ok(())
//! # }
//! ```

mod accept;
mod admit;
mod applications;
mod broadcast;
mod event;
mod housekeeping;
mod observer;
mod options;
mod permit;
mod registry;
mod restore;
mod server;
mod slow;
mod store;
mod turns;

pub use applications::ApplicationIndex;
pub use broadcast::BroadcastReport;
pub use event::{ServerEvent, ServerEvents};
pub use options::ServerOptions;
pub use server::{Server, WeakServer, create_server};
