// A tablet that goes round a class. Everything works without this file, online. With it the whole form comes with the first
// question: each tap is kept, sealed, and sent in order, and the next question needs no network. A tablet that an adult made
// ready for the lesson has the forms already, and needs no network for a child's number either. What the page knows of its
// child (questions, key, answers so far) is forgotten when the child is through, leaves, or waits too long.
import { ask, newKey, saying } from '../kept.js';
import { asked, nextItem } from './conditions.js';
import { sealer } from './sealed_taps.js';
import { formOf, keepLesson, lessonHere, noteFinished } from './seat_lesson.js';
import { all, clock, hasGone, isOnlyHere, put, sendAll } from './seat_queue.js';

const AGAIN = 15000; // ms between two tries while something waits
const SOON = 3000; // ms in which a word usually arrives
const BACK = 60000; // ms by which a clock is put right without anybody setting it back
const ENTER = '/p/seat/';
const LEAVE = '/p/questions/leave/';
const FORM = 'seat-form';
const FAR = 'seat-far';
const TURN = 'seat-turn'; // of all tabs: whose turn it is, a name that says nothing
const LEFT = '#left'; // another tab sent this one to the page for a number
const view = document.getElementById('view');
const bar = document.getElementById('waits');
const QUESTIONS = '/p/questions/';
let isQuestions = window.location.pathname.startsWith(QUESTIONS);
const canSeal = Boolean(window.crypto && crypto.subtle);
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const path = (form) => new URL(form.action).pathname;

let form = null; // of the server (presenters.seat.whole): seat, name, items with their rules, the pages after them
let far = null; // how far the child is: answers, item, isPaused and told of which tap, its turn, times by both clocks
let seal = null; // of this page and child
let tapped = null; // Safari before 15.4 does not tell which button sent a form
let busy = false;
let isPlain = false; // a form went out as without script: the next page begins anew
let isLeaving = false;
let isReady = false; // an adult made this tablet ready for the lesson
let readied = null; // settled once that is known
let standing = ''; // what is said of the network while it is away
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
  [form, far, seal] = [null, null, null];
  try {
    [FORM, FAR].forEach((name) => sessionStorage.removeItem(name));
  } catch (error) { /* nothing was kept, either */ }
}

function recall() {
  try {
    [form, far] = [FORM, FAR].map((name) => JSON.parse(sessionStorage.getItem(name)));
  } catch (error) { /* not there */ }
  if (!form || !far || isOver()) forget();
  return form;
}

// Our own clock stands still while the tablet sleeps, the wall's may be set: whichever has run over counts.
const clocks = () => [clock(), Date.now()];
const inSeconds = (seconds) => clocks().map((now) => now + seconds * 1000);
const isPast = (ends) => !ends || clocks().some((now, n) => !(ends[n] >= now));

function stay() {
  far.until = inSeconds(form.seconds);
  far.seen = Date.now();
}

function turn(fresh) {
  try {
    if (fresh) localStorage.setItem(TURN, fresh);
    return localStorage.getItem(TURN);
  } catch (error) {
    return null;
  }
}

// The child has gone, as far as anybody can tell: too long ago, or another tab of this tablet has begun anew.
const isAnothers = () => Boolean(far.turn) && far.turn !== turn();
const isOver = () => isPast(far.until) || Date.now() < far.seen - BACK || isAnothers();
const giveWay = () => goTo(ENTER + LEFT);

function guard() {
  if (!far) return;
  if (isAnothers()) giveWay();
  else if (isOver()) goTo(ENTER);
  else if (!far.isPaused && isPast(far.lesson)) goTo(`${ENTER}?told=over`);
  else far.seen = Math.max(far.seen, Date.now());
}

// Nothing is drawn while nobody looks: whoever wakes the tablet must not see it before it is known whose turn it is.
function wake() {
  guard();
  if (view) view.style.visibility = document.hidden ? 'hidden' : '';
  if (!document.hidden) send();
}

// --- Kept, sealed, sent

async function keep(words) {
  const entry = { key: newKey(), at: clock(), wall: Date.now(), seat: form.seat };
  if (!seal) seal = await sealer(form.seal);
  await put({ ...entry, said: await seal(entry.seat, { ...words, key: entry.key }) });
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
  // The worker or another tab may have sent it.
  for (const [key, tellIt] of arrivals) {
    if (await hasGone(key)) {
      arrivals.delete(key);
      tellIt();
    }
  }
  await readied;
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
  const { waits, kept, sent, here, later, late: tooLate } = bar.dataset;
  sayWhetherSafe();
  if (count && isOnlyHere()) say(here + count);
  else if (count && far) say(waits + count);
  else if (count && isReady) say(later + count);
  else if (count) say(standing + kept + count);
  else if (late) say(tooLate);
  else if (!bar.hidden && !standing) say(sent, true);
  if (count && navigator.serviceWorker) {
    // Goes out though the page is shut, where the browser can.
    navigator.serviceWorker.getRegistration('/p/').then((worker) => worker && worker.sync && worker.sync.register('seats')).catch(() => {});
  }
}

