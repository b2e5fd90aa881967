// The page's side of what waits (queue.js): takes the two forms of a check-in, and says at every moment what is true.
import { newKey } from '../kept.js';
import { all, forgetPage, PAGES, put, remove, send, sendAll } from './queue.js';

const AGAIN = 20000; // ms between two tries while something waits
const ROOM = 1500; // ms for the phone's storage to answer; then the form goes as without script
const bar = document.getElementById('kept');
const here = window.location.pathname.replace(/(more|done|undo|not-me)\/$/, '');
const forms = Array.from(document.querySelectorAll('form[data-keep]'));
let tapped = null; // Safari before 15.4 does not tell which button sent a form
let busy = false;
let shown = ',,'; // keys of what the page says now: mine, over, any

function line(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function button(text, className, act) {
  const made = line('button', text, className);
  made.type = 'button';
  made.addEventListener('click', act);
  return made;
}

// One thing at a time: while an answer of this question waits, the page shows that and nothing else.
function show(parts, isAlone) {
  bar.hidden = !parts.length;
  bar.textContent = '';
  delete bar.dataset.say;
  parts.forEach((part) => bar.append(part));
  document.body.classList.toggle('is-kept', isAlone && parts.length > 0);
}

function showWaiting(entry) {
  const say = document.createElement('div');
  say.className = 'ask';
  say.dataset.say = '';
  const words = document.createElement('div');
  words.append(line('h1', bar.dataset.kept));
  if (entry.said) words.append(line('p', bar.dataset.answer + entry.said, 'lead'));
  words.append(line('p', bar.dataset.later));
  say.append(words);
  show([say, button(bar.dataset.again, 'btn', tryNow), button(bar.dataset.wrong, 'line', () => takeBack(entry))], true);
  document.dispatchEvent(new Event('fresh'));
}

function showOver(entry) {
  const isHere = entry.page === here;
  const parts = [line('p', entry.message, 'error')];
  if (isHere && entry.words) parts.push(line('blockquote', entry.words));
  if (isHere || !entry.words) parts.push(button(bar.dataset.read, 'btn', () => remove(entry.key).then(refresh)));
  else {
    const open = line('a', bar.dataset.open, 'line');
    open.href = entry.page;
    parts.push(open);
  }
  show(parts, false);
}

// Sent by this page, another one or the worker: said once.
async function sayWhatArrived(sent) {
  await Promise.all(sent.map((entry) => remove(entry.key)));
  const own = sent.filter((entry) => entry.page === here).pop();
  if (own && wasAlone()) window.location.replace(own.next);
  else if (sent.length && bar.hidden) show([line('p', bar.dataset.sent, 'noted')], false);
}

const wasAlone = () => document.body.classList.contains('is-kept');

async function refresh() {
  const entries = await all();
  const of = (state) => entries.filter((entry) => entry.state === state);
  const [waiting, sent, over] = [of('waits'), of('sent'), of('over')[0]];
  const mine = waiting.filter((entry) => forms.length && entry.page === here).pop();
  const now = [mine, over, waiting[0]].map((entry) => entry && entry.key).join();
  if (now !== shown) {
    shown = now;
    if (mine) showWaiting(mine);
    else if (over) showOver(over);
    else if (waiting.length) show([line('p', bar.dataset.some, 'noted')], false);
    else if (wasAlone() && !sent.length) window.location.reload(); // another tab has said that it arrived
    else bar.hidden = true;
  }
  await sayWhatArrived(sent);
}

async function sendWaiting() {
  if (busy) return;
  if ((await all()).some((entry) => entry.state === 'waits')) await sendAll();
  await refresh();
}

function tryNow(event) {
  event.target.setAttribute('aria-busy', 'true');
  sendWaiting().then(() => event.target.removeAttribute('aria-busy'));
}

async function takeBack(entry) {
  await remove(entry.key);
  document.body.classList.remove('is-kept');
  forms.forEach((form) => { if (form.dataset.keep === 'answer') form.elements.key.value = newKey(); });
  await refresh();
}

function entryOf(form) {
  const fields = Array.from(new FormData(form).entries()).filter(([, value]) => typeof value === 'string' || value.size);
  if (tapped && tapped.form === form && tapped.name) fields.push([tapped.name, tapped.value]);
  const label = tapped && tapped.name === 'answer' && tapped.querySelector('b');
  const key = `${form.dataset.keep}:${form.elements.key.value}`;
  return { key, page: here, action: form.action, said: label ? label.innerText : '', fields, state: 'waits', at: Date.now() };
}

// As without script, the answer of the tapped button included.
function sendPlainly(form) {
  if (tapped && tapped.form === form && tapped.name) {
    const field = document.createElement('input');
    [field.type, field.name, field.value] = ['hidden', tapped.name, tapped.value];
    form.append(field);
  }
  form.submit();
}

const inTime = (promise) => Promise.race([promise, new Promise((_, reject) => { setTimeout(reject, ROOM); })]);

async function submit(form) {
  const entry = entryOf(form);
  try {
    await inTime(put(entry)); // first kept, then sent: nothing is lost when the phone dies now
  } catch (error) {
    sendPlainly(form);
    return;
  }
  const answer = await send(entry);
  form.elements.key.value = newKey(); // coming back, it may be answered anew
  if (answer.state === 'sent') await remove(entry.key).then(() => window.location.assign(answer.next));
  else if (answer.isForm) await remove(entry.key).then(() => sendPlainly(form)); // the server's page says it at the field
  else if (answer.state === 'waits') await waits();
  else await refresh();
}

async function waits() {
  await refresh();
  const worker = navigator.serviceWorker && await navigator.serviceWorker.getRegistration('/f/');
  if (worker && worker.sync) worker.sync.register('answers').catch(() => {}); // goes out though the page is shut
}

function takeForms() {
  document.addEventListener('click', (event) => { tapped = event.target.closest('button') || tapped; }, true);
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!forms.includes(form) || form.querySelector('.live')) return; // talk.js first ends what is being recorded
    event.preventDefault();
    event.stopPropagation();
    if (busy) return;
    busy = true;
    if (tapped) tapped.setAttribute('aria-busy', 'true');
    submit(form).catch(() => sendPlainly(form)).finally(() => {
      busy = false;
      if (tapped) tapped.removeAttribute('aria-busy');
    });
  }, true);
}

