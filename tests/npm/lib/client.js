'use strict';

// A client end: `connect` or `restoreSession` starts it, the other commands are
// its methods.

const jstp = require('@metarhia/jstp');

const actions = require('./actions');
const { describe, notice } = require('./output');
const { decode, encode } = require('./tagged');
const { addressOf } = require('./transports');

class ClientEnd {
  constructor(name) {
    this.name = name;
    this.recorded = [];
  }

  notice(kind, fields) {
    notice(kind, { conn: this.name, ...fields });
  }

  // app - 'name' or 'name@range'
  // transport - 'net' (default), 'tls', 'ws' or 'wss'
  // host and port, or path, and ca - where to connect to
  // login, password - anonymous without
  // strategy, credentials - a strategy of the application's own
  // heartbeat - interval in ms
  // application - whether to serve the interfaces `calc`, `echo`, `cutter` and
  //               `errors`
  // reconnect - false: stay closed; a number: try again after so many ms;
  //             otherwise the package's own way
  connect(request, session) {
    const options = {
      application: this.createApplication(request.application),
      connectPolicy: createConnectPolicy(request),
      heartbeatInterval: request.heartbeat,
      reconnector: createReconnector(request.reconnect),
      session,
    };
    this.transport = request.transport || 'net';
    this.address = addressOf(this.transport, request);
    return new Promise((resolve, reject) => {
      jstp[this.transport].connect(
        request.app,
        options,
        ...this.address,
        (error, connection) => {
          if (error) {
            reject(error);
            return;
          }
          this.observe(connection);
          resolve({
            session: connection.session.id,
            username: connection.session.username,
          });
        }
      );
    });
  }

  // Connects with the session that a text holds.
  restoreSession(request) {
    return this.connect(request, jstp.Session.fromString(request.text));
  }

  createApplication(complete) {
    const record = (interfaceName, method, ...args) => {
      const call = { interface: interfaceName, method, args: encode(args) };
      this.recorded.push(call);
      this.notice('call', call);
    };
    const api = {
      calc: {
        add: (connection, a, b, callback) => {
          record('calc', 'add', a, b);
          callback(null, a + b);
        },
        answer: (connection, callback) => {
          record('calc', 'answer');
          callback(null, 42);
        },
      },
      echo: {
        echo: (connection, value, callback) => {
          record('echo', 'echo', value);
          callback(null, value);
        },
        // Not recorded, for great numbers of calls.
        quiet: (connection, value, callback) => callback(null, value),
      },
      // Leaves the first two calls unanswered and cuts the transport at the second.
      cutter: {
        add: (connection, a, b, callback) => {
          record('cutter', 'add', a, b);
          if (this.recorded.length > 2) callback(null, a + b);
          else if (this.recorded.length === 2) actions.cut(connection);
        },
      },
      errors: {
        code: (connection, n, callback) => callback(n),
        custom: (connection, callback) => {
          const info = ['extra', { a: 1 }];
          callback(new jstp.RemoteError(1024, 'Custom failure', info));
        },
      },
    };
    const application = new jstp.Application('peer', complete ? api : {});
    application.handleEvent = (connection, interfaceName, event, args) => {
      this.notice('event', {
        interface: interfaceName,
        event,
        args: encode(args),
      });
    };
    return application;
  }

  observe(connection) {
    this.connection = connection;
    connection.on('close', () => this.notice('close'));
    connection.on('reconnectAttempt', () => this.notice('reconnectAttempt'));
    connection.on('reconnect', error => {
      this.notice('reconnect', { error: error ? describe(error) : null });
    });
    connection.on('error', error => {
      this.notice('error', { error: describe(error) });
    });
    connection.on('messageRejected', message => {
      this.notice('messageRejected', { message: encode(message) });
    });
  }

  call(request) {
    return actions.call(this.connection, 'callMethod', request);
  }

  callWithResend(request) {
    return actions.call(this.connection, 'callMethodWithResend', request);
  }

  pipeline(request) {
    return actions.pipeline(this.connection, request);
  }

