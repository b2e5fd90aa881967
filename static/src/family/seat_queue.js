// What a tablet that goes round a class keeps until it has arrived (docs/decisions/2026-11-25-a-form-that-waits-on-a-tablet.md).
// Used by the page and by its service worker. Each thing is sealed by the page of its child: nobody reads it here.
import { ask, inTurn, keptForms } from '../kept.js';

const SEND_URL = '/p/questions/';
const STATE_URL = '/offline/state/';
const AT_ONCE = 500; // as surveys/arrivals.py

const store = keptForms('jiaqiao-seats');
const origin = Date.now() - performance.now(); // one clock while this page lives, though somebody sets the tablet's
let inMemory = []; // where the browser keeps nothing

export const clock = () => Math.round(origin + performance.now());

export async function put(entry) {
  try {
    await store.put(entry);
  } catch (error) {
    inMemory.push(entry);
  }
}

export const putInMemory = (entry) => { inMemory.push(entry); };

async function remove(keys) {
  inMemory = inMemory.filter((one) => !keys.includes(one.key));
  await Promise.all(keys.map((key) => store.remove(key).catch(() => {})));
}

// As old as it may be: the clock of a tablet is not to be trusted, and the server says what it takes no more.
export async function all() {
  return [...await store.all().catch(() => []), ...inMemory];
}

async function freshToken() {
  return (await (await ask(STATE_URL, { cache: 'no-store' })).json()).token;
}

function post(kept, seat, token) {
  const said = JSON.stringify({ now: clock(), kept: kept.map(({ key, seat: of, said: words, at }) => ({ key, seat: of, said: words, at })) });
  const body = new URLSearchParams({ csrfmiddlewaretoken: token, seat, kept: said });
  return ask(SEND_URL, { method: 'POST', body, headers: { 'X-Offline': '1' } });
}

let token = '';

// null: nothing went out. Only our own words count: a hotel's sign-in page says 200, too.
async function sendSome(seat) {
  const kept = (await all()).slice(0, AT_ONCE);
  if (!kept.length) return null;
  try {
    if (!token) token = await freshToken();
    let response = await post(kept, seat, token);
    if (response.status === 403) {
      token = await freshToken();
      response = await post(kept, seat, token);
    }
    const says = await response.json();
    if (!response.ok || !Array.isArray(says.settled)) return null;
    await remove(says.settled);
    return says;
  } catch (error) {
    return null;
  }
}

// All in one request, whosever it is: the server looks first for a child who needs an adult. `seat`: whose page asks.
export const sendAll = (seat) => inTurn('jiaqiao-seats', () => sendSome(seat));
