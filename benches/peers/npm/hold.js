'use strict';

// The npm package as clients that do nothing, as the command `hold` of the
// program around it: says `held`, with a line on standard input makes a call on
// each connection and says `called`, ends with standard input.

const { connect, parseArguments } = require('./common');

const options = parseArguments();

const call = connection =>
  new Promise((resolve, reject) => {
    connection.callMethod('bench', 'echo', ['x'.repeat(16)], error => {
      if (error) reject(error);
      else resolve();
    });
  });

const main = async () => {
  const connections = [];
  const total = Number(options.connections);
  while (connections.length < total) {
    const batch = Math.min(64, total - connections.length);
    const made = Array.from({ length: batch }, () => connect(options));
    connections.push(...(await Promise.all(made)));
  }
  console.log('held');
  process.stdin.once('data', async () => {
    await Promise.all(connections.map(call));
    console.log('called');
  });
  process.stdin.on('end', () => process.exit());
};

main().catch(error => {
  console.error(error);
  process.exit(1);
});
