//! The functions that each transport has.

/// The four functions, for addresses that mean the given scheme unless they name one.
macro_rules! functions {
    ($scheme:ident, $transport:literal) => {
        /// As [`net::connect`](crate::net::connect), but an address without a scheme means
        #[doc = concat!($transport, ".")]
        /// So it does whenever the connection reconnects.
        #[cfg(feature = "client")]
        pub async fn connect(
            application: impl Into<crate::ApplicationName>,
            mut client: crate::Client,
            address: impl crate::IntoConnector,
        ) -> Result<crate::Connection, crate::ConnectError> {
            client.transport.scheme = crate::Scheme::$scheme;
            jstp_client::connect(application, client, address).await
        }

        /// As [`net::connect_and_inspect`](crate::net::connect_and_inspect), but an address without a
        /// scheme means
        #[doc = concat!($transport, ".")]
        /// So it does whenever the connection reconnects.
        #[cfg(feature = "client")]
        pub async fn connect_and_inspect<I>(
            application: impl Into<crate::ApplicationName>,
            mut client: crate::Client,
            interfaces: I,
            address: impl crate::IntoConnector,
        ) -> Result<(crate::Connection, crate::Proxies), crate::InspectError>
        where
            I: IntoIterator,
            I::Item: Into<String>,
        {
            client.transport.scheme = crate::Scheme::$scheme;
            jstp_client::connect_and_inspect(application, client, interfaces, address).await
        }

        /// As [`net::reconnect`](crate::net::reconnect), but an address without a scheme means
        #[doc = concat!($transport, ",")]
        /// whatever transport the connection had.
        #[cfg(feature = "client")]
        pub async fn reconnect(
            connection: &crate::Connection,
            address: impl crate::IntoConnector,
        ) -> Result<(), crate::ConnectError> {
            let address = crate::transport::Over(crate::Scheme::$scheme, address);
            jstp_client::reconnect(connection, address).await
        }

        /// As [`net::create_server`](crate::net::create_server), but for
        /// [`listen`](crate::Server::listen) an address without a scheme means
        #[doc = concat!($transport, ".")]
        #[cfg(feature = "server")]
        #[must_use = "a server stops when its last handle is dropped"]
        pub fn create_server(options: impl Into<crate::ServerOptions>) -> crate::Server {
            let mut options = options.into();
            options.transport.scheme = crate::Scheme::$scheme;
            jstp_server::create_server(options)
        }
    };
}

pub(crate) use functions;
