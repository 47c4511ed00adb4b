'use strict';

// What the driver says on stdout: one JSON text per line.

const { encode } = require('./tagged');

const write = line => process.stdout.write(JSON.stringify(line) + '\n');

const answer = (n, ok) => write({ n, ok: ok === undefined ? null : ok });

// A remote error by its parts, any other error as text. The code -1 (callback
// lost) comes from the package as a bare number.
const describe = error => {
  if (typeof error === 'number') {
    return { code: error, message: null, info: null };
  }
  if (error && error.name === 'RemoteError') {
    const { code, message, info } = error;
    return { code: encode(code), message: encode(message), info: encode(info) };
  }
  return String(error);
};

const fail = (n, error) => write({ n, error: describe(error) });

const notice = (kind, fields) => write({ notice: kind, ...fields });

module.exports = { answer, describe, fail, notice };
