// A session that ends while somebody types. The page asks to sign in on the spot, in a window of its own, and what was to
// be sent goes on its way; until the same person is back, nobody sees what stands on it.
import { isFresh, isOurs, state, USER } from './session.js';

const CHANNEL = 'signed-in';
const BACK = ['focus', 'visibilitychange']; // from the window in which somebody has signed in
const box = document.getElementById('signed-out');
const app = document.querySelector('.app');
let waiting = null; // one question for all that waits

function cover(isOther) {
  box.querySelector('[data-alone]').hidden = isOther;
  box.querySelector('[data-other]').hidden = !isOther;
  const link = box.querySelector('[data-sign-in]');
  link.href = isOther ? link.dataset.outFirst : link.dataset.signIn;
  app.style.visibility = 'hidden';
  if (!box.open) box.showModal();
}

function ask() {
  const title = document.title;
  document.title = box.querySelector('h2').textContent;
  return new Promise((resolve) => {
    const channel = window.BroadcastChannel ? new BroadcastChannel(CHANNEL) : null;
    const look = async () => {
      const now = document.hidden ? null : await state();
      if (!now || !waiting) return;
      if (!isOurs(now)) return cover(Boolean(now.user));
      [window, document].forEach((one) => BACK.forEach((name) => one.removeEventListener(name, look)));
      channel?.close();
      waiting = null;
      document.title = title;
      app.style.visibility = '';
      box.close();
      resolve(now);
      document.dispatchEvent(new Event('signed-in'));
    };
    if (channel) channel.onmessage = look;
    [window, document].forEach((one) => BACK.forEach((name) => one.addEventListener(name, look)));
  });
}

// Resolves once the person of this page is signed in, at once where they are; with null where nobody answers.
export async function signedIn() {
  const now = waiting ? null : await state();
  if (waiting) return waiting; // asked meanwhile
  if (!now || isOurs(now) || !box) return now;
  cover(Boolean(now.user));
  waiting = ask();
  return waiting;
}

function sayNoAnswer(again) {
  const bar = document.getElementById('failure');
  if (!bar) return again();
  bar.hidden = false;
  bar.scrollIntoView({ block: 'nearest' });
  bar.querySelector('button').onclick = () => {
    bar.hidden = true;
    again();
  };
  return undefined;
}

// Before a form leaves a page that stood for a while: an answer that never comes, or a page to sign in, would take what was written with it.
const APART = /\/(logout|sign-out|setlang)\/$/; // nothing is written there, and nobody signs in to sign out
const isSure = new WeakSet();
const isAsked = new WeakSet();

async function sendOnce(form, button) {
  isAsked.add(form);
  button?.setAttribute('aria-busy', 'true');
  const now = await signedIn();
  button?.removeAttribute('aria-busy');
  isAsked.delete(form);
  if (!now) return sayNoAnswer(() => sendOnce(form, button));
  isSure.add(form);
  form.requestSubmit(button);
  isSure.delete(form);
  return undefined;
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  const isPost = form.getAttribute('method')?.toLowerCase() === 'post';
  if (!USER || !box || event.defaultPrevented || !isPost || isSure.has(form) || isFresh()) return;
  if (APART.test(new URL(form.getAttribute('action') || '', window.location.href).pathname)) return;
  event.preventDefault();
  if (!isAsked.has(form)) sendOnce(form, event.submitter);
});

// Whoever comes back to a page, by its tab or by the back button, finds it closed where its session is over.
if (USER && box) {
  box.addEventListener('cancel', (event) => event.preventDefault());
  box.addEventListener('close', () => waiting && box.showModal());
  box.querySelector('[data-sign-in]').addEventListener('click', (event) => {
    if (window.open(event.currentTarget.href)) event.preventDefault(); // so that it can close itself
  });
  document.addEventListener('visibilitychange', () => document.hidden || signedIn());
  document.addEventListener('signed-out', signedIn);
  window.addEventListener('pageshow', (event) => event.persisted && signedIn());
}

// The window in which somebody has signed in again.
if (document.querySelector('[data-signed-in]')) {
  if (window.BroadcastChannel) new BroadcastChannel(CHANNEL).postMessage(USER);
  window.close();
}
