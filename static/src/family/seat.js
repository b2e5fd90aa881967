// A tablet that goes round a class. Everything works without this file, online. With it the whole form comes with the first
// question: each tap is kept, sealed, and sent in order, and the next question needs no network. What the page knows of its
// child (questions, key, answers so far) is forgotten when the child is through, leaves, or waits too long.
import { ask, newKey } from '../kept.js';
import { asked, nextItem } from './conditions.js';
import { all, clock, put, putInMemory, sendAll } from './seat_queue.js';

const AGAIN = 15000; // ms between two tries while something waits
const SOON = 3000; // ms in which a word usually arrives
const ENTER = '/p/seat/';
const LEAVE = '/p/questions/leave/';
const FORM = 'seat-form';
const FAR = 'seat-far';
const view = document.getElementById('view');
const bar = document.getElementById('waits');
const isQuestions = window.location.pathname.startsWith('/p/questions/');
const canSeal = Boolean(window.crypto && crypto.subtle);
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const path = (form) => new URL(form.action).pathname;

let form = null; // of the server (seat_pages.whole): seat, key, items with their rules, the pages after them
let far = null; // how far the child is: answers, item, until, isPaused
let sealing = null;
let tapped = null; // Safari before 15.4 does not tell which button sent a form
let busy = false;
const arrivals = new Map(); // of what was kept → who waits to hear that it has arrived

// --- What this page knows of its child

function remember() {
  try {
    sessionStorage.setItem(FAR, JSON.stringify(far));
  } catch (error) { /* no room: a reload needs the network, then */ }
}

function rememberForm() {
  try {
    sessionStorage.setItem(FORM, JSON.stringify(form));
  } catch (error) { /* as above */ }
}

function forget() {
  [form, far, sealing] = [null, null, null];
  try {
    [FORM, FAR].forEach((name) => sessionStorage.removeItem(name));
  } catch (error) { /* nothing was kept, either */ }
}

function recall() {
  try {
    [form, far] = [FORM, FAR].map((name) => JSON.parse(sessionStorage.getItem(name)));
  } catch (error) { /* not there */ }
  if (!form || !far || far.until < clock()) forget();
  return form;
}

const stay = () => { far.until = clock() + form.seconds * 1000; };

// --- Kept, sealed, sent

const bytesOf = (base64) => Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));

// Padded, so that its length says nothing.
function padded(words) {
  const plain = new TextEncoder().encode(JSON.stringify(words));
  const full = new Uint8Array(Math.ceil(plain.length / 256) * 256).fill(32);
  full.set(plain);
  return full;
}

async function sealed(words) {
  if (!sealing) sealing = await crypto.subtle.importKey('raw', bytesOf(form.key), 'AES-GCM', false, ['encrypt']);
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const closed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, sealing, padded(words)));
  return btoa(String.fromCharCode(...nonce, ...closed));
}

async function keep(words) {
  const entry = { key: newKey(), at: clock(), seat: form.seat };
  const said = { ...words, key: entry.key };
  if (canSeal) await put({ ...entry, said: await sealed(said) });
  else putInMemory({ ...entry, said });
  return entry.key;
}

const hasArrived = (key) => new Promise((resolve) => { arrivals.set(key, () => resolve(true)); });

function heard(says, seat) {
  says.settled.forEach((key) => {
    if (arrivals.has(key)) arrivals.get(key)();
    arrivals.delete(key);
  });
  if (!form || form.seat !== seat || far.isPaused) return;
  if (says.seat === 'over') goTo(`${ENTER}?told=${says.late ? 'late' : 'arrived'}`);
  else if (says.seat === 'finished') showDone();
}

let sending = null;
let more = false;
let late = 0;

async function sendEach() {
  let says = null;
  do {
    more = false;
    const seat = form ? form.seat : '';
    says = await sendAll(seat);
    if (says) {
      late += says.late;
      heard(says, seat);
    }
  } while (more || (says && says.settled.length && (await all()).length));
  sayWhatWaits((await all()).length);
}

