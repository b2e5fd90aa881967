// Everything works without this file: a recording is chosen as a file, and a button says that one has listened.
// With it: the browser records, one listens before sending, and playing a postcard says so by itself.

const TYPES = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];
const BITS_A_SECOND = 24000;

// Only where the browser can also put what it recorded into the form.
function canRecord() {
  if (!window.MediaRecorder || !navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return false;
  try {
    return Boolean(new DataTransfer().items);
  } catch (error) {
    return false;
  }
}

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
  const problem = box.querySelector('.error');
  let running = null;
  let timer = 0;

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

  const keep = (chunks, type) => {
    const kind = type.split(';')[0];
    const file = new File(chunks, `voice.${kind.split('/')[1]}`, { type: kind });
    const carrier = new DataTransfer();
    carrier.items.add(file);
    input.files = carrier.files;
    player.src = URL.createObjectURL(file);
    player.hidden = false;
    again.hidden = false;
    tape.classList.add('full');
    status.textContent = words.listen;
  };

  const stop = () => {
    clearInterval(timer);
    if (running && running.state !== 'inactive') running.stop();
  };

  const start = (stream) => {
    const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
    const chunks = [];
    running = new MediaRecorder(stream, type ? { mimeType: type, audioBitsPerSecond: BITS_A_SECOND } : {});
    running.ondataavailable = (event) => chunks.push(event.data);
    running.onstop = () => {
      stream.getTracks().forEach((track) => track.stop());
      mic.classList.remove('live');
      keep(chunks, running.mimeType || 'audio/webm');
      running = null;
    };
    const began = performance.now();
    timer = setInterval(() => {
      const seconds = Math.floor((performance.now() - began) / 1000);
      clock.textContent = Math.min(seconds, limit);
      if (seconds >= limit) stop();
    }, 250);
    running.start();
    mic.classList.add('live');
    micName.textContent = words.end;
    status.textContent = words.stop;
  };

  mic.addEventListener('click', () => {
    if (running) {
      stop();
      return;
    }
    complain('');
    navigator.mediaDevices.getUserMedia({ audio: true }).then(start).catch(() => {
      show(false);
      complain(words.refused);
    });
  });
  again.addEventListener('click', empty);
  form.addEventListener('submit', (event) => {
    if (tape.hidden || input.files.length) return;
    event.preventDefault();
    event.stopPropagation();
    if (running) stop(); // heard first, sent with the next tap
    else complain(words.first);
  });
  window.addEventListener('pagehide', stop);
  show(true);
  empty();
}

// A file that is too large is refused before it costs minutes on the line.
function watchSize(input) {
  const box = input.closest('.rec');
  input.addEventListener('change', () => {
    const isTooLarge = input.files.length && input.files[0].size > Number(input.dataset.mostBytes);
    const problem = box.querySelector('.error');
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
