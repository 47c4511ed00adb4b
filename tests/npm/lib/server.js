'use strict';

// A server end: `listen` starts it, the other commands are its methods.

const jstp = require('@metarhia/jstp');

const actions = require('./actions');
const testbed = require('./testbed');
const { describe, notice } = require('./output');
const { decode, encode } = require('./tagged');
const { createServer } = require('./transports');

// How long a closing server waits for its clients to end their connections.
const CLOSE_GRACE_MS = 1000;

class ServerEnd {
  constructor(name) {
    this.name = name;
    // All connections ever made, by id; the package's own list misses resumed
    // ones.
    this.known = new Map();
    this.sockets = new Set();
    this.latest = null;
  }

  notice(kind, connection, fields) {
    notice(kind, { conn: this.name, client: connection.id, ...fields });
  }

  // port - TCP port, 0 for a free one; with host (default 127.0.0.1)
  // path - of a Unix socket, instead of a port
  // transport - 'net' (default), 'tls', 'ws' or 'wss'; the secure ones with cert
  //             and key, in PEM
  // heartbeatInterval, clientExpirationTime - options of the package, in ms
  // sessions - texts of sessions that the storage holds from the start
  async listen(request) {
    const { heartbeatInterval, clientExpirationTime } = request;
    this.storage = new jstp.SimpleSessionStorageProvider();
    (request.sessions || []).forEach(text => {
      const session = jstp.Session.fromString(text);
      this.storage.set(session.id, session);
    });
    const options = {
      applications: testbed.createApplications((connection, ...event) => {
        const [interfaceName, eventName, args] = event;
        this.notice('event', connection, {
          interface: interfaceName,
          event: eventName,
          args: encode(args),
        });
      }),
      authPolicy: testbed.authenticate,
      sessionStorageProvider: this.storage,
      heartbeatInterval,
      clientExpirationTime,
    };
    this.server = createServer(request.transport || 'net', options, request);
    this.observe();
    const { path, port = 0, host = '127.0.0.1' } = request;
    await new Promise((resolve, reject) => {
      this.server.once('error', reject);
      if (path) this.server.listen(path, resolve);
      else this.server.listen(port, host, resolve);
    });
    this.server.on('error', error => {
      notice('error', { conn: this.name, error: describe(error) });
    });
    if (path) return { path };
    const bound = this.server.address();
    return { host: bound.address, port: bound.port };
  }

  observe() {
    const { server } = this;
    for (const event of ['connect', 'reconnect']) {
      server.on(event, connection => {
        this.known.set(connection.id, connection);
        this.latest = connection;
        const { id, username } = connection.session;
        this.notice(event, connection, { session: id, username });
      });
    }
    for (const event of ['disconnect', 'handshakeTimeout']) {
      server.on(event, connection => this.notice(event, connection));
    }
    server.on('connectionError', (error, connection) => {
      this.notice('error', connection, { error: describe(error) });
    });
    server.on('log', (connection, event, message) => {
      if (event !== 'messageRejected') return;
      this.notice('messageRejected', connection, { message: encode(message) });
    });
    server.on('connection', socket => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  // The connection that a request is about: `client`, else the latest one.
  connection({ client }) {
    const connection =
      client === undefined ? this.latest : this.known.get(client);
    if (!connection) throw new Error(`no client ${client}`);
    return connection;
  }

  emit(request) {
    actions.emit(this.connection(request), request);
  }

  broadcast(request) {
    const args = decode(request.args || []);
    this.server.broadcast(request.interface, request.event, ...args);
  }

  call(request) {
    return actions.call(this.connection(request), 'callMethod', request);
  }

  callWithResend(request) {
    const connection = this.connection(request);
    return actions.call(connection, 'callMethodWithResend', request);
  }

  pipeline(request) {
    return actions.pipeline(this.connection(request), request);
  }

  inspect(request) {
    return actions.inspect(this.connection(request), request.interface);
  }

  ping(request) {
    return actions.ping(this.connection(request));
  }

  startHeartbeat(request) {
    this.connection(request).startHeartbeat(request.interval);
  }

  stopHeartbeat(request) {
    this.connection(request).stopHeartbeat();
  }

  session(request) {
    return this.connection(request).session.toString();
  }

  // The clients as the package lists them.
  clients() {
    return this.server.getClientsArray().map(({ id, session }) => ({
      client: id,
      session: session && session.id,
      username: session && session.username,
    }));
  }

  // Cuts one client's transport, or all without `client`.
  cut(request) {
    if (request.client !== undefined) actions.cut(this.connection(request));
    else this.sockets.forEach(socket => socket.destroy());
  }

  // Stops listening, then closes all connections.
  async close(request) {
    if (request.client !== undefined) {
      this.connection(request).close();
      return;
    }
    const stopped = new Promise(resolve => this.server.close(resolve));
    this.sockets.forEach(socket => socket.end());
    const impatience = setTimeout(() => {
      this.sockets.forEach(socket => socket.destroy());
    }, CLOSE_GRACE_MS);
    await stopped;
    clearTimeout(impatience);
  }
}

module.exports = ServerEnd;
