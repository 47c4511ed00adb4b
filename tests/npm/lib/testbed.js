'use strict';

// The applications that the server end serves: three versions of `testbed` and
// `other`. A method's last parameter is its callback; it must be there even where
// it is not called, since the package counts parameters to check a call.

const jstp = require('@metarhia/jstp');

const actions = require('./actions');

const counters = new Map();

// How many events of each name a session has sent, by session id.
const received = new Map();

const eventKey = (interfaceName, eventName) =>
  JSON.stringify([interfaceName, eventName]);

const countEvent = (session, key) => {
  const counts = received.get(session.id) || new Map();
  received.set(session.id, counts);
  counts.set(key, (counts.get(key) || 0) + 1);
};

const meta = (name, version) => ({
  version: (connection, callback) => callback(null, version),
  name: (connection, callback) => callback(null, name),
});

const echo = {
  echo: (connection, value, callback) => callback(null, value),
  many: (connection, callback) => callback(null, 1, 'two', [3]),
  nothing: (connection, callback) => callback(null),
  slow: (connection, ms, value, callback) => {
    setTimeout(() => callback(null, value), ms);
  },
};

const calculator = {
  answer: (connection, callback) => callback(null, 42),
  divide: (connection, a, b, callback) => {
    if (b === 0) callback(new jstp.RemoteError(1, 'Zero division'));
    else callback(null, a / b);
  },
};

const errors = {
  code: (connection, n, callback) => callback(n),
  custom: (connection, callback) => {
    const info = ['extra', { a: 1 }];
    callback(new jstp.RemoteError(1024, 'Custom failure', info));
  },
  internal: (connection, callback) => {
    throw new Error('an error within a method');
  },
};

const counter = {
  increment: (connection, key, callback) => {
    const value = (counters.get(key) || 0) + 1;
    counters.set(key, value);
    callback(null, value);
  },
  get: (connection, key, callback) => callback(null, counters.get(key) || 0),
};

const session = {
  id: (connection, callback) => callback(null, connection.session.id),
  username: (connection, callback) =>
    callback(null, connection.session.username),
  set: (connection, key, value, callback) => {
    connection.session.set(key, value);
    callback(null);
  },
  get: (connection, key, callback) => {
    const state = connection.session;
    callback(null, state.has(key) ? state.get(key) : null);
  },
};

const events = {
  emit: (connection, interfaceName, eventName, args, callback) => {
    connection.emitRemoteEvent(interfaceName, eventName, args);
    callback(null);
  },
  broadcast: (connection, interfaceName, eventName, args, callback) => {
    connection.server.broadcast(interfaceName, eventName, ...args);
    callback(null);
  },
  ticks: (connection, count, ms, callback) => {
    callback(null);
    const { session } = connection;
    let sent = 0;
    const timer = setInterval(() => {
      if (sent >= count) {
        clearInterval(timer);
        return;
      }
      session.connection.emitRemoteEvent('events', 'tick', [sent++]);
    }, ms);
  },
  received: (connection, interfaceName, eventName, callback) => {
    const counts = received.get(connection.session.id);
    const key = eventKey(interfaceName, eventName);
    callback(null, (counts && counts.get(key)) || 0);
  },
};

const connection = {
  drop: (connection, callback) => actions.cut(connection),
};

const reverse = {
  callMethod: (connection, interfaceName, methodName, args, callback) => {
    connection.callMethod(interfaceName, methodName, args, callback);
  },
  inspect: (connection, interfaceName, callback) => {
    actions
      .inspect(connection, interfaceName)
      .then(methods => callback(null, methods), callback);
  },
};

const shared = {
  echo,
  calculator,
  errors,
  counter,
  session,
  events,
  connection,
  reverse,
};

// onEvent - called with the connection, the interface, the event and the
//           arguments of each event a client sends
const createApplications = onEvent => {
  const create = (name, version, interfaces) => {
    const api = { meta: meta(name, version), ...interfaces };
    const application = new jstp.Application(`${name}@${version}`, api);
    application.handleEvent = (connection, interfaceName, eventName, args) => {
      countEvent(connection.session, eventKey(interfaceName, eventName));
      onEvent(connection, interfaceName, eventName, args);
    };
    return application;
  };
  return [
    create('testbed', '1.0.0', shared),
    create('testbed', '1.2.0', shared),
    create('testbed', '2.0.0', shared),
    create('other', '1.0.0', {}),
  ];
};

const users = { login: ['marcus', 'aurelius'], token: ['letmein'] };

const same = (given, expected) =>
  Array.isArray(given) &&
  given.length === expected.length &&
  expected.every((item, index) => given[index] === item);

const authenticate = (connection, application, strategy, credentials, done) => {
  const known =
    Object.hasOwn(users, strategy) && same(credentials, users[strategy]);
  if (!known) done(new jstp.RemoteError(jstp.ERR_AUTH_FAILED));
  else done(null, strategy === 'token' ? 'token-user' : 'marcus');
};

module.exports = { createApplications, authenticate };
