// Everything works without this file. With it: a page can be heard, a second tap sends nothing twice, and an
// answer waits on the phone where there is no network.
import { keepAnswers } from './waiting.js';
import '../player.js';

const root = document.documentElement;
const EAR =
  '<svg class="i" viewBox="0 0 24 24" aria-hidden="true"><path class="f" d="M5 6.5v11l8-5.5z"/>' +
  '<path d="M16 9a4.5 4.5 0 0 1 0 6M18.8 6.5a8.5 8.5 0 0 1 0 11"/></svg>';
// A little slower than talk: many listeners speak dialect at home.
const RATE = 0.85;

// 110, 12356, 138 9351 0003, 0935-5121100: read digit by digit, as a number to call. uploads/speaking.py has the same.
const TO_RING = /(\D|^)(11[09]|12[02]|12\d{3}|1\d\d[\s-]?\d{4}[\s-]?\d{4}|0\d{2,3}-\d{7,8})(?!\d)/g;
const spelled = (words) => words.replace(TO_RING, (found, before, number) =>
  before + number.replace(/\D/g, '').split('').join(' '));

// In the browser's own voice where it has one of this page's language, else from the server, which reads the page's
// parts by their number (`data-aloud`) or has a link for one of our own sentences; else there is no ear.
function addEars(voice) {
  let speaking = null;
  let sound = null;

  const canSpeak = () => voice && voice.getVoices().some((one) => one.lang.slice(0, 2) === root.lang.slice(0, 2));

  const stop = () => {
    if (voice) voice.cancel();
    if (sound) {
      sound.onerror = null; // of one that is stopped nothing more is heard
      sound.pause();
    }
    if (speaking) speaking.classList.remove('on');
    speaking = null;
  };

  const say = (words, ended) => {
    const speech = new SpeechSynthesisUtterance(spelled(words));
    speech.lang = root.lang.startsWith('zh') ? 'zh-CN' : root.lang;
    speech.rate = RATE;
    speech.onend = speech.onerror = ended;
    voice.speak(speech);
  };

  // A long part comes in pieces; behind the last one there is none.
  const play = (address, ended, piece, failed = ended) => {
    sound = new Audio(piece === undefined ? address : `${address}&piece=${piece}`);
    sound.onerror = failed;
    sound.onended = () => (piece === undefined ? ended() : play(address, ended, piece + 1));
    sound.play().catch(failed);
  };

  const hear = (ear, words) => {
    const again = speaking === ear;
    stop();
    if (again) return;
    const ended = () => { if (speaking === ear) stop(); };
    let fell = false;
    const failed = () => { // offline, or the recording is gone; told by the sound and by its promise
      if (fell || speaking !== ear) return;
      fell = true;
      if (canSpeak()) say(words, ended);
      else ended();
    };
    speaking = ear;
    ear.classList.add('on');
    if (canSpeak() && !ear.dataset.own) say(words, ended); // a voice of the place goes first
    else if (ear.href) play(ear.href, ended, undefined, failed);
    else play(`${root.dataset.aloud}&part=${ear.dataset.part}`, ended, 0);
  };

  const makeEar = (place) => {
    const title = place.querySelector('h1, h2, b') || place;
    const ear = document.createElement('button');
    ear.type = 'button';
    ear.className = 'say';
    ear.innerHTML = EAR;
    ear.setAttribute('aria-label', root.dataset.listen + title.innerText.replace(/\s+/g, ' '));
    (place.querySelector('.ear') || place).append(ear);
    return ear;
  };

  const numbered = Array.from(document.querySelectorAll('[data-say]'));

  const equip = () => document.querySelectorAll('[data-say=""]').forEach((place) => {
    const link = place.querySelector('a.say');
    const part = numbered.indexOf(place);
    if (!link && !canSpeak() && !(root.dataset.aloud && part >= 0)) return;
    place.dataset.say = 1;
    const words = place.innerText;
    const ear = link || makeEar(place);
    ear.dataset.part = part;
    ear.addEventListener('click', (event) => {
      event.preventDefault();
      hear(ear, words);
    });
  });
  equip();
  if (voice && voice.addEventListener) voice.addEventListener('voiceschanged', equip); // they come late
  setTimeout(equip, 1000); // where nobody says that they came
  document.addEventListener('fresh', equip); // words that came while the page was open
  window.addEventListener('pagehide', stop);
}

function sendOnce() {
  const sent = new Set();
  document.addEventListener('submit', (event) => {
    if (sent.has(event.target)) event.preventDefault();
    sent.add(event.target);
  });
  // Coming back by the back button shows the page as it was left; it may be answered anew.
  window.addEventListener('pageshow', () => sent.clear());
}

addEars(window.speechSynthesis);
keepAnswers();
sendOnce();
