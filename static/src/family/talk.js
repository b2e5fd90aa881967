// A conversation, at the staff's and the family's door. Everything works without this file: both files are
// chosen, and a page shows new words when it is opened again. With it: the microphone records, the end is in
// sight, and new words come by themselves while somebody looks.
import { canRecord, tapeInto } from './tape.js';

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

function setUp(form) {
  const problem = form.querySelector('[data-problem]');
  const complain = (text) => {
    problem.textContent = text;
    problem.hidden = !text;
  };
  takeVoice(form, complain);
  watchPhoto(form, complain);
  form.querySelectorAll('[data-grow]').forEach(grow);
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.querySelector('button:not([type=button]):not([name])').click();
  });
  form.querySelectorAll('[data-phrase]').forEach((phrase) => phrase.addEventListener('click', () => insert(form, phrase)));
}

// As tall as its words; the stylesheet says where it ends and scrolls.
function grow(field) {
  const fit = () => {
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
  };
  field.addEventListener('input', fit);
  if (field.value) fit();
}

function takeVoice(form, complain) {
  const find = (name) => form.querySelector(`[data-${name}]`);
  const [mic, tape, state, again] = ['mic', 'tape', 'state', 'again'].map(find);
  if (!mic) return;
  const input = mic.querySelector('input');
  const player = tape.querySelector('audio');
  const words = mic.dataset;

  const say = (text) => {
    tape.hidden = !text;
    state.textContent = text;
  };
  const empty = () => {
    input.value = '';
    player.removeAttribute('src');
    player.hidden = true;
    mic.classList.remove('live');
    say('');
  };
  again.addEventListener('click', empty);
  input.addEventListener('change', () => {
    const file = input.files[0];
    if (!file) return;
    complain('');
    if (file.size > Number(words.mostBytes)) {
      empty();
      complain(words.tooLarge);
      return;
    }
    say(`${words.chosen} ${file.name}`);
  });
  if (canRecord()) record(mic, input, { complain, say, player });
}

function record(mic, input, { complain, say, player }) {
  const words = mic.dataset;
  const form = mic.closest('form');
  const recorder = tapeInto(input, Number(words.seconds), {
    tick: (seconds) => {
      mic.classList.add('live');
      say(`${clock(seconds)} ${words.recording}`);
    },
    full: (url) => {
      mic.classList.remove('live');
      player.src = url;
      player.hidden = false;
      say(words.ready);
    },
    refused: () => {
      mic.removeEventListener('click', tap);
      complain(words.refused);
    },
  });
  const tap = (event) => {
    if (event.target === input) return;
    event.preventDefault();
    complain('');
    if (recorder.isRunning()) recorder.stop();
    else recorder.start();
  };
  mic.addEventListener('click', tap);
  input.addEventListener('click', (event) => {
    if (!recorder.isRunning()) return;
    event.preventDefault();
    recorder.stop();
  });
  // Heard first, sent with the next tap.
  form.addEventListener('submit', (event) => {
    if (!recorder.isRunning()) return;
    event.preventDefault();
    event.stopPropagation();
    recorder.stop();
  }, true);
}

function watchPhoto(form, complain) {
  const photo = form.querySelector('[data-photo]');
  const name = form.querySelector('[data-photo-name]');
  if (!photo) return;
  const input = photo.querySelector('input');
  input.addEventListener('change', () => {
    const file = input.files[0];
    const isTooLarge = file && file.size > Number(photo.dataset.mostBytes);
    complain(isTooLarge ? photo.dataset.tooLarge : '');
    if (isTooLarge) input.value = '';
    name.textContent = file && !isTooLarge ? file.name : '';
  });
}

function insert(form, phrase) {
  const field = form.querySelector('[name=text]');
  field.value = field.value ? `${field.value} ${phrase.textContent}` : phrase.textContent;
  phrase.closest('details').open = false;
  field.focus();
}