function sayWhetherSafe() {
  const safe = view && view.querySelector('[data-safe]');
  if (safe) safe.hidden = isOnlyHere();
}

function sayNoNetwork() {
  standing = `${isReady ? bar.dataset.ready : bar.dataset.none} `;
  say(standing);
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
  view.querySelector('.who b').textContent = form.name;
  view.querySelector('[name=seat]').value = form.seat;
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
  if (form.box) noteFinished(form.box).catch(() => {});
  forget();
  ['talk', 'leave'].forEach((way) => offer(way, false));
  show(html);
  sayWhetherSafe();
}

function goOn(after) {
  const next = nextItem(form.items, far.answers, after);
  if (next) showItem(next.id);
  else showDone();
}

// At once out of sight. What the browser could not keep is sent first, for it goes with the page.
async function goTo(address) {
  if (isLeaving) return;
  isLeaving = true;
  forget();
  ['talk', 'leave'].forEach((way) => offer(way, false));
  if (view) view.textContent = '';
  while (isOnlyHere()) {
    await send();
    if (isOnlyHere()) await sleep(SOON);
  }
  window.location.replace(address);
}

// Somebody to go to, at once; that somebody comes is said only when they can know.
async function showPause(key) {
  [far.isPaused, far.tapKey] = [true, key];
  remember();
  const arrival = hasArrived(key);
  const isTold = await Promise.race([arrival, send().then(() => false), sleep(SOON)]);
  drawPause(isTold);
  arrival.then(tell);
}

function drawPause(isTold) {
  if (!form) return;
  show(form.pause);
  offer('talk', false);
  tell(isTold);
}

// After a reload: what waits no more has arrived.
const pauseAgain = async () => (await hasGone(far.tapKey) ? drawPause(true) : showPause(far.tapKey));

function tell(isTold) {
  const [told, untold] = ['[data-told]', '[data-untold]'].map((one) => view.querySelector(one));
  if (told) [told.hidden, untold.hidden] = [!isTold, Boolean(isTold)];
}

// --- What the child does

async function answer(sent) {
  const item = sent.elements.namedItem('item').value;
  const option = tapped && tapped.form === sent ? tapped.value : '';
  const key = await keep({ act: 'answer', item, option });
  if (!far) return;
  far.answers[item] = option;
  stay();
  if (form.items.find((one) => one.id === item).adult.includes(option)) await showPause(key);
  else goOn(item);
  send();
}