// Who signs out, or is not the one who was meant, leaves no page behind.
function forgetOnLeaving() {
  document.addEventListener('submit', (event) => {
    const way = new URL(event.target.action).pathname;
    if (/\/(sign-out|not-me|end)\/$/.test(way) && 'caches' in window) caches.delete(PAGES);
    if (/\/not-me\/$/.test(way)) all().then((kept) => kept.filter((one) => one.page === here).forEach((one) => remove(one.key)));
  });
}

// After the page, never beside it: the line is slow. A page that came before the worker ruled is fetched once more; whether
// it ruled then cannot be asked, since it may have taken over meanwhile.
function bringWorker() {
  if (!('serviceWorker' in navigator)) return;
  window.addEventListener('load', () => {
    const asks = forms.some((form) => form.dataset.keep === 'answer');
    navigator.serviceWorker.register('/f/sw.js', { scope: '/f/' }).then(async () => {
      const { active } = await navigator.serviceWorker.ready;
      const isThere = await caches.match(here, { cacheName: PAGES, ignoreVary: true });
      if (asks && !isThere) active.postMessage({ keep: window.location.href });
    }).catch(() => {});
  });
}

export function keepAnswers() {
  if (!bar || !window.indexedDB || !window.AbortController) return;
  takeForms();
  forgetOnLeaving();
  bringWorker();
  refresh().then(sendWaiting).catch(() => {});
  window.addEventListener('online', () => sendWaiting().catch(() => {}));
  document.addEventListener('visibilitychange', () => document.hidden || sendWaiting().catch(() => {}));
  setInterval(() => bar.hidden || sendWaiting().catch(() => {}), AGAIN);
}
