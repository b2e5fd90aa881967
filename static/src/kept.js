// What waits on a phone, alike at every door: forms in IndexedDB, a request with an end, keys of their own.
const PATIENCE = 25000; // ms for one sending, files over 2G included

// Forms that wait under `name`, by their key.
export function keptForms(name) {
  const database = () => new Promise((resolve, reject) => {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('forms', { keyPath: 'key' });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  const store = async (mode, act) => {
    const db = await database();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = db.transaction('forms', mode);
        const request = act(transaction.objectStore('forms'));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      db.close();
    }
  };
  return {
    put: (entry) => store('readwrite', (forms) => forms.put(entry)),
    remove: (key) => store('readwrite', (forms) => forms.delete(key)),
    all: async () => (await store('readonly', (forms) => forms.getAll())).sort((a, b) => a.at - b.at),
  };
}

// `read`: what is read of the body, in the same time; a network that goes away half-way leaves nobody waiting.
export function ask(url, options, read = (response) => response, patience = PATIENCE) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  return fetch(url, { credentials: 'same-origin', signal: stop.signal, ...options })
    .then(read)
    .finally(() => clearTimeout(timer));
}

// With what it says; null where that is no JSON, or where the rest of it did not come in time.
export async function saying(response) {
  const { ok, status, redirected, url } = response;
  return { ok, status, redirected, url, says: await response.json().catch(() => null) };
}

// randomUUID is missing where the address is plain http.
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

// One sender at a time where the browser can say so; the server takes each key once in any case.
export const inTurn = (name, act) => (navigator.locks ? navigator.locks.request(name, act) : act());
