'use strict';

// What differs between the package's transports: 'net' (TCP and Unix sockets),
// 'tls', 'ws' and 'wss'.

const jstp = require('@metarhia/jstp');

// A server of the package. `cert` and `key`, in PEM, are for 'tls' and 'wss'.
const createServer = (transport, options, { cert, key }) => {
  switch (transport) {
    case 'net':
      return jstp.net.createServer(options);
    case 'tls':
      return jstp.tls.createServer({ ...options, cert, key });
    case 'ws':
      return jstp.ws.createServer(options);
    case 'wss':
      // Without the second argument its constructor fails.
      return jstp.wss.createServer({ ...options, cert, key }, {});
    default:
      throw new Error(`no transport ${transport}`);
  }
};

// The arguments by which connect() and reconnect() find the other side: `path` of
// a Unix socket, or `port` and `host`; `ca`, in PEM, for 'tls' and 'wss'.
const addressOf = (transport, { path, port, host = '127.0.0.1', ca }) => {
  switch (transport) {
    case 'net':
      return path ? [path] : [port, host];
    case 'tls':
      return [port, host, { ca }];
    case 'ws':
    case 'wss':
      // First the configuration of its client, which is frozen since the client
      // takes the options for TLS out of it, so that reconnecting fails.
      return [
        Object.freeze({ tlsOptions: { ca } }),
        `${transport}://${host}:${port}/`,
      ];
    default:
      throw new Error(`no transport ${transport}`);
  }
};

module.exports = { addressOf, createServer };
