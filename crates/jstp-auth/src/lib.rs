//! JSTP authentication: policies of servers and clients.
