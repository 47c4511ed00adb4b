//! Connections and servers over TLS.
//!
//! An address is a host and port; in text it may have a scheme (`"jstps://host:port"`), which can be that
//! of another transport. Clients trust the system's authorities, servers need a certificate; settings
//! stand in the [`TransportOptions`](crate::TransportOptions) or come with the address
//! ([`Target`](crate::Target), [`Binding`](crate::Binding)).
//!
//! ```no_run
//! use jstp::{Application, Client, ServerOptions, Target, TransportOptions, tls};
//!
//! # async fn run(app: Application) -> Result<(), Box<dyn std::error::Error>> {
//! let identity = tls::Identity::from_pem_files("server.pem", "server.key")?;
//! let settings = tls::ServerSettings::new(&identity)?;
//! let options = ServerOptions::new([app])
//!     .with_transport(TransportOptions::default().with_tls_server(settings));
//! let server = tls::create_server(options).listen("0.0.0.0:3443").await?;
//!
//! let connection = tls::connect("app", Client::default(), "example.com:3443").await?;
//!
//! let company = tls::ClientSettings::default().with_ca_file("company-ca.pem")?;
//! let intranet = Target::new("intranet.example:3443")?.with_tls(company);
//! let connection = tls::connect("app", Client::default(), intranet).await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`Connection::peer_certificates`](crate::Connection::peer_certificates) and
//! [`AuthRequest::peer_certificates`](crate::AuthRequest::peer_certificates) tell who a client is that was
//! asked for a certificate.

pub use jstp_transport::tls::{ClientSettings, Identity, Provider, ServerSettings, rustls};

crate::over::functions!(Tls, "TLS");
