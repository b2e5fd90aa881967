// Whose page this is, and whose session it is now: the two may part while somebody types.
import { ask, saying } from '../kept.js';

const SAID = document.querySelector('meta[name="signed-in"]');
export const USER = SAID?.content || '';
export const SEALED_TO = SAID?.dataset.sealedTo || '';
const STATE_URL = '/offline/state/';
const KEYS = 'waiting-keys'; // in this tab alone, while this person is signed in
const QUICK = 10000; // ms
const FRESH = 60000; // ms in which nobody asks again: what comes too late all the same, the server holds (accounts/held.py)
let heard = 0; // when this page, or its last answer, came

// The keys that open what this person wrote; null until the server has given them.
export function keysInHand() {
  try {
    const { user, keys } = JSON.parse(sessionStorage.getItem(KEYS)) || {};
    return user === USER ? keys : null;
  } catch {
    return null;
  }
}

export function forgetKeys() {
  try {
    sessionStorage.removeItem(KEYS);
  } catch { /* nothing was kept, either */ }
}

function keepKeys(keys) {
  try {
    sessionStorage.setItem(KEYS, JSON.stringify({ user: USER, keys }));
  } catch { /* no room: what waits opens with the next answer */ }
}

// Forms and htmx send what the page holds: it must be the token of the session that is there now.
function renewTokens(token) {
  document.querySelectorAll('input[name=csrfmiddlewaretoken]').forEach((field) => { field.value = token; });
  if (document.body.hasAttribute('hx-headers')) document.body.setAttribute('hx-headers', JSON.stringify({ 'X-CSRFToken': token }));
}

// Who is signed in, and a fresh token against forged forms; null without an answer of ours.
export async function state() {
  try {
    const { ok, says } = await ask(STATE_URL, { cache: 'no-store' }, saying, QUICK);
    if (!ok || typeof says?.user !== 'string') return null;
    if (USER && says.user === USER) {
      keepKeys(says.keys);
      renewTokens(says.token);
      heard = performance.now();
    } else forgetKeys();
    return says;
  } catch {
    return null;
  }
}

export const isFresh = () => performance.now() - heard < FRESH;
export const isOurs = (now) => Boolean(now) && now.user === USER;

if (!keysInHand()) forgetKeys(); // another person's
