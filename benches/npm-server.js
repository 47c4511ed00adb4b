'use strict';

// The npm package as the server of the load generator: the same methods as
// load/serve.rs has. It prints its port and ends with its stdin.

const jstp = require('../tests/npm/node_modules/@metarhia/jstp');

let seen = 0;

const application = new jstp.Application('bench', {
  bench: {
    echo: (connection, value, callback) => callback(null, value),
    seen: (connection, callback) => callback(null, seen),
  },
});

application.handleEvent = () => {
  seen++;
};

const server = jstp.net.createServer({ applications: [application] });

server.on('error', error => {
  console.error(error);
  process.exit(1);
});

server.listen(0, '127.0.0.1', () => {
  console.log(`listening ${server.address().port}`);
});

process.stdin.on('end', () => process.exit());
process.stdin.resume();
