'use strict';

// The npm package as a server: `node serve.js net|tls|ws|wss` prints
// `listening HOST:PORT` and serves until it is ended, with `--until stdin` by the
// end of its standard input.

const { identity, jstp, parseArguments } = require('./common');

const { transport, until } = parseArguments();

// How many events have come.
let seen = 0;

const application = new jstp.Application('bench', {
  bench: {
    echo: (connection, value, callback) => callback(null, value),
    seen: (connection, callback) => callback(null, seen),
    // Emits so many events of so many bytes to every client.
    burst: (connection, events, size, callback) => {
      callback(null);
      const payload = 'x'.repeat(size);
      for (let i = 0; i < events; i++) {
        server.broadcast('bench', 'tick', payload);
      }
    },
  },
});

application.handleEvent = () => {
  seen++;
};

const createServer = () => {
  const options = { applications: [application], noDelay: true };
  if (['tls', 'wss'].includes(transport)) {
    options.cert = identity('certificate.pem');
    options.key = identity('key.pem');
  }
  // Without the second argument the constructor for 'wss' fails.
  return transport === 'wss'
    ? jstp.wss.createServer(options, {})
    : jstp[transport].createServer(options);
};

const server = createServer();

server.on('error', error => {
  console.error(error);
  process.exit(1);
});

server.listen(0, '127.0.0.1', 4096, () => {
  console.log(`listening 127.0.0.1:${server.address().port}`);
});

if (until === 'stdin') {
  process.stdin.on('end', () => process.exit());
  process.stdin.resume();
}
