'use strict';

// Reads and writes documents with the parser of the npm package, as told on standard input: `load NAME LENGTH`
// with a document behind it answers the length of its text, `parse NAME` and `write NAME` the seconds of one run.

const mdsf = require('../../../tests/npm/node_modules/mdsf');

const TURN = 0.02;

const documents = new Map();

const seconds = run => {
  const start = process.hrtime.bigint();
  let runs = 0;
  let passed = 0;
  while (passed < TURN) {
    run();
    runs++;
    passed = Number(process.hrtime.bigint() - start) / 1e9;
  }
  return passed / runs;
};

const commands = {
  load(name, text) {
    const value = mdsf.parse(text);
    documents.set(name, { text, value });
    return Buffer.byteLength(mdsf.stringify(value));
  },
  parse(name) {
    const { text } = documents.get(name);
    return seconds(() => mdsf.parse(text));
  },
  write(name) {
    const { value } = documents.get(name);
    return seconds(() => mdsf.stringify(value));
  },
};

let input = Buffer.alloc(0);

const next = () => {
  const end = input.indexOf('\n');
  if (end < 0) return false;
  const [command, name, length = 0] = input.toString('utf8', 0, end).split(' ');
  const behind = end + 1 + Number(length);
  if (input.length < behind) return false;
  const text = input.toString('utf8', end + 1, behind);
  input = input.subarray(behind);
  process.stdout.write(`${commands[command](name, text)}\n`);
  return true;
};

process.stdin.on('data', chunk => {
  input = Buffer.concat([input, chunk]);
  while (next());
});
