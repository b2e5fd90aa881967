// The family's service worker, under /f/ only. It keeps a question that was opened for three days, or until it is
// answered or its link is over, with style and script; any other page is answered by /f/offline/, which names nobody.
// What waits is kept by the page (waiting.js); the worker only sends it, where the browser wakes it for that.
import { forgetPage, PAGES, sendUntilEmpty } from './queue.js';
import './pushed.js';

const PARTS = 'family-parts';
const OFFLINE = '/f/offline/';
const QUESTION = /^\/f\/c\/[^/]+\/$/;
const LEAVES = /\/(sign-out|not-me|end)\/$/; // whoever signs out, or is not the one who was meant
const LOOKS = /^\/f\/(view|me\/language)\/$/; // another language, or larger letters
const HASHED = /\.[0-9a-f]{12}\.[a-z0-9]+$/;
const PATIENCE = 12000; // ms for a page before the kept one is shown: 2G is slow, and not offline
const DAYS = 3;

const isKeepable = (response) => response.ok && response.type === 'basic' && response.headers.get('X-Keep') === '1';

async function put(name, request, response) {
  const copy = response.clone();
  await (await caches.open(name)).put(request, copy);
  return response;
}

async function keepOfflinePage() {
  const response = await fetch(OFFLINE);
  const parts = (await response.clone().text()).match(/\/static\/[^"#]+/g) || [];
  await put(PARTS, OFFLINE, response);
  await Promise.all([...new Set(parts)].map((one) => part(new Request(one))));
}

async function dropOld() {
  const cache = await caches.open(PAGES);
  for (const request of await cache.keys()) {
    const kept = await cache.match(request, { ignoreVary: true });
    if (Date.now() - Date.parse(kept.headers.get('date')) > DAYS * 24 * 3600 * 1000) await cache.delete(request);
  }
}

// The server says which page may be kept; whatever else comes at that address (answered, over, blocked) wipes it.
async function keepQuestion(address, response) {
  if (isKeepable(response)) return put(PAGES, address, response);
  await forgetPage(address);
  return response;
}

function inTime(request) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('slow')), PATIENCE);
    fetch(request).then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

async function question(request) {
  await dropOld();
  const address = new URL(request.url).pathname;
  const kept = await caches.match(address, { cacheName: PAGES, ignoreVary: true });
  try {
    return await keepQuestion(address, await (kept ? inTime(request) : fetch(request)));
  } catch (error) {
    return kept || offline(error);
  }
}

// What is kept stands in the language of before, and in its letters.
async function keepAsChosen() {
  await keepOfflinePage();
  for (const request of await (await caches.open(PAGES)).keys()) {
    const address = new URL(request.url).pathname;
    await keepQuestion(address, await fetch(address, { credentials: 'same-origin' }));
  }
}

function changeLooks(event) {
  const answer = fetch(event.request);
  event.respondWith(answer.catch(offline));
  event.waitUntil(answer.then(keepAsChosen).catch(() => {}));
}

async function offline(error) {
  const kept = await caches.match(OFFLINE, { cacheName: PARTS, ignoreVary: true });
  if (kept) return kept;
  throw error;
}

async function part(request) {
  const kept = await caches.match(request, { cacheName: PARTS });
  if (kept && HASHED.test(new URL(request.url).pathname)) return kept;
  try {
    const response = await fetch(request);
    return response.ok ? await put(PARTS, request, response) : response;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener('install', (event) => {
  self.skipWaiting();
  event.waitUntil(keepOfflinePage().catch(() => {})); // without it the browser's own page must do
});
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('sync', (event) => {
  if (event.tag === 'answers') event.waitUntil(sendUntilEmpty());
});
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method === 'POST' && LEAVES.test(url.pathname)) event.waitUntil(caches.delete(PAGES));
  if (request.mode === 'navigate' && LOOKS.test(url.pathname)) changeLooks(event);
  else if (request.method !== 'GET') return;
  else if (url.pathname.startsWith('/static/')) event.respondWith(part(request));
  else if (request.mode !== 'navigate' || !url.pathname.startsWith('/f/')) return;
  else event.respondWith(QUESTION.test(url.pathname) ? question(request) : fetch(request).catch(offline));
});
self.addEventListener('message', (event) => {
  const { pathname } = new URL((event.data || {}).keep || '/', self.location.origin);
  if (!QUESTION.test(pathname)) return;
  event.waitUntil(fetch(pathname, { credentials: 'same-origin' }).then((response) => keepQuestion(pathname, response)).catch(() => {}));
});