function send() {
  more = true;
  if (!sending) sending = sendEach().finally(() => { sending = null; });
  return sending;
}

// What is said for once goes with the next page.
function say(words, isOnce) {
  bar.textContent = words;
  bar.hidden = false;
  bar.classList.toggle('once', Boolean(isOnce));
}

function sayWhatWaits(count) {
  const { waits, kept, none, sent, late: tooLate } = bar.dataset;
  if (count && far) say(waits + count);
  else if (count) say((bar.dataset.isNone ? `${none} ` : '') + kept + count);
  else if (late) say(tooLate);
  else if (!bar.hidden && !bar.dataset.isNone) say(sent, true);
  if (count && navigator.serviceWorker) {
    // Goes out though the page is shut, where the browser can.
    navigator.serviceWorker.getRegistration('/p/').then((worker) => worker && worker.sync && worker.sync.register('seats')).catch(() => {});
  }
}

function sayNoNetwork() {
  bar.dataset.isNone = '1';
  say(bar.dataset.none);
}

// --- What the child sees

function show(html) {
  if (bar.classList.contains('once')) bar.hidden = true;
  view.innerHTML = html;
  window.scrollTo(0, 0);
  const title = view.querySelector('h1');
  title.tabIndex = -1;
  title.focus({ preventScroll: true });
  document.dispatchEvent(new Event('fresh'));
}

const offer = (way, isThere) => document.querySelectorAll(`form[action$="/${way}/"]`).forEach((one) => { one.hidden = !isThere; });

function showItem(id) {
  const list = asked(form.items, far.answers);
  const place = list.findIndex((one) => one.id === id);
  [far.item, far.isPaused] = [id, false];
  remember();
  offer('talk', true);
  show(list[place].html);
  view.querySelector('[data-place]').textContent = form.place.replace('%(n)s', place + 1).replace('%(total)s', list.length);
  if (list.length <= 20) drawStones(list.length, place);
  if (place === 0) view.querySelector('.two-ways a').replaceWith(document.createElement('span'));
  view.querySelectorAll('.ans [name=option]').forEach((one) => {
    if (one.value !== far.answers[id]) return;
    one.setAttribute('aria-pressed', 'true');
    one.closest('.ans').classList.add('chosen');
  });
}

function drawStones(count, place) {
  const stones = view.querySelector('.stones');
  for (let n = 0; n < count; n += 1) {
    const stone = document.createElement('i');
    stone.className = n === place ? 'now' : n < place ? 'past' : 'next';
    stones.append(stone);
  }
}

function showDone() {
  const html = form.done;
  forget();
  ['talk', 'leave'].forEach((way) => offer(way, false));
  show(html);
}

function goOn(after) {
  const next = nextItem(form.items, far.answers, after);
  if (next) showItem(next.id);
  else showDone();
}

function goTo(address) {
  forget();
  window.location.replace(address);
}

// Somebody to go to, at once; that somebody comes is said only when they can know.
async function showPause(key) {
  far.isPaused = true;
  remember();
  const arrival = key ? hasArrived(key) : Promise.resolve(false);
  const isTold = await Promise.race([arrival, send().then(() => false), sleep(SOON)]);
  show(form.pause);
  offer('talk', false);
  tell(isTold);
  arrival.then(tell);
}

function tell(isTold) {
  const [told, untold] = ['[data-told]', '[data-untold]'].map((one) => view.querySelector(one));
  if (told) [told.hidden, untold.hidden] = [!isTold, Boolean(isTold)];
}

// --- What the child does

async function answer(sent) {
  const item = sent.elements.namedItem('item').value;
  const option = tapped && tapped.form === sent ? tapped.value : '';
  const key = await keep({ act: 'answer', item, option });
  far.answers[item] = option;
  stay();
  if (form.items.find((one) => one.id === item).adult.includes(option)) await showPause(key);
  else goOn(item);
  send();
}

