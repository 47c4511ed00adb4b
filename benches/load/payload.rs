//! What calls and events carry.

use jstp::Value;
use jstp::value;
use jstp::wire::RawBuf;

use crate::Failure;

/// The one argument of a call or an event.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Payload {
    /// A small object, about 30 bytes.
    Small,
    /// A list of small objects, about 1 KiB.
    Kibibyte,
}

impl Payload {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Kibibyte => "1 KiB",
        }
    }

    pub(crate) fn value(self) -> Value {
        match self {
            Self::Small => value!({id: 7, name: "Marcus", on: true}),
            Self::Kibibyte => {
                let row = value!({
                    id: 1_234_567, name: "Marcus Aurelius", price: 12.75, tags: ["a", "b"], on: true
                });
                Value::Array(vec![row; 14])
            }
        }
    }

    /// The array of arguments, serialized once: what is measured is not our serializer.
    pub(crate) fn arguments(self) -> Result<RawBuf, Failure> {
        Ok(RawBuf::from_serialize(&(self.value(),))?)
    }
}
