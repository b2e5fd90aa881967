// The service worker of tablets that go round a class, under /p/. It keeps the page that asks for a number, which names
// nobody, with style and script: without a network that page stands for itself and for the questions, and seat.js goes
// on with a form that it has in hand. What waits is kept, sealed, by the page; the worker only sends it.
import { sendUntilEmpty } from './seat_queue.js';

const SHELL = 'seat-shell';
const ENTER = '/p/seat/';
const OURS = /^\/p\/(seat|questions)\//;
const HASHED = /\.[0-9a-f]{12}\.[a-z0-9]+$/;

async function keep(address, response) {
  if (response.ok && response.type === 'basic' && !response.redirected) await (await caches.open(SHELL)).put(address, response.clone());
  return response;
}

async function keepShell() {
  const response = await fetch(ENTER, { credentials: 'same-origin' });
  const parts = (await response.clone().text()).match(/\/static\/[^"#]+/g) || [];
  await keep(ENTER, response);
  await Promise.all([...new Set(parts)].map(async (one) => keep(one, await fetch(one))));
}

const kept = (address) => caches.match(address, { cacheName: SHELL, ignoreVary: true });

async function page(request, url) {
  try {
    const response = await fetch(request);
    const isPlainShell = request.method === 'GET' && url.pathname === ENTER && !url.search;
    return isPlainShell ? await keep(ENTER, response) : response;
  } catch (error) {
    const shell = await kept(ENTER);
    if (!shell) throw error;
    return shell;
  }
}

async function part(request, url) {
  const found = await kept(url.pathname);
  if (found && HASHED.test(url.pathname)) return found;
  try {
    const response = await fetch(request);
    return found ? await keep(url.pathname, response) : response;
  } catch (error) {
    if (found) return found;
    throw error;
  }
}

self.addEventListener('install', (event) => {
  self.skipWaiting();
  event.waitUntil(keepShell().catch(() => {}));
});
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('sync', (event) => {
  if (event.tag === 'seats') event.waitUntil(sendUntilEmpty());
});
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.mode === 'navigate' && OURS.test(url.pathname)) event.respondWith(page(request, url));
  else if (request.method === 'GET' && url.pathname.startsWith('/static/')) event.respondWith(part(request, url));
});
