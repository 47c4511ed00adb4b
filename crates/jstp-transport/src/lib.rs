//! JSTP transports: TCP, Unix sockets, in-memory and your own.
