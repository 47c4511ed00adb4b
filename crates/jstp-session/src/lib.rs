//! JSTP sessions: state, resend buffer and storage.
