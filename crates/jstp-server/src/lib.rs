//! JSTP servers: applications, versions, sessions and broadcasts.
