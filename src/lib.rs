//! Cross-crate tests, examples and benchmarks of the jstp workspace.