const acts = {
  '/p/questions/': answer,
  '/p/questions/talk/': async () => showPause(await keep({ act: 'talk' })),
  '/p/questions/pause/': async () => {
    const isAnswered = far.answers[far.item] !== undefined;
    if (isAnswered) goOn(far.item);
    else showItem(far.item);
  },
  [LEAVE]: async () => {
    await keep({ act: 'leave' });
    await Promise.race([send(), sleep(SOON)]);
    goTo(ENTER);
  },
};

function takeForms(ready) {
  document.addEventListener('click', (event) => {
    const pressed = event.target.closest('button, .two-ways a');
    if (!pressed) return;
    if (event.detail > 1) event.preventDefault(); // the second tap of two would answer the next question
    else tapped = pressed;
    if (pressed.tagName !== 'A' || !form || event.defaultPrevented) return;
    event.preventDefault();
    const list = asked(form.items, far.answers);
    const place = list.findIndex((one) => one.id === far.item);
    if (place > 0) showItem(list[place - 1].id);
  }, true);
  document.addEventListener('submit', (event) => {
    const act = acts[path(event.target)];
    if (!act || (!form && act === acts[LEAVE])) return;
    event.preventDefault();
    event.stopPropagation();
    if (busy) return;
    busy = true;
    const button = tapped;
    if (button) button.setAttribute('aria-busy', 'true');
    document.dispatchEvent(new Event('tapped'));
    ready.then(() => form && act(event.target)).finally(() => {
      busy = false;
      if (button) button.removeAttribute('aria-busy');
    });
  }, true);
}

// --- Beginning

// Until it is here: without it a tap cannot be kept, and waits.
async function bring() {
  const own = view.querySelector('form');
  if (recall() && form.seat === own.elements.seat.value) {
    if (far.isPaused) await showPause('');
    else showItem(far.item);
    return;
  }
  forget();
  if ((await all()).length) await send(); // of the child before, who may have given the tablet away
  const item = own.elements.namedItem('item').value;
  for (;;) {
    const response = await ask(view.dataset.whole).catch(() => null);
    if (response && response.redirected) goTo(ENTER);
    if (response && response.ok && !response.redirected) {
      form = await response.json();
      break;
    }
    sayNoNetwork();
    await sleep(SOON);
  }
  [bar.hidden, bar.dataset.isNone] = [true, ''];
  far = { answers: form.answers, item, isPaused: false };
  stay();
  rememberForm();
  remember();
}

// The page for a number, in the place of a question that no network brings.
function resume() {
  document.querySelectorAll('[data-seated]').forEach((one) => { one.hidden = false; });
  const lines = document.querySelector('.tels');
  if (lines) lines.outerHTML = form.hotlines;
  if (far.isPaused) return showPause('');
  showItem(far.item);
  return send();
}

async function askForNumber() {
  forget();
  const isThere = await ask('/offline/state/', { cache: 'no-store' }).then((said) => said.ok, () => false);
  if (isThere) return;
  sayNoNetwork();
  window.addEventListener('online', () => window.location.replace(ENTER));
}

function bringWorker() {
  if ('serviceWorker' in navigator) navigator.serviceWorker.register('/p/sw.js', { scope: '/p/' }).catch(() => {});
}

function begin() {
  if (view && view.dataset.whole) takeForms(bring());
  else if (view && isQuestions && recall()) {
    takeForms(Promise.resolve());
    resume();
  } else if (view) askForNumber();
  send();
  window.addEventListener('online', send);
  document.addEventListener('visibilitychange', () => document.hidden || send());
  setInterval(() => (bar.hidden ? null : send()), AGAIN);
  setInterval(() => far && far.until < clock() && goTo(ENTER), 5000);
  // A page that a browser kept and shows again may belong to somebody who has left.
  window.addEventListener('pageshow', (event) => event.persisted && window.location.reload());
  window.addEventListener('load', bringWorker);
}

if (bar && window.indexedDB && window.AbortController && window.TextEncoder) begin();
