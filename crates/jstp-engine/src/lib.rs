//! The JSTP protocol machine, without I/O.
