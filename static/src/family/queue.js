// Answers of a family that wait on the phone for a network (docs/decisions/0005-answers-that-wait-on-a-phone.md).
// Used by the page and by its service worker. Nobody is named in what waits but in the family's own words.
import { ask, inTurn, keptForms, saying } from '../kept.js';

export const PAGES = 'family-pages';
const STATE_URL = '/offline/state/';
const OVER = [409, 410, 422]; // said with a sentence: it will not be taken later either

export const { put, remove, all } = keptForms('jiaqiao-family');

// Over plain http there is no cache, and no worker that fills it.
export async function forgetPage(page) {
  if ('caches' in self) await caches.open(PAGES).then((cache) => cache.delete(page)).catch(() => {});
}

function body(entry, token) {
  const isFile = ([, value]) => value instanceof Blob;
  const data = entry.fields.some(isFile) ? new FormData() : new URLSearchParams();
  entry.fields.forEach(([name, value]) => data.append(name, value));
  if (token) data.set('csrfmiddlewaretoken', token);
  return data;
}

const post = (entry, token) => ask(entry.action, { method: 'POST', body: body(entry, token), headers: { 'X-Offline': '1' } }, saying);

// The page may be days old, and its token against forged forms with it.
async function freshToken() {
  return (await ask(STATE_URL, { cache: 'no-store' }, saying)).says.token;
}

// "sent" with where to go on, "over" with why, or "waits". Only our own words count: a hotel's sign-in page says 200, too.
async function deliver(entry) {
  try {
    let response = await post(entry);
    if (response.status === 403) response = await post(entry, await freshToken());
    const { ok, status, says } = response;
    if (ok && says?.next) return { state: 'sent', next: says.next };
    if (OVER.includes(status) && says?.message) return { state: 'over', message: says.message, isForm: status === 422 };
  } catch (error) { /* no network, or an answer that is not ours */ }
  return { state: 'waits' };
}

// Gone from the phone once taken: what stays is that it arrived, until a page has said so. What cannot be taken leaves
// the sentence and the family's own words, until they are read.
export async function send(entry) {
  const answer = await deliver(entry);
  if (answer.state === 'waits') return answer;
  await forgetPage(entry.page);
  const isOver = answer.state === 'over';
  const words = isOver ? entry.fields.filter(([name]) => name === 'words').map(([, value]) => value).join('') : '';
  await put({ ...answer, key: entry.key, page: entry.page, at: entry.at, words });
  return answer;
}

async function sendEach() {
  for (const entry of (await all()).filter((one) => one.state === 'waits')) {
    if ((await send(entry)).state === 'waits') break;
  }
}

export const sendAll = () => inTurn('jiaqiao-family', sendEach);

// For the worker: rejected while anything waits, so that the browser tries again.
export async function sendUntilEmpty() {
  await sendAll();
  if ((await all()).some((one) => one.state === 'waits')) throw new Error('waits');
}
