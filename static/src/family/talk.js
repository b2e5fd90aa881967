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

// Only while somebody looks: what is fetched counts as read.
let refreshing = 0;
function refresh() {
  clearInterval(refreshing);
  const list = document.querySelector('[data-refresh]');
  if (!list) return;
  toEnd(list);
  refreshing = setInterval(() => {
    const now = document.querySelector('[data-refresh]');
    if (!now || document.hidden) return;
    if ([...now.querySelectorAll('audio')].some((one) => !one.paused)) return;
    fetch(window.location.pathname, { headers: { 'X-Refresh': '1' } })
      .then((answer) => (answer.ok && !answer.redirected ? answer.text() : ''))
      .then((text) => {
        const fresh = text && new DOMParser().parseFromString(text, 'text/html').querySelector('[data-refresh]');
        if (!fresh || fresh.dataset.state === now.dataset.state) return;
        now.innerHTML = fresh.innerHTML;
        now.dataset.state = fresh.dataset.state;
        toEnd(now);
        document.dispatchEvent(new Event('fresh'));
      })
      .catch(() => {});
  }, Number(list.dataset.refresh) * 1000);
}

function toEnd(list) {
  if (list.scrollHeight > list.clientHeight) list.scrollTop = list.scrollHeight;
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
