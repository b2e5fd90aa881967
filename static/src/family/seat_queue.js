// What a tablet that goes round a class keeps until it has arrived (docs/decisions/0001-a-form-that-waits-on-a-tablet.md).
// Used by the page and by its service worker. Each thing is sealed by the page of its child: nobody reads it here.
import { ask, inTurn, keptForms, saying } from '../kept.js';

const SEND_URL = '/p/questions/';
const STATE_URL = '/offline/state/';
const AT_ONCE = 500; // as surveys/arrivals.py

const store = keptForms('jiaqiao-seats');
const origin = Date.now() - performance.now(); // one clock while this page lives, though somebody sets the tablet's
let inMemory = []; // where the browser keeps nothing

export const clock = () => Math.round(origin + performance.now());

// Sealed as it is, what the browser does not keep stays in this page's memory: whether it is kept is the answer.
export async function put(entry) {
  try {
    await store.put(entry);
    return true;
  } catch (error) {
    inMemory.push(entry);
    return false;
  }
}

// Lost when this page goes.
export const isOnlyHere = () => inMemory.length > 0;

async function remove(keys) {
  inMemory = inMemory.filter((one) => !keys.includes(one.key));
  await Promise.all(keys.map((key) => store.remove(key).catch(() => {})));
}

// As old as it may be: the clock of a tablet is not to be trusted, and the server says what it takes no more.
export async function all() {
  return [...await store.all().catch(() => []), ...inMemory].sort((a, b) => a.at - b.at);
}

// What was kept under this key has arrived; never true of what this browser cannot say.
export async function hasGone(key) {
  if (!key || inMemory.some((one) => one.key === key)) return false;
  return store.all().then((kept) => !kept.some((one) => one.key === key), () => false);
}

async function freshToken() {
  return (await ask(STATE_URL, { cache: 'no-store' }, saying)).says.token;
}

// Our own clock stands still while the tablet sleeps, the wall's does not, but is set: the longer time is the true one.
function post(kept, seat, token) {
  const now = clock();
  const madeAt = ({ at, wall }) => now - Math.max(now - at, wall === undefined ? -Infinity : Date.now() - wall);
  const said = JSON.stringify({ now, kept: kept.map((one) => ({ key: one.key, seat: one.seat, said: one.said, at: madeAt(one) })) });
  const body = new URLSearchParams({ csrfmiddlewaretoken: token, seat, kept: said });
  return ask(SEND_URL, { method: 'POST', body, headers: { 'X-Offline': '1' } }, saying);
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
    const { ok, says } = response;
    if (!ok || !says || !Array.isArray(says.settled)) return null;
    await remove(says.settled);
    return says;
  } catch (error) {
    return null;
  }
}

// All in one request, whosever it is: the server looks first for a child who needs an adult. `seat`: whose page asks.
export const sendAll = (seat) => inTurn('jiaqiao-seats', () => sendSome(seat));

// For the worker: rejected while anything remains, so that the browser tries again.
export async function sendUntilEmpty() {
  let says = null;
  do {
    says = await sendAll('');
  } while (says && says.settled.length && (await all()).length);
  if ((await store.all()).length) throw new Error('waits');
}
