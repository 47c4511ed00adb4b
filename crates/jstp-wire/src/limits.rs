//! Limits of the text format.

/// How many levels of arrays and objects a text may nest, unless another limit is set: 128.
///
/// A level costs a reader that builds values some stack; text that goes deeper is refused with
/// [`ErrorKind::TooDeep`](crate::ErrorKind::TooDeep).
pub const DEFAULT_MAX_DEPTH: usize = 128;
