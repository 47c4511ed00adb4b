//! The JSTP wire format: text, messages, framing and remote errors.
