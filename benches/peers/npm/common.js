'use strict';

// What the scripts here share.

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

const connect = ({ transport, address }) => {
  const [host, port] = address.split(':');
  const where =
    transport === 'ws'
      ? [undefined, `ws://${address}/`]
      : [{ host, port: Number(port), noDelay: true }];
  return new Promise((resolve, reject) => {
    jstp[transport].connect('bench', null, ...where, (error, connection) => {
      if (error) reject(error);
      else resolve(connection);
    });
  });
};

module.exports = { jstp, parseArguments, connect };
