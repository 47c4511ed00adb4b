'use strict';

// Keeps a session with the server, by the npm package's browser bundle: resumes it after a loss, and begins a
// fresh one when the server does not know it any more. The package's own reconnector would ask for the old one
// for ever; besides, the package
//
// - may report one failure several times, to the reconnector and to the callback of an attempt that has
//   succeeded long ago;
// - gives wrong numbers to what is sent between a new transport and the answer to its handshake, so that
//   `online` tells when calls may be made;
// - takes no notice of pings that are not answered.

/* exported keepSession */

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
const PING_INTERVAL_MS = 10000;
const PING_PATIENCE_MS = 5000;

// Asks for `interfaceName` of an application. `on` is told what happens:
//
//   began(proxy, again)  a session has begun; again: one before it is gone for good, with what was not
//                        delivered in it
//   lost()               the connection is lost
//   resumed()            the session goes on, and nothing was missed
//
// Returns an object whose `online` tells whether calls may be made now.
function keepSession(url, app, interfaceName, on) {
  const { jstp } = window.api;
  const session = { online: false };
  let connection = null;
  let known = false;
  let attempting = false;
  let wait = FIRST_WAIT_MS;
  let timer = null;
  let pulse = null;

  // Does something after a while that grows with each failure, unless something waits already.
  const later = action => {
    if (timer !== null) return;
    timer = setTimeout(() => {
      timer = null;
      action();
    }, wait * (0.5 + Math.random()));
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  };

  // Ends a transport that is dead without a word.
  const checkPulse = () => {
    const { transport } = connection;
    const impatience = setTimeout(() => transport.end(), PING_PATIENCE_MS);
    connection.ping(() => clearTimeout(impatience));
  };

  const goOnline = () => {
    wait = FIRST_WAIT_MS;
    session.online = true;
    pulse = setInterval(checkPulse, PING_INTERVAL_MS);
  };

  const goOffline = () => {
    if (!session.online) return;
    clearInterval(pulse);
    session.online = false;
    on.lost();
  };

  const inspect = fresh => {
    fresh.inspectInterface(interfaceName, (error, proxy) => {
      if (fresh !== connection) return;
      if (error === jstp.ERR_CALLBACK_LOST) {
        inspect(fresh);
      } else if (error) {
        connection = null;
        fresh.close();
        later(begin);
      } else {
        on.began(proxy, known);
        known = true;
      }
    });
  };

  const begin = () => {
    let answered = false;
    const client = { reconnector: resume };
    jstp.ws.connect(
      app,
      client,
      url,
      (error, fresh) => {
        if (answered) return;
        answered = true;
        if (error) {
          later(begin);
          return;
        }
        connection = fresh;
        // Without a listener it would be thrown. The loss that follows is told anyway.
        fresh.on('error', () => {});
        fresh.on('close', () => {
          if (fresh === connection) goOffline();
        });
        goOnline();
        inspect(fresh);
      }
    );
  };

  // Its refusal is the server's word that the session is gone.
  const isRefusal = error => error && error.code === jstp.ERR_AUTH_FAILED;

  // The package's reconnector, which it calls after each loss and each failure.
  const resume = (lost, tryAgain) => {
    if (lost !== connection || attempting) return;
    goOffline();
    later(() => {
      attempting = true;
      tryAgain(error => {
        if (!attempting) return;
        attempting = false;
        if (isRefusal(error)) {
          connection = null;
          begin();
        } else if (!error) {
          goOnline();
          on.resumed();
        }
      });
    });
  };

  begin();
  return session;
}
