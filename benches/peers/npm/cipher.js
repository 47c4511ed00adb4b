'use strict';

// The version and the cipher that Node.js agrees on with a server: prints both.

const tls = require('tls');

const { identity, parseArguments } = require('./common');

const [host, port] = parseArguments().address.split(':');
const socket = tls.connect(
  { host, port: Number(port), ca: identity('certificate.pem') },
  () => {
    console.log(JSON.stringify([socket.getProtocol(), socket.getCipher().name]));
    process.exit();
  }
);
socket.on('error', error => {
  console.error(error);
  process.exit(1);
});
