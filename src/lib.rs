//! Cross-crate tests, examples and benchmarks of the jstp workspace.

/// The README, whose code is compiled with the other examples.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

/// The guide to pages in browsers, likewise.
#[cfg(doctest)]
#[doc = include_str!("../docs/browser.md")]
pub struct Browser;
