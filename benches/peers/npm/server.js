'use strict';

// The npm package as a server: `node server.js net|ws` prints
// `listening HOST:PORT` and serves until it is ended.

const { jstp, parseArguments } = require('./common');

const { transport } = parseArguments();

const application = new jstp.Application('bench', {
  bench: {
    echo: (connection, value, callback) => callback(null, value),
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

const server = jstp[transport].createServer({ applications: [application] });

server.on('error', error => {
  console.error(error);
  process.exit(1);
});

server.listen(0, '127.0.0.1', 4096, () => {
  console.log(`listening 127.0.0.1:${server.address().port}`);
});
