// Keeps the few pages on which somebody writes where there is no network, and the style and script they
// need. Nothing else is kept: no child's file, no list, no search. offline.js empties the pages when
// another person signs in, and on signing out.
const PAGES = 'pages';
const PARTS = 'parts';
const WRITTEN_ON = [
  /^\/class\/observe\//,
  /^\/visits\/\d+\/record\/$/,
  /^\/visits\/call\/\d+\/$/,
  /^\/v\/$/,
  /^\/v\/\d+\/$/,
];
const HASHED = /\.[0-9a-f]{12}\.[a-z0-9]+$/;
const PATIENCE = 8000; // ms for a page before the kept one is shown

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

const isWrittenOn = (url) => WRITTEN_ON.some((pattern) => pattern.test(url.pathname));
const isPart = (url) => url.pathname.startsWith('/static/');

async function keep(name, request, response) {
  if (response.ok && !response.redirected && response.type === 'basic') {
    const cache = await caches.open(name);
    await cache.put(request, response.clone());
  }
  return response;
}

function inTime(request) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('slow')), PATIENCE);
    fetch(request).then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

async function page(request) {
  const kept = await caches.match(request, { cacheName: PAGES });
  try {
    return await keep(PAGES, request, await (kept ? inTime(request) : fetch(request)));
  } catch (error) {
    const other = kept || await standIn(request);
    if (other) return other;
    throw error;
  }
}

// A child whose page was never opened: the page to choose from holds the same form for all of them.
async function standIn(request) {
  const isAboutOne = /^\/class\/observe\/\d+\/$/.test(new URL(request.url).pathname);
  return isAboutOne ? caches.match('/class/observe/', { cacheName: PAGES, ignoreVary: true }) : undefined;
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
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (isPart(url)) event.respondWith(part(event.request));
  else if (event.request.mode === 'navigate' && isWrittenOn(url)) event.respondWith(page(event.request));
});

// The page that registered the worker was loaded before it.
self.addEventListener('message', (event) => {
  const { keep: address, parts } = event.data || {};
  if (!address || !isWrittenOn(new URL(address))) return;
  const wanted = [[PAGES, address], ...(parts || []).map((one) => [PARTS, one])];
  event.waitUntil(Promise.all(wanted.map(async ([name, url]) => {
    try {
      await keep(name, new Request(url), await fetch(url, { credentials: 'same-origin' }));
    } catch { /* the line is gone: the next opening keeps it */ }
  })));
});
