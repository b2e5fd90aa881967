// Forms that wait on the phone until there is a network (core/offline.py says how they are answered).
//
// A form takes part with `data-offline` and a hidden field `key`; `data-offline="once"` is about one thing
// (the outcome of one visit): written again before it was sent, it replaces itself. What waits is sealed to
// the person who wrote it: nobody else on this phone sees or sends it. Once taken it is gone from the phone.
import { ask, inTurn, keptForms, newKey, saying } from '../kept.js';
import { canSeal, opened, sealed } from '../sealing.js';
import { forgetKeys, isOurs, keysInHand, SEALED_TO, state, USER } from './session.js';

const BAR = document.getElementById('waiting');
const PAGES = 'pages';
const KEPT_DAYS = 3; // a page that was kept longer is about a walk that is over
const AGAIN = 30000; // ms between two tries while something waits
const REFUSED = [400, 404, 409, 410, 413, 422];
const SAID_ON_THE_PAGE = [409, 422]; // the server's own page shows the form again, with its errors

const store = keptForms('jiaqiao');
const { remove } = store;

// Of what waits only this can be read on the phone: whose it is, since when, and whether the school has refused it.
async function put({ key, user, state: of, at, ...said }) {
  await store.put({ key, user, state: of, at, sealed: await sealed(said, SEALED_TO) });
}

// Without its key, in a new window without a network, it is counted and nothing else.
async function withWords({ sealed: closed, ...entry }) {
  const said = await opened(closed, keysInHand()).catch(() => null);
  return { ...entry, ...said, isOpen: Boolean(said) };
}

async function mine() {
  const own = (await store.all()).filter((entry) => entry.user === USER);
  if (own.length && !keysInHand()) await state();
  return Promise.all(own.map(withWords));
}

// --- Sending --------------------------------------------------------------------------------------

function body(entry, token) {
  const data = new FormData();
  entry.fields.forEach(([name, value]) => {
    if (name !== 'csrfmiddlewaretoken') data.append(name, value);
  });
  data.append('csrfmiddlewaretoken', token);
  return data;
}

// "accepted" with where to go on, "refused" with why, or "waiting".
async function send(entry, token) {
  let response;
  try {
    response = await ask(entry.action, {
      method: 'POST',
      body: body(entry, token),
      headers: { 'X-Offline': '1', 'X-CSRFToken': token, Accept: 'application/json' },
    }, saying);
  } catch {
    return { state: 'waiting', isDown: true };
  }
  const { ok, redirected, status, says, url } = response;
  if (ok && redirected) {
    const isSignIn = new URL(url).pathname.startsWith('/accounts/');
    return isSignIn ? { state: 'waiting' } : { state: 'accepted', next: url };
  }
  // Taken is what says so: an answer that was cut off, or is not ours, leaves the form here. Its key sends it once.
  if (ok && says?.next) return { state: 'accepted', next: says.next };
  if (REFUSED.includes(status)) return { state: 'refused', message: says?.message || '', status };
  return { state: 'waiting' };
}

let isSending = false;
let arrived = 0; // since this page was opened

async function sendAll() {
  if (isSending || !USER) return;
  isSending = true;
  try {
    const isThere = (await store.all()).some((entry) => entry.user === USER && entry.state === 'waiting');
    const now = isThere ? await state() : null;
    if (isOurs(now)) {
      for (const entry of (await mine()).filter((one) => one.state === 'waiting' && one.isOpen)) {
        const answer = await send(entry, now.token);
        if (answer.state === 'accepted') {
          await remove(entry.key);
          arrived += 1;
        }
        if (answer.state === 'refused') await put({ ...entry, state: 'refused', message: answer.message });
        if (answer.isDown) break; // without a network none of them goes; one that fails holds up no other
      }
    }
  } finally {
    isSending = false;
    await show();
  }
}

const sendInTurn = () => inTurn('jiaqiao-forms', sendAll);

// --- The quiet line -------------------------------------------------------------------------------

function words(name, n) {
  return (BAR.dataset[name] || '').replace('{n}', n);
}

// What the person wrote, in the order of the form, without the words of the machine.
function written(entry) {
  return entry.fields
    .filter(([name, value]) => typeof value === 'string' && value.length > 1 && /word|what|text|note|reason/.test(name))
    .map(([, value]) => value)
    .join(' ');
}

function refusedLine(entry) {
  const line = document.createElement('li');
  line.className = 'say-bar is-bad';
  const why = document.createElement('p');
  why.textContent = `${entry.title}${entry.title ? ' ' : ''}${entry.message || BAR.dataset.refused}`;
  const kept = document.createElement('q');
  kept.textContent = written(entry);
  if (kept.textContent) why.append(document.createElement('br'), kept);
  const open = document.createElement('a');
  open.href = entry.page;
  open.className = 'btn';
  open.textContent = BAR.dataset.open;
  const drop = document.createElement('button');
  drop.type = 'button';
  drop.className = 'btn btn-plain';
  drop.textContent = BAR.dataset.drop;
  drop.addEventListener('click', async () => {
    if (drop.dataset.sure) {
      await remove(entry.key);
      await show();
      return;
    }
    drop.dataset.sure = '1';
    drop.textContent = BAR.dataset.sure;
  });
  line.append(why, open, drop);
  return line;
}