// Only while somebody looks, since what is shown counts as read: not on a hidden page, nor on one that nobody has
// touched for a while. What an answer brings is put in between; what stands there already stays as it is.
const RESTS_AFTER = 5 * 60 * 1000;
let touchedAt = Date.now();
let asking = 0;

const list = () => document.querySelector('[data-refresh]');
const isWatched = () => !document.hidden && Date.now() - touchedAt < RESTS_AFTER;

function refresh() {
  const now = list();
  if (now && now.hasAttribute('data-begun')) return;
  clearInterval(asking);
  if (!now) return;
  now.setAttribute('data-begun', '');
  toEnd(now);
  asking = setInterval(ask, Number(now.dataset.refresh) * 1000);
}

function ask() {
  const now = list();
  if (!now || !isWatched()) return;
  if ([...now.querySelectorAll('audio')].some((one) => !one.paused)) return;
  const have = now.dataset.state;
  const fetched = `${window.location.pathname}?have=${encodeURIComponent(have)}`;
  fetch(fetched, { headers: { 'X-Background': '1' } })
    .then((answer) => {
      if (!answer.ok || answer.redirected) clearInterval(asking); // signed out, or no longer theirs
      return answer.status === 200 && !answer.redirected ? answer.text() : '';
    })
    .then((text) => {
      const fresh = text && new DOMParser().parseFromString(text, 'text/html').querySelector('[data-refresh]');
      if (fresh && now === list() && now.dataset.state === have) putIn(now, fresh);
    })
    .catch(() => {});
}

function putIn(now, fresh) {
  const held = {};
  [...now.querySelectorAll('[data-mark]')].forEach((one) => { held[one.id] = one; });
  const wasAtEnd = isAtEnd(now);
  const focused = document.activeElement;
  let news = 0;
  const rows = [...fresh.children].map((row) => {
    const old = row.dataset.mark && held[row.id];
    if (row.dataset.mark && !old && !row.matches('.mine, .me-say')) news += 1;
    return old && old.dataset.mark === row.dataset.mark ? old : row;
  });
  while (now.firstChild) now.removeChild(now.firstChild);
  rows.forEach((row) => now.appendChild(row));
  now.dataset.state = fresh.dataset.state;
  if (now.contains(focused)) focused.focus({ preventScroll: true });
  if (wasAtEnd) toEnd(now);
  if (news) announce(now.dataset.news, wasAtEnd);
  document.dispatchEvent(new Event('fresh'));
}

// For people who do not see it: in words to a screen reader, by a line that leads there where it is out of sight.
function announce(words, isInSight) {
  const line = document.querySelector('[data-news-line]');
  if (!line) return;
  const said = document.createElement(isInSight ? 'span' : 'a');
  said.textContent = words;
  if (isInSight) said.className = 'sr vh';
  else {
    said.href = '#end';
    said.className = 'link';
    said.addEventListener('click', () => { line.textContent = ''; });
  }
  line.textContent = '';
  line.appendChild(said);
}

['pointerdown', 'pointermove', 'touchstart', 'keydown', 'wheel'].forEach((kind) => {
  document.addEventListener(kind, () => {
    const rested = !isWatched();
    touchedAt = Date.now();
    if (rested) ask();
  }, { passive: true });
});
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  touchedAt = Date.now(); // somebody has just come back
  ask();
});

const scrolls = (one) => one.scrollHeight > one.clientHeight;
const NEAR = 40; // pixels; somebody who reads the last line is at the end

function isAtEnd(one) {
  const place = scrolls(one) ? one : document.documentElement;
  return place.scrollHeight - place.clientHeight - place.scrollTop < NEAR;
}

function toEnd(one) {
  if (scrolls(one)) one.scrollTop = one.scrollHeight;
  else if (!window.location.search) window.scrollTo(0, document.body.scrollHeight);
}

function begin() {
  document.querySelectorAll('form[data-talk]:not([data-ready-made])').forEach((form) => {
    form.setAttribute('data-ready-made', '');
    setUp(form);
  });
  refresh();
}

begin();
document.addEventListener('htmx:afterSettle', begin);
