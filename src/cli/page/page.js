'use strict';
(() => {
  const STATES = [
    ['guests', 'G', 'Active, with guests'],
    ['active', 'A', 'Active'],
    ['boot', 'B', 'Off until the next boot'],
    ['left', 'L', 'Disabled, with leftovers'],
    ['unseen', '?', 'Not looked at'],
    ['unproven', 'U', 'Disabled, not verified'],
    ['clean', '✓', 'Disabled and clean'],
  ];
  const PARTS = [['bridge', 'Bridge'], ['dnsmasq', 'dnsmasq'], ['rules', 'Rules'], ['forwarding', 'Forwarding'], ['dhcp', 'Leases'], ['guests', 'Guests']];
  // Groups of no more hosts than this say why each is in it; of more than that, letters alone are shown.
  const ROWS = 50;
  const DENSE = 400;

  const data = JSON.parse(document.getElementById('data').textContent);
  const by = (id) => document.getElementById(id);
  const state = (host) => STATES.find(([key]) => key === host.state);
  const rank = (host) => STATES.indexOf(state(host));
  const list = (value) => (Array.isArray(value) ? value : []);

  // What nobody sees, or what turns text around, is shown by its number.
  const plain = (text) => String(text).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (c) => `\u27e8U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}\u27e9`);

  // An element with text and other elements in it; nothing is ever read as markup.
  const make = (tag, attributes, ...content) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== false) element.setAttribute(name, value === true ? '' : value);
    }
    element.append(...content.map((part) => (part instanceof Node ? part : plain(part))));
    return element;
  };
  const bdi = (text) => make('bdi', {}, text);
  const mark = (key, letter) => make('span', { class: `mark ${key}`, 'aria-hidden': 'true' }, letter);

  const seenAt = (host) => host.document.time || '';
  const isTime = (text) => !Number.isNaN(new Date(text).getTime());
  const utc = (text) => `${new Date(text).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const time = (text) => (isTime(text) ? `${utc(text)} (${new Date(text).toLocaleString()} here)` : 'at a time that was not noted');

  // --- the grid ---
  const pressed = new Set();
  let current = null;
  let opened = null;

  data.hosts.forEach((host) => {
    const [key, letter, label] = state(host);
    host.button = make('button', { type: 'button', class: key, tabindex: '-1', title: `${plain(host.name)}: ${label}` },
      mark(key, letter), bdi(host.name), make('span', { class: 'why' }, host.why));
    host.button.setAttribute('aria-label', `${plain(host.name)}: ${label}`);
    host.button.addEventListener('click', () => open(host));
    host.button.addEventListener('focus', () => rove(host));
    host.item = make('li', {}, host.button);
    host.words = `${host.name} ${label} ${host.why} ${host.document.uri || ''}`.toLowerCase();
  });

  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const byName = (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true });
  const ORDERS = {
    state: (a, b) => rank(a) - rank(b) || byName(a, b),
    name: byName,
    time: (a, b) => compare(seenAt(a), seenAt(b)) || byName(a, b),
  };
  let shown = [];

  const group = (key, label, hosts) => {
    const grid = make('ul', { class: 'grid', role: 'list' }, ...hosts.map((host) => host.item));
    grid.classList.toggle('dense', hosts.length > DENSE);
    grid.classList.toggle('worth', key !== 'clean');
    grid.classList.toggle('rows', key !== 'clean' && hosts.length <= ROWS);
    return make('section', {}, make('h2', {}, `${label} (${hosts.length})`), grid);
  };

  const draw = () => {
    const words = by('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
    const order = by('sort').value;
    shown = data.hosts.filter((host) => (!pressed.size || pressed.has(host.state)) && words.every((word) => host.words.includes(word)));
    shown.sort(ORDERS[order]);
    const groups = order !== 'state' ? (shown.length ? [group('all', 'Hosts', shown)] : []) : STATES
      .map(([key, , label]) => [key, label, shown.filter((host) => host.state === key)])
      .filter(([, , hosts]) => hosts.length)
      .map(([key, label, hosts]) => group(key, label, hosts));
    by('hosts').replaceChildren(...groups);
    by('count').textContent = shown.length ? `${shown.length} of ${data.hosts.length} shown` : 'No host is like that.';
    if (!shown.includes(current)) rove(shown[0] || null);
    links();
  };

  // One host at a time takes part in the order of Tab; arrows lead to the others.
  const rove = (host) => {
    if (current) current.button.tabIndex = -1;
    current = host;
    if (current) current.button.tabIndex = 0;
  };

  const beside = (at, down) => {
    const from = shown[at].button.getBoundingClientRect();
    let best = null;
    let row = null;
    for (let next = at + down; shown[next]; next += down) {
      const to = shown[next].button.getBoundingClientRect();
      if (Math.abs(to.top - from.top) < 2) continue;
      if (row !== null && Math.abs(to.top - row) >= 2) break;
      row = to.top;
      const distance = Math.abs(to.left - from.left);
      if (best === null || distance < best.distance) best = { next, distance };
    }
    return best ? best.next : at;
  };

  by('hosts').addEventListener('keydown', (event) => {
    const at = shown.indexOf(current);
    if (at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    const to = { ArrowRight: () => at + 1, ArrowLeft: () => at - 1, Home: () => 0, End: () => shown.length - 1,
      ArrowDown: () => beside(at, 1), ArrowUp: () => beside(at, -1) }[event.key];
    if (!to) return;
    event.preventDefault();
    const next = shown[to()];
    if (next) next.button.focus();
  });

  // --- one host ---
  const step = (part) => {
    const lines = [make('p', {}, part.words)];
    if (part.command) lines.push(make('pre', {}, make('code', {}, part.command)));
    return lines;
  };

  const GOOD = ['present', 'gone', 'not-seen', 'kept'];
  const fact = (finding) => make('p', {},
    make('span', { class: GOOD.includes(finding.word) ? '' : 'bad' }, finding.word.replace('-', ' ')), ': ', bdi(finding.what),
    finding.place ? make('small', {}, ' at ', bdi(finding.place)) : '');
  const line = (...text) => make('p', {}, ...text);

  const TIES = { member: 'is a member of the bridge', xml: 'by its XML', 'bridge-xml': 'wired to the bridge by its XML', port: 'by its port',
    connections: 'by the XML of the network', 'cut-off': 'runs, and is cut off', needs: 'does not run, and needs this network to start' };
  const guest = (tied) => line(bdi(tied.guest || (tied.count ? `${tied.count} connections` : 'a guest that does not tell its name')),
    tied.interface ? ` (${tied.interface})` : '', `: ${TIES[tied.by] || tied.by}`);

  const own = {
    bridge: ({ bridge }, isTold) => bridge && !isTold ? [line(bdi(bridge.name), ` ${[bridge.mac, bridge.up === false ? 'down' : '',
      ...list(bridge.addresses)].filter(Boolean).join(', ')}`)] : [],
    dnsmasq: () => [],
    rules: (network, isTold) => [...(isTold ? [] : list(network.rules)).map((rules) => line(`${rules.backend}, ${rules.table}: ${rules.count}`)),
      ...(network.foreign_rules ? [line(make('small', {}, `${network.foreign_rules} of others name it, and are left alone`))] : [])],
    forwarding: () => [],
    dhcp: (network) => [...list(network.ranges).map((range) => line(`gives out ${range}`)),
      line(network.leases === undefined ? 'how many it has given out could not be asked' : `${network.leases} given out`)],
    guests: (network) => list(network.guests).length ? network.guests.map(guest) : [line('none was seen')],
  };

  const anatomy = (network) => {
    const findings = list(network.findings);
    const rows = PARTS.map(([key, label]) => {
      const told = findings.filter((finding) => finding.aspect === key).map(fact);
      const more = own[key](network, told.length);
      const why = list(network.unverified).length ? `not seen: ${network.unverified.join('; ')}` : 'not seen';
      return make('tr', {}, make('th', { scope: 'row' }, label), make('td', {}, ...(told.length || more.length ? [...told, ...more] : [line(why)])));
    });
    const now = network.state ? `${network.state.active ? 'active' : 'inactive'} now, ${
      !network.state.persistent ? 'gone' : network.state.autostart ? 'active' : 'inactive'} after the next boot` : network.health;
    return [make('h3', {}, 'Network ', bdi(network.name || network.given || '?'), network.mode ? ` (${network.mode})` : ''), line(now),
      ...(network.verified ? [] : [make('p', { class: 'bad' }, list(network.unverified).length ? `Not verified: ${network.unverified.join('; ')}` : 'Not verified')]),
      make('table', {}, make('tbody', {}, ...rows))];
  };

  const traces = (unknown) => [make('h3', {}, 'Traces of networks that nobody knows'), ...list(unknown.bridges).map((name) => line('bridge ', bdi(name))),
    ...list(unknown.dnsmasq).map((process) => line(`dnsmasq ${process.pid} of network `, bdi(process.network))),
    ...list(unknown.rules).map((rules) => line(`rules: ${rules.backend}, ${rules.table}: ${rules.count}`))];

  const close = () => {
    by('host').hidden = true;
    if (opened) {
      opened.button.removeAttribute('aria-current');
      if (opened.button.isConnected) opened.button.focus();
    }
    opened = null;
  };

  const open = (host) => {
    if (opened) opened.button.removeAttribute('aria-current');
    opened = host;
    host.button.setAttribute('aria-current', 'true');
    const [key, letter, label] = state(host);
    const result = host.document.result || {};
    const networks = list(result.networks).filter((network) => network.health !== 'absent');
    const isIt = (network) => (network.name || network.given) === data.network;
    networks.sort((a, b) => isIt(b) - isIt(a));
    const shut = make('button', { type: 'button' }, 'Close');
    shut.addEventListener('click', close);
    const name = make('h2', { id: 'host-name', tabindex: '-1' }, mark(key, letter), ' ', bdi(host.name));
    const raw = make('details', {}, make('summary', {}, 'JSON of this host'));
    raw.addEventListener('toggle', () => raw.children[1] || raw.append(make('pre', {}, JSON.stringify(host.document))));
    const how = host.document.result ? 'Seen' : host.document.not_begun ? 'Not asked until' : 'Asked';
    const place = !host.document.result ? 'without an answer' : result.hostname ? `on ${result.hostname}` : 'its host was not looked at';
    by('host').className = key;
    by('host').replaceChildren(
      make('header', {}, name, shut),
      make('p', {}, make('b', {}, label), ': ', bdi(host.why)),
      make('p', { class: 'quiet' }, `${how} ${time(seenAt(host))}, ${place}, by way of `, bdi(host.document.uri || '?')),
      ...(host.steps.length ? [make('h3', {}, result.hostname && !host.document.host ? `What to do, on ${result.hostname}` : 'What to do'), ...host.steps.flatMap(step)] : [make('p', {}, 'There is nothing to do.')]),
      ...networks.flatMap(anatomy),
      ...(result.unknown ? traces(result.unknown) : []),
      ...(list(result.unseen).length ? [make('h3', {}, 'What could not be seen'), ...result.unseen.map((why) => line(bdi(why)))] : []),
      ...list(host.document.notes).map((note) => line(bdi(note))),
      raw,
    );
    by('host').hidden = false;
    by('host').scrollTop = 0;
    name.focus();
  };

  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && opened) close();
  });

  // --- files ---
  const offer = (link, text, type) => {
    if (link.href) URL.revokeObjectURL(link.href);
    link.href = URL.createObjectURL(new Blob([text], { type }));
  };
  const links = () => {
    // Elsewhere, the URI of a host's own daemon would mean another host.
    const uris = shown.filter((host) => host.document.host && !/\s/.test(host.document.uri)).map((host) => `${host.document.uri}\n`);
    by('list').hidden = !uris.length;
    offer(by('list'), uris.join(''), 'text/plain');
  };
  offer(by('raw'), data.hosts.map((host) => `${JSON.stringify(host.document)}\n`).join(''), 'application/x-ndjson');

  const times = data.hosts.filter((host) => host.document.result).map(seenAt).filter(isTime).sort().map(utc);
  if (times.length) {
    const [first, last] = [times[0], times[times.length - 1]];
    by('span').textContent = first === last ? `Hosts were seen ${first}.` : `Hosts were seen from ${first} to ${last}.`;
  }
  STATES.forEach(([key, letter, label]) => {
    const count = data.hosts.filter((host) => host.state === key).length;
    if (!count) return;
    const button = make('button', { type: 'button', 'aria-pressed': 'false' }, mark(key, letter), ` ${label}: ${count}`);
    button.addEventListener('click', () => {
      if (!pressed.delete(key)) pressed.add(key);
      button.setAttribute('aria-pressed', String(pressed.has(key)));
      draw();
    });
    by('states').append(button);
  });
  by('filter').addEventListener('input', draw);
  by('sort').addEventListener('change', draw);
  draw();
})();
