'use strict';

// Drives the npm package @metarhia/jstp by JSON lines: reads requests on stdin
//
//   {"n":1,"cmd":"connect","conn":"a","app":"testbed","port":4000}
//
// and writes answers and notices on stdout
//
//   {"n":1,"ok":{"session":"…","username":null}}
//   {"n":2,"error":{"code":14,"message":"Method not found","info":null}}
//   {"notice":"close","conn":"a"}
//
// `conn` names an end; without it the end is called "main". The commands and
// their fields are the methods of lib/server.js and lib/client.js; arguments and
// results are encoded as lib/tagged.js says. The driver ends with its stdin.

const readline = require('readline');

const jstp = require('@metarhia/jstp');

const ClientEnd = require('./lib/client');
const ServerEnd = require('./lib/server');
const { answer, fail, notice } = require('./lib/output');

const STARTERS = {
  listen: ServerEnd,
  connect: ClientEnd,
  restoreSession: ClientEnd,
};

const COMMANDS = new Set([
  'broadcast',
  'call',
  'callWithResend',
  'calls',
  'clients',
  'close',
  'cut',
  'emit',
  'flow',
  'inspect',
  'ping',
  'pipeline',
  'reconnect',
  'session',
  'startHeartbeat',
  'stopHeartbeat',
  'subscribe',
]);

const ends = new Map();

async function perform(request) {
  const { cmd, conn = 'main' } = request;
  if (cmd === 'sessionFromText') {
    return jstp.Session.fromString(request.text).toString();
  }
  if (Object.hasOwn(STARTERS, cmd)) {
    const end = new STARTERS[cmd](conn);
    const result = await end[cmd](request);
    ends.set(conn, end);
    return result;
  }
  const end = ends.get(conn);
  if (!end) throw new Error(`nothing is called ${conn}`);
  if (!COMMANDS.has(cmd) || !end[cmd]) throw new Error(`no command ${cmd}`);
  return end[cmd](request);
}

// The package lets exceptions of methods, and of its own on bad input, go on into
// the process.
const onUncaught = error => {
  console.error('uncaught:', error);
  notice('uncaught', { error: (error && error.stack) || String(error) });
};
process.on('uncaughtException', onUncaught);
process.on('unhandledRejection', onUncaught);

const lines = readline.createInterface({ input: process.stdin });
lines.on('line', line => {
  const request = JSON.parse(line);
  perform(request).then(
    result => answer(request.n, result),
    error => fail(request.n, error)
  );
});
lines.on('close', () => process.exit());
notice('ready', { pid: process.pid });