const acts = {
  '/p/questions/': answer,
  '/p/questions/talk/': async () => {
    const key = await keep({ act: 'talk' });
    if (far) await showPause(key);
  },
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

function takeForms() {
  document.addEventListener('click', (event) => {
    if (isOnlyHere() && event.target.closest(`a[href="${ENTER}"]`)) {
      event.preventDefault();
      goTo(ENTER);
      return;
    }
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
    if (!act) return;
    if (!form && !isLeaving) {
      isPlain = true;
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (busy || isLeaving) return;
    if (isOver()) {
      guard();
      return;
    }
    busy = true;
    const button = tapped;
    if (button) button.setAttribute('aria-busy', 'true');
    document.dispatchEvent(new Event('tapped'));
    act(event.target).finally(() => {
      busy = false;
      if (button) button.removeAttribute('aria-busy');
    });
  }, true);
}

// --- Beginning

// Until it is here a tap goes out as without script.
async function bring() {
  const own = view.querySelector('form');
  if (recall() && form.seat === own.elements.seat.value) {
    if (far.isPaused) await pauseAgain();
    else showItem(far.item);
    return;
  }
  forget();
  const ours = turn(newKey());
  if ((await all()).length) await send(); // of the child before, who may have given the tablet away
  const item = own.elements.namedItem('item').value;
  for (;;) {
    const answered = await ask(view.dataset.whole, {}, saying).catch(() => null);
    if (isPlain || isLeaving) return;
    if (answered && answered.redirected) {
      goTo(ENTER);
      return;
    }
    if (answered && answered.ok && answered.says && answered.says.items) {
      form = ofTheChild(answered.says);
      break;
    }
    sayNoNetwork();
    await sleep(SOON);
  }
  [bar.hidden, standing] = [true, ''];
  start(item, ours);
}

const ofTheChild = (whole) => ({ ...whole, items: whole.items.filter((one) => whole.asks.includes(one.id)) });

function start(item, ours) {
  far = { answers: form.answers, item, isPaused: false, turn: ours, lesson: inSeconds(form.lesson) };
  stay();
  rememberForm();
  remember();
}

// The page for a number, in the place of a question that no network brings.
function resume() {
  document.querySelectorAll('[data-seated]').forEach((one) => { one.hidden = false; });
  const lines = document.querySelector('.tels');
  if (lines) lines.outerHTML = form.hotlines;
  if (far.isPaused) return pauseAgain();
  showItem(far.item);
  return send();
}

async function askForNumber() {
  forget();
  if (window.location.hash !== LEFT) turn(newKey());
  await readied;
  if (isReady) takeNumbers();
  if (await isReached()) return;
  sayNoNetwork();
  window.addEventListener('online', () => form || window.location.replace(ENTER));
}

const isReached = () => ask('/offline/state/', { cache: 'no-store' }, (said) => said.ok, SOON).catch(() => false);

// A tablet that was made ready: with the network a number goes to the server, which knows the answers so far.
function takeNumbers() {
  view.querySelector('form').addEventListener('submit', async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    if (await isReached()) event.target.submit();
    else await beginWithout(event.target.elements.code.value);
    busy = false;
  });
}

async function beginWithout(typed) {
  const [code, lesson] = [typed.normalize('NFKC').replace(/\D/g, ''), await lessonHere()];
  const found = lesson ? await formOf(lesson, code).catch(() => null) : { isOver: true };
  if (!found || found.isOver || found.isFinished) {
    const why = !found ? 'wrong' : found.isOver ? 'over' : 'finished';
    sayBad(view.querySelector('[data-bad]').dataset[why]);
    return;
  }
  form = ofTheChild(found);
  start(nextItem(form.items, {}, '').id, turn(newKey()));
  // Nothing is fetched: a network that comes back just now would know of no child here.
  window.history.replaceState(null, '', QUESTIONS);
  isQuestions = true;
  takeForms();
  resume();
}

function sayBad(words) {
  const place = view.querySelector('[data-bad]');
  [place.textContent, place.hidden] = [words, false];
  document.getElementById('id_code').select();
}

// --- An adult makes this tablet ready for a lesson

const hasShell = () => caches.match(ENTER, { ignoreVary: true });

async function makeReady() {
  const tell = (name) => view.querySelectorAll('[data-step]').forEach((one) => { one.hidden = one.dataset.step !== name; });
  tell('wait');
  try {
    const { redirected, says } = await ask(view.dataset.lesson, {}, saying);
    if (redirected) {
      goTo(ENTER);
      return;
    }
    await keepLesson(says);
    await Promise.race([navigator.serviceWorker.ready, sleep(AGAIN)]);
    tell((await hasShell()) && (await lessonHere()) ? 'ready' : 'failed');
  } catch (error) {
    tell('failed');
  }
}

function bringWorker() {
  if ('serviceWorker' in navigator) navigator.serviceWorker.register('/p/sw.js', { scope: '/p/' }).catch(() => {});
}

function begin() {
  readied = lessonHere().then((lesson) => { isReady = Boolean(lesson); });
  if (view && view.dataset.whole) {
    takeForms();
    bring();
  } else if (view && isQuestions && recall()) {
    takeForms();
    resume();
  } else if (view && view.dataset.lesson) makeReady();
  else if (view) askForNumber();
  send();
  window.addEventListener('online', send);
  document.addEventListener('visibilitychange', wake);
  window.addEventListener('pageshow', wake);
  window.addEventListener('storage', (event) => event.key === TURN && isQuestions && (far ? guard() : giveWay()));
  window.addEventListener('beforeunload', (event) => {
    if (!isOnlyHere()) return;
    event.preventDefault();
    event.returnValue = '';
  });
  // The page's own time (pupil.js) is over: it leaves in our way.
  document.addEventListener('over', (event) => {
    event.preventDefault();
    goTo(ENTER);
  });
  setInterval(() => (bar.hidden ? null : send()), AGAIN);
  setInterval(guard, 5000);
  // A page that a browser kept and shows again may belong to somebody who has left.
  window.addEventListener('pageshow', (event) => event.persisted && window.location.reload());
  window.addEventListener('load', bringWorker);
}

// Over plain http nothing can be sealed: page by page, then, and nothing is kept.
if (bar && canSeal && window.indexedDB && window.AbortController && window.TextEncoder) begin();
