'use strict';

// What the page shows, and what is typed into it.

(() => {
  const element = id => document.getElementById(id);
  const log = element('log');
  const [joinForm, sayForm] = [element('join'), element('say')];

  let name = null;
  let chat = null;
  let joined = false;
  // What was said and not sent yet; and what was sent and not confirmed yet.
  const waiting = [];
  const sent = new Set();

  const show = (state, text) => {
    element('state').dataset.state = state;
    element('state').textContent = text;
  };

  const append = (className, ...content) => {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    const line = document.createElement('li');
    line.className = className;
    line.append(...content);
    log.append(line);
    if (atEnd || className === 'mine') log.scrollTop = log.scrollHeight;
    return line;
  };

  const span = (className, text) => {
    const part = document.createElement('span');
    part.className = className;
    part.textContent = text;
    return part;
  };

  const note = (kind, text) => append(`note ${kind}`, text);

  const addSaid = (who, text) =>
    append('said', span('who', who), ' ', span('words', text));

  const addMine = text => {
    const fate = span('fate', '');
    append('mine', span('words', text), fate);
    return { text, tell: word => (fate.textContent = word) };
  };

  const showPeople = names => {
    element('people').replaceChildren(
      ...names.map(person => {
        const item = document.createElement('li');
        item.textContent = person;
        return item;
      })
    );
  };

  // The answer was lost with the connection, but the server has got the call.
  const isDelivered = error =>
    !error || error === window.api.jstp.ERR_CALLBACK_LOST;

  const reason = error => (error && error.message) || String(error);

  const sendWaiting = () => {
    while (joined && session.online && waiting.length > 0) {
      const line = waiting.shift();
      sent.add(line);
      line.tell('');
      chat.say(line.text, error => {
        if (!sent.delete(line)) return;
        line.tell(isDelivered(error) ? '' : `Not sent: ${reason(error)}`);
      });
    }
  };

  const join = () => {
    const room = chat;
    room.join(name, error => {
      if (room !== chat) return;
      if (!isDelivered(error)) {
        note('warn', `You could not join: ${reason(error)}`);
        return;
      }
      joined = true;
      joinForm.hidden = true;
      sayForm.hidden = false;
      element('text').focus();
      sendWaiting();
    });
  };

  const began = (proxy, again) => {
    chat = proxy;
    joined = false;
    chat.on('said', addSaid);
    chat.on('people', showPeople);
    show('online', 'Connected');
    if (again) {
      sent.forEach(line => line.tell('Perhaps not delivered'));
      sent.clear();
      note(
        'warn',
        'The server no longer knows this session. A new one has begun; something may have been missed.'
      );
    }
    if (name !== null) join();
  };

  const lost = () => {
    show('lost', 'Connection lost. Trying again…');
    note('warn', 'Connection lost.');
  };

  const resumed = () => {
    show('online', 'Connected');
    note('good', 'Connected again. Nothing was missed.');
    sendWaiting();
  };

  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const url = `${scheme}://${location.host}/jstp`;
  const session = window.keepSession(url, 'chat', 'chat', {
    began,
    lost,
    resumed,
  });

  joinForm.addEventListener('submit', event => {
    event.preventDefault();
    name = element('name').value.trim();
    if (chat && session.online) join();
  });

  sayForm.addEventListener('submit', event => {
    event.preventDefault();
    const text = element('text').value.trim();
    element('text').value = '';
    if (text === '') return;
    const line = addMine(text);
    line.tell('Waits for the connection');
    waiting.push(line);
    sendWaiting();
  });
})();
