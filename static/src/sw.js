// Keeps the few pages on which somebody writes where there is no network, the walk that leads to them, and
// the style and script they need. Nothing else is kept: no child's file, no list of a school, no search.
// On signing out they are dropped, here and by offline.js, which also drops them where it meets another person or
// nobody; /offline/ says what is there.
const PAGES = 'pages';
const PARTS = 'parts';
const OFFLINE = '/offline/';
const KEPT = [
  /^\/class\/observe\//,
  /^\/visits\/sheet\/$/,
  /^\/visits\/\d+\/record\/$/,
  /^\/visits\/call\/\d+\/$/,
  /^\/v\/$/,
  /^\/v\/\d+\/$/,
  /^\/v\/\d+\/worry\/$/,
];
const OTHER_DOORS = /^\/(f|p)\//; // of families and pupils: a phone that is lent tells them nothing
const SIGN_OUT = /\/(logout|sign-out)\/$/;
const HASHED = /\.[0-9a-f]{12}\.[a-z0-9]+$/;
const PATIENCE = 8000; // ms for a page before the kept one is shown

const isKept = (url) => KEPT.some((pattern) => pattern.test(url.pathname));
const isPart = (url) => url.pathname.startsWith('/static/');

let person = 0; // counted on at each sign-out: what was asked for before it is not kept after it

async function keep(name, request, response, asked = person) {
  const isAnothers = name === PAGES && asked !== person;
  if (response.ok && !response.redirected && response.type === 'basic' && !isAnothers) {
    const cache = await caches.open(name);
    await cache.put(request, response.clone());
  }
  return response;
}

// A page with its style and script; whether it is there now.
async function keepWhole(name, address) {
  const asked = person;
  const headers = name === PAGES ? { 'X-Keep': '1' } : {}; // nobody looks at it yet
  const response = await fetch(address, { credentials: 'same-origin', headers });
  const parts = (await response.clone().text()).match(/\/static\/[^"#]+/g) || [];
  const { ok } = await keep(name, new Request(address), response, asked);
  await Promise.all([...new Set(parts)].map((one) => part(new Request(one))));
  return ok;
}

self.addEventListener('install', (event) => {
  self.skipWaiting();
  event.waitUntil(keepWhole(PARTS, OFFLINE).catch(() => {})); // without it the browser's own page must do
});
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

function inTime(request) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('slow')), PATIENCE);
    fetch(request).then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

async function page(request) {
  // Whatever language it was asked in: it is this person's page, and there is no other.
  const kept = await caches.match(request, { cacheName: PAGES, ignoreVary: true });
  const asked = person;
  try {
    return await keep(PAGES, request, await (kept ? inTime(request) : fetch(request)), asked);
  } catch (error) {
    return kept || (await standIn(request)) || offline(error);
  }
}

// A child whose page was never opened: the page to choose from holds the same form for all of them.
async function standIn(request) {
  const isAboutOne = /^\/class\/observe\/\d+\/$/.test(new URL(request.url).pathname);
  return isAboutOne ? caches.match('/class/observe/', { cacheName: PAGES, ignoreVary: true }) : undefined;
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
    return await keep(PARTS, request, await fetch(request));
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method === 'POST' && SIGN_OUT.test(url.pathname)) {
    person += 1;
    event.waitUntil(caches.delete(PAGES));
  }
  if (request.method !== 'GET') return;
  if (isPart(url)) event.respondWith(part(request));
  else if (request.mode !== 'navigate' || OTHER_DOORS.test(url.pathname)) return;
  else event.respondWith(isKept(url) ? page(request) : fetch(request).catch(offline));
});

// A page asks to keep an address: its own, where it was loaded before the worker, or one that it leads to.
// Answered with whether it is there now.
self.addEventListener('message', (event) => {
  const address = event.data?.keep;
  if (!address || !isKept(new URL(address))) return;
  // The line is gone: the next opening keeps it.
  const kept = keepWhole(PAGES, address).catch(() => false);
  event.waitUntil(kept.then((done) => event.ports[0]?.postMessage(done)));
});
