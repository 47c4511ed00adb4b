use std::sync::Arc;

use tokio_rustls::rustls::crypto::{self, CryptoProvider};

/// Whose cryptography is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Provider {
    /// The crate `ring`.
    #[default]
    Ring,
    /// The crate `aws-lc-rs`. Needs the feature of that name.
    #[cfg(feature = "aws-lc-rs")]
    AwsLcRs,
}

impl Provider {
    pub(super) fn crypto(self) -> Arc<CryptoProvider> {
        Arc::new(match self {
            Provider::Ring => crypto::ring::default_provider(),
            #[cfg(feature = "aws-lc-rs")]
            Provider::AwsLcRs => crypto::aws_lc_rs::default_provider(),
        })
    }
}
