'use strict';

// The npm package as the client that makes one round of load, with the same
// options and the same output as the command `load` of the program around it.

const fs = require('fs');

const { connect, parseArguments } = require('./common');

const options = parseArguments();
const setting = name => Number(options[name]);

// Nanoseconds of processor time that all threads of a process have used.
const processorTime = pid =>
  fs
    .readdirSync(`/proc/${pid}/task`)
    .map(task => {
      try {
        const path = `/proc/${pid}/task/${task}/schedstat`;
        return Number(fs.readFileSync(path, 'utf8').split(' ')[0]);
      } catch (error) {
        return 0; // the thread has ended
      }
    })
    .reduce((sum, time) => sum + time, 0);

const now = () => Number(process.hrtime.bigint());

// Keeps calls under way on all connections until the time is up; gives the
// nanoseconds that each took.
const drive = (connections, payload, nanoseconds) =>
  new Promise((resolve, reject) => {
    const times = [];
    const until = now() + nanoseconds;
    let running = connections.length * setting('in-flight');
    const call = (connection, sent) => {
      connection.callMethod('bench', 'echo', [payload], (error, answer) => {
        if (error || answer.length !== payload.length) {
          reject(error || new Error('the answer is not what was sent'));
          return;
        }
        const answered = now();
        times.push(answered - sent);
        if (answered < until) call(connection, answered);
        else if (--running === 0) resolve(times);
      });
    };
    for (const connection of connections) {
      for (let i = 0; i < setting('in-flight'); i++) call(connection, now());
    }
  });

const main = async () => {
  const connections = [];
  for (let i = 0; i < setting('connections'); i++) {
    connections.push(await connect(options));
  }
  const payload = 'x'.repeat(setting('size'));
  await drive(connections, payload, setting('warm-up') * 1e9);
  const processes = [setting('server-pid'), process.pid];
  const before = processes.map(processorTime);
  const begin = now();
  const times = await drive(connections, payload, setting('seconds') * 1e9);
  const elapsed = now() - begin;
  const used = processes.map((pid, i) => processorTime(pid) - before[i]);
  const sorted = Float64Array.from(times).sort();
  const calls = sorted.length;
  const quantile = part =>
    sorted[Math.min(calls - 1, Math.ceil(part * calls) - 1)] / 1e3;
  const round = {
    calls,
    per_second: calls / (elapsed / 1e9),
    p50: quantile(0.5),
    p99: quantile(0.99),
    p999: quantile(0.999),
    server_cpu: used[0] / 1e3 / calls,
    client_cpu: used[1] / 1e3 / calls,
  };
  console.log(JSON.stringify(round));
  process.exit();
};

main().catch(error => {
  console.error(error);
  process.exit(1);
});