  // Calls a method `count` times with the same arguments, up to `window` calls being
  // under way, and emits the event `event` with its number before each of them.
  // Tells the first results and how many callbacks were lost.
  //
  // Nothing is sent while a new transport waits for its handshake: the package would
  // take ids twice then.
  async flow(request) {
    const { connection } = this;
    const { interface: name, method, count, window, event } = request;
    const args = decode(request.args || []);
    const outcome = { results: [], lost: 0, errors: [] };
    let underWay = 0;
    const single = () =>
      new Promise(resolve => {
        connection.callMethod(name, method, args, (error, result) => {
          underWay--;
          if (!error) outcome.results.push(encode(result));
          else if (error === jstp.ERR_CALLBACK_LOST) outcome.lost++;
          else outcome.errors.push(describe(error));
          resolve();
        });
      });
    const calls = [];
    for (let i = 0; i < count; i++) {
      while (underWay >= window || !connection.handshakeDone) {
        await new Promise(resolve => setTimeout(resolve, 1));
      }
      underWay++;
      connection.emitRemoteEvent(name, event, [i]);
      calls.push(single());
    }
    await Promise.all(calls);
    return outcome;
  }

  // The calls that the client's application was asked for.
  calls() {
    return this.recorded;
  }

  async inspect(request) {
    const { connection } = this;
    const methods = await actions.inspect(connection, request.interface);
    connection.remoteProxies[request.interface] = new jstp.RemoteProxy(
      connection,
      request.interface,
      methods
    );
    return methods;
  }

  // Listens for some events at the proxy of an interface, made here when it was
  // not inspected. (All events are told by the notice `event` anyway.)
  subscribe({ interface: name, events }) {
    const { remoteProxies } = this.connection;
    if (!remoteProxies[name]) {
      remoteProxies[name] = new jstp.RemoteProxy(this.connection, name);
    }
    events.forEach(event => {
      remoteProxies[name].on(event, (...args) => {
        this.notice('proxyEvent', { interface: name, event, args: encode(args) });
      });
    });
  }

  emit(request) {
    actions.emit(this.connection, request);
  }

  ping() {
    return actions.ping(this.connection);
  }

  startHeartbeat(request) {
    this.connection.startHeartbeat(request.interval);
  }

  stopHeartbeat() {
    this.connection.stopHeartbeat();
  }

  session() {
    return this.connection.session.toString();
  }

  cut() {
    actions.cut(this.connection);
  }

  // Closes on purpose, and waits until the transport is closed.
  close() {
    const { connection } = this;
    return new Promise(resolve => {
      connection.once('close', () => resolve());
      connection.close();
    });
  }

  // Connects again, on the same session; to another address, by another transport
  // too, if one is given.
  reconnect(request) {
    if (request.path || request.port) {
      this.transport = request.transport || 'net';
      this.address = addressOf(this.transport, request);
    }
    return new Promise((resolve, reject) => {
      jstp[this.transport].reconnect(
        this.connection,
        ...this.address,
        error => (error ? reject(error) : resolve())
      );
    });
  }
}

// The package knows no strategies but its own, so this one puts the handshake
// together itself.
const createConnectPolicy = request => {
  const { login, password, strategy, credentials } = request;
  const simple = new jstp.SimpleConnectPolicy(login, password);
  if (!strategy) return simple;
  const connect = (app, connection, session, callback) => {
    const create = connection._createMessage;
    connection._createMessage = (kind, name, verb, args) =>
      kind === 'handshake' && !session
        ? create.call(connection, kind, name, strategy, decode(credentials))
        : create.call(connection, kind, name, verb, args);
    simple.connect(app, connection, session, callback);
    delete connection._createMessage;
  };
  return { connect };
};

const createReconnector = reconnect => {
  if (reconnect === false) return () => {};
  if (typeof reconnect !== 'number') return undefined;
  return (connection, reconnectFn) => {
    setTimeout(() => {
      if (!connection.closedIntentionally) reconnectFn();
    }, reconnect);
  };
};

module.exports = ClientEnd;
