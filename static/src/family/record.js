// Everything works without this file: a recording is chosen as a file, and a button says that one has listened.
// With it: the browser records, one listens before sending, and playing a postcard says so by itself.

import { canRecord, tapeInto } from './tape.js';

function recorder(box) {
  const words = box.dataset;
  const limit = Number(words.seconds);
  const form = box.closest('form');
  const input = box.querySelector('input[type=file]');
  const tape = box.querySelector('.tape');
  const mic = box.querySelector('.mic');
  const micName = mic.querySelector('.vh');
  const clock = box.querySelector('.clock b');
  const status = box.querySelector('[role=status]');
  const player = box.querySelector('audio');
  const again = box.querySelector('.again');
  const problem = box.querySelector('[data-problem]');

  const show = (isTape) => {
    tape.hidden = !isTape;
    box.querySelector('.file').hidden = isTape;
    input.required = !isTape;
  };

  const complain = (text) => {
    problem.textContent = text;
    problem.hidden = !text;
  };

  const empty = () => {
    input.value = '';
    player.hidden = true;
    again.hidden = true;
    player.removeAttribute('src');
    tape.classList.remove('full');
    mic.classList.remove('live');
    micName.textContent = words.start;
    clock.textContent = '0';
    status.textContent = words.tap;
  };

  const recording = tapeInto(input, limit, {
    tick: (seconds) => {
      clock.textContent = seconds;
      mic.classList.add('live');
      micName.textContent = words.end;
      status.textContent = words.stop;
    },
    full: (url) => {
      mic.classList.remove('live');
      player.src = url;
      player.hidden = false;
      again.hidden = false;
      tape.classList.add('full');
      status.textContent = words.listen;
    },
    refused: () => {
      show(false);
      complain(words.refused);
    },
  });

  mic.addEventListener('click', () => {
    if (recording.isRunning()) {
      recording.stop();
      return;
    }
    complain('');
    recording.start();
  });
  again.addEventListener('click', empty);
  form.addEventListener('submit', (event) => {
    if (tape.hidden || input.files.length) return;
    event.preventDefault();
    event.stopPropagation();
    if (recording.isRunning()) recording.stop(); // heard first, sent with the next tap
    else complain(words.first);
  });
  show(true);
  empty();
}

// A file that is too large is refused before it costs minutes on the line.
function watchSize(input) {
  const box = input.closest('.rec');
  input.addEventListener('change', () => {
    const isTooLarge = input.files.length && input.files[0].size > Number(input.dataset.mostBytes);
    const problem = box.querySelector('[data-problem]');
    problem.textContent = isTooLarge ? input.dataset.tooLarge : '';
    problem.hidden = !isTooLarge;
    if (isTooLarge) input.value = '';
  });
}

function sayHeard(form) {
  const player = form.parentElement.querySelector('audio');
  form.hidden = true;
  const say = () => {
    player.removeEventListener('playing', say);
    fetch(form.action, { method: 'POST', body: new FormData(form), redirect: 'manual' });
  };
  player.addEventListener('playing', say);
}

document.querySelectorAll('.rec input[type=file]').forEach(watchSize);
if (canRecord()) document.querySelectorAll('.rec').forEach(recorder);
document.querySelectorAll('form.heard').forEach(sayHeard);