async function show() {
  if (!BAR || !USER) return;
  const entries = await mine();
  const waiting = entries.filter((entry) => entry.state === 'waiting').length;
  const refused = entries.filter((entry) => entry.state === 'refused' && entry.isOpen);
  BAR.hidden = !waiting && !refused.length && !arrived;
  const line = BAR.querySelector('[data-line]');
  line.hidden = !waiting;
  line.lastElementChild.textContent = waiting ? words(waiting === 1 ? 'one' : 'many', waiting) : '';
  if (!waiting) document.querySelectorAll('form [data-kept]').forEach((said) => said.remove());
  const come = BAR.querySelector('[data-arrived]');
  come.hidden = !arrived;
  come.lastElementChild.textContent = arrived ? words(arrived === 1 ? 'oneArrived' : 'manyArrived', arrived) : '';
  const list = BAR.querySelector('ul');
  list.textContent = ''; // replaceChildren is not known to iOS 13, which the village worker's phone may have
  list.append(...refused.map(refusedLine));
}

// --- Forms ----------------------------------------------------------------------------------------

function entryOf(form, submitter) {
  const fields = Array.from(new FormData(form).entries());
  if (submitter?.name) fields.push([submitter.name, submitter.value]);
  return {
    key: form.elements.key.value,
    user: USER,
    action: form.action,
    page: window.location.pathname + window.location.search,
    title: form.dataset.title || document.title.split(' · ')[0],
    fields: fields.filter(([, value]) => !(value instanceof File) || value.size),
    state: 'waiting',
    at: Date.now(),
  };
}

function fill(form, entry) {
  const given = entry.fields.filter(([, value]) => typeof value === 'string');
  Array.from(form.elements).forEach((field) => {
    if (!field.name || field.type === 'file' || ['key', 'csrfmiddlewaretoken'].includes(field.name)) return;
    const values = given.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === 'checkbox' || field.type === 'radio') field.checked = values.includes(field.value);
    else if (values.length && field.type !== 'submit') [field.value] = values;
  });
}

function note(form, text) {
  let line = form.querySelector('[data-kept]');
  if (!line) {
    line = document.createElement('p');
    line.dataset.kept = '';
    line.className = 'kept';
    line.setAttribute('role', 'status');
    form.append(line);
  }
  line.textContent = text;
}

async function submit(form, submitter) {
  const entry = entryOf(form, submitter);
  await put(entry); // first kept, then sent: nothing is lost when the phone dies now
  const now = navigator.onLine ? await state() : null;
  const isOther = now && !isOurs(now);
  const answer = now && !isOther ? await send(entry, now.token) : { state: 'waiting' };
  if (answer.state === 'waiting') {
    await forgetReplaced(form);
    await show();
    note(form, isOther ? BAR.dataset.signIn : BAR.dataset.kept);
    if (isOther) document.dispatchEvent(new Event('signed-out')); // asked for on the spot (signed_out.js)
    if (form.dataset.offline !== 'once') {
      form.reset();
      form.elements.key.value = newKey();
    }
    return;
  }
  if (answer.state === 'refused' && !SAID_ON_THE_PAGE.includes(answer.status)) {
    await put({ ...entry, state: 'refused', message: answer.message });
    await show();
    return;
  }
  await remove(entry.key);
  if (answer.state === 'refused') {
    form.elements.csrfmiddlewaretoken.value = now.token;
    form.submit(); // the server's own page says what is wrong, at the field
    return;
  }
  await forgetReplaced(form);
  window.location.assign(answer.next || window.location.href);
}

const forgetReplaced = (form) => (form.dataset.replaces ? remove(form.dataset.replaces) : undefined);

async function prepare(form) {
  if (!form.elements.key) return;
  const here = (await mine()).filter((entry) => entry.action === form.action);
  const waiting = form.dataset.offline === 'once' && here.find((entry) => entry.state === 'waiting');
  const refused = here.find((entry) => entry.state === 'refused' && entry.page === window.location.pathname + window.location.search);
  // A page out of the cache brings its old key with it: each opening is a form of its own.
  form.elements.key.value = waiting ? waiting.key : newKey();
  if (waiting || refused) fill(form, waiting || refused);
  if (refused) form.dataset.replaces = refused.key;
}

async function takeForms() {
  // Taken along, so that what is written without a network can be read again before it is sent.
  if (document.querySelector('form[data-offline], a[data-keep]') && !keysInHand()) await state();
  document.querySelectorAll('form[data-offline]').forEach((form) => prepare(form).catch(() => {}));
}

