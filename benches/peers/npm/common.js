'use strict';

// What the scripts here share.

const fs = require('fs');
const path = require('path');

const jstp = require('../../../tests/npm/node_modules/@metarhia/jstp');

// Sessions of the package listen for more events than Node.js finds usual.
require('events').defaultMaxListeners = 0;

const parseArguments = () => {
  const [transport, ...rest] = process.argv.slice(2);
  const options = { transport };
  for (let i = 0; i < rest.length; i += 2) {
    options[rest[i].replace(/^--/, '')] = rest[i + 1];
  }
  return options;
};

// A text of the identity that the program around it has made.
const identity = name =>
  fs.readFileSync(path.join(__dirname, '../target/identity', name), 'utf8');

// Where the other side is, as the package's transport wants to be told.
const where = ({ transport, address }) => {
  const [host, port] = address.split(':');
  switch (transport) {
    case 'net':
      return [{ host, port: Number(port), noDelay: true }];
    case 'tls':
      return [{ host, port: Number(port), ca: identity('certificate.pem') }];
    case 'ws':
      return [undefined, `ws://${address}/`];
    case 'wss':
      return [
        { tlsOptions: { ca: identity('certificate.pem') } },
        `wss://${address}/`,
      ];
    default:
      throw new Error(`no transport ${transport}`);
  }
};

const connect = options =>
  new Promise((resolve, reject) => {
    const done = (error, connection) => {
      if (error) {
        reject(error);
        return;
      }
      // TLS sockets do not take it among the options of connecting.
      if (options.transport === 'tls') {
        connection.transport.getRawTransport().setNoDelay(true);
      }
      resolve(connection);
    };
    const { transport } = options;
    jstp[transport].connect('bench', null, ...where(options), done);
  });

module.exports = { jstp, parseArguments, identity, connect };
