use std::fmt;
use std::sync::Arc;

/// The certificates that a peer has shown, in DER form: its own first, then those it was signed by.
///
/// Empty where the transport has none. What is here was verified by the transport, unless it was
/// told not to.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Certificates(Option<Arc<[Vec<u8>]>>);

impl Certificates {
    /// The certificates, the peer's own first.
    pub fn as_slice(&self) -> &[Vec<u8>] {
        self.0.as_deref().unwrap_or_default()
    }

    /// Whether the peer has shown none.
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }
}

impl FromIterator<Vec<u8>> for Certificates {
    fn from_iter<I: IntoIterator<Item = Vec<u8>>>(certificates: I) -> Self {
        let chain: Vec<_> = certificates.into_iter().collect();
        Certificates((!chain.is_empty()).then(|| chain.into()))
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificates({})", self.as_slice().len())
    }
}
