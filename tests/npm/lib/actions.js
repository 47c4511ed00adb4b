'use strict';

// What both ends of a connection can do with it.

const { decode, encode } = require('./tagged');

const call = (connection, method, request) =>
  new Promise((resolve, reject) => {
    connection[method](
      request.interface,
      request.method,
      decode(request.args || []),
      (error, ...results) =>
        error ? reject(error) : resolve(results.map(encode))
    );
  });

// As connection.inspectInterface(), which however hands over a proxy that lacks
// the methods named like those of an event emitter.
const inspect = (connection, name) =>
  new Promise((resolve, reject) => {
    const message = connection._createMessage('inspect', name, null, null);
    const id = message.inspect[0];
    connection._callbacks.set(id, (error, ...methods) =>
      error ? reject(error) : resolve(methods)
    );
    connection._sendWithBuffering(message, id);
  });

const emit = (connection, request) =>
  connection.emitRemoteEvent(
    request.interface,
    request.event,
    decode(request.args || [])
  );

const ping = connection => new Promise(resolve => connection.ping(resolve));

// Makes `count` calls at once, with their numbers as the only argument, of a method
// that answers by its argument. Tells how many did, and whether in order.
const pipeline = async (connection, { interface: name, method, count }) => {
  let answered = 0;
  let ordered = true;
  const single = i =>
    new Promise((resolve, reject) => {
      connection.callMethod(name, method, [i], (error, result) => {
        if (error) {
          reject(error);
          return;
        }
        ordered = ordered && i === answered;
        if (result === i) answered++;
        resolve();
      });
    });
  await Promise.all(Array.from({ length: count }, (_, i) => single(i)));
  return { answered, ordered };
};

// Cuts the transport as a broken network would.
const cut = connection => {
  const { transport } = connection;
  if (!transport) return;
  const raw = transport.getRawTransport();
  (raw.destroy ? raw : raw.socket).destroy();
};

module.exports = { call, inspect, emit, ping, pipeline, cut };