function keepForms() {
  // Before every other listener: a form that was kept may be sent again from the same page.
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!form.matches('form[data-offline]') || !form.elements.key) return;
    event.preventDefault();
    event.stopPropagation();
    if (form.dataset.busy) return;
    form.dataset.busy = '1';
    event.submitter?.setAttribute('aria-busy', 'true');
    submit(form, event.submitter)
      .catch(() => form.submit()) // no room or no database: as without script
      .finally(() => {
        delete form.dataset.busy;
        event.submitter?.removeAttribute('aria-busy');
      });
  }, true);
}

// --- Pages without a network ----------------------------------------------------------------------

// Kept pages belong to whoever is signed in: another person, or nobody, finds none.
async function keepPages() {
  if (!('caches' in window)) return;
  const owner = (() => { try { return localStorage.getItem('pages-of') || ''; } catch { return ''; } })();
  if (!USER || owner !== USER) await caches.delete(PAGES);
  try {
    localStorage.setItem('pages-of', USER);
  } catch { /* no storage: then the cache was just emptied */ }
  if (!USER || !('serviceWorker' in navigator)) return;
  const worker = await navigator.serviceWorker.register('/sw.js', { scope: '/' });
  await dropOldPages();
  takeAlong().catch(() => {});
  // A page that came before the worker ruled is fetched once more, through it. Whether it ruled then
  // cannot be asked: it may have taken over meanwhile. Whether the page is there can.
  if (document.querySelector('form[data-offline]') && !(await isThere(window.location.href))) {
    await navigator.serviceWorker.ready;
    (worker.active || worker.waiting).postMessage({ keep: window.location.href });
  }
}

async function isThere(address) {
  const cache = await caches.open(PAGES);
  return Boolean(await cache.match(address, { ignoreVary: true }));
}

async function dropOldPages() {
  const oldest = Date.now() - KEPT_DAYS * 24 * 3600 * 1000;
  const cache = await caches.open(PAGES);
  for (const request of await cache.keys()) {
    const response = await cache.match(request, { ignoreVary: true });
    if (Date.parse(response?.headers.get('date')) < oldest) await cache.delete(request);
  }
}

// A walk comes along whole: the pages to which its links lead are kept before anybody sets out. From Today on a
// phone so are the form for a note and those of the visits that stand there, once a day.
async function takeAlong() {
  const walk = Array.from(document.querySelectorAll('a[data-keep]'), (link) => link.href);
  const addresses = walk.length ? [window.location.href, ...new Set(walk)] : await formsOfToday();
  if (!addresses.length) return;
  const { active } = await navigator.serviceWorker.ready;
  const asked = addresses.map((address) => new Promise((resolve) => {
    const line = new MessageChannel();
    line.port1.onmessage = (event) => resolve(event.data);
    active.postMessage({ keep: address }, [line.port2]);
  }));
  const isWhole = (await Promise.all(asked)).every(Boolean);
  const told = document.querySelector('[data-taken]');
  if (told) told.hidden = !isWhole;
}

async function formsOfToday() {
  if (!document.querySelector('[data-takes-forms]') || !window.matchMedia('(pointer: coarse)').matches) return [];
  const forms = Array.from(document.links).filter((link) => /^\/(class\/observe|visits\/\d+\/record)\/$/.test(link.pathname));
  const cache = await caches.open(PAGES);
  const today = new Date().toDateString();
  const asked = [...new Set(forms.map((link) => link.href))].map(async (address) => {
    const kept = await cache.match(address, { ignoreVary: true });
    const isFresh = kept && new Date(kept.headers.get('date')).toDateString() === today;
    return isFresh ? null : address;
  });
  return (await Promise.all(asked)).filter(Boolean);
}

function emptyOnSignOut() {
  document.addEventListener('submit', (event) => {
    if (!/\/(logout|sign-out)\/$/.test(new URL(event.target.action).pathname)) return;
    forgetKeys();
    if ('caches' in window) caches.delete(PAGES);
  });
}

// "I am calling now" on a phone: the number is dialled at once, and the page waits for the return.
function dial() {
  const link = document.getElementById('dial');
  if (!link || window.location.hash !== '#dial') return;
  window.history.replaceState(null, '', window.location.pathname);
  if (window.matchMedia('(pointer: coarse)').matches) link.click();
}

function start() {
  dial();
  keepPages().catch(() => {});
  emptyOnSignOut();
  if (!USER || !BAR) return;
  if (!canSeal || !('indexedDB' in window)) {
    document.querySelectorAll('form[data-offline]').forEach((form) => note(form, BAR.dataset.plain));
    return;
  }
  keepForms();
  takeForms();
  show().then(sendInTurn).catch(() => {});
  window.addEventListener('online', sendInTurn);
  document.addEventListener('signed-in', sendInTurn);
  document.addEventListener('visibilitychange', () => document.hidden || sendInTurn());
  setInterval(() => BAR.querySelector('[data-line]').hidden || sendInTurn(), AGAIN);
}

start();
