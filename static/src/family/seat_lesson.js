// The lesson that this tablet was made ready for: its questions, and for each child a box that the number of its seat
// opens (surveys/boxes.py). It stays in the browser's store until the lesson ends, and names nobody.
import { keptForms } from '../kept.js';
import { bytesOf, textOf } from './sealed_taps.js';

const store = keptForms('jiaqiao-lesson');
const KEY = 'lesson'; // in the store; `seal` is the public key of the lesson
const BACK = 60000; // ms by which a clock is put right without anybody setting it back
const FINISHED = '';

// `lesson`: of the server (presenters.seat.lesson). Takes the place of the one before.
export function keepLesson(lesson) {
  const at = Date.now();
  return store.put({ key: KEY, at, until: at + lesson.lesson * 1000, ...lesson });
}

// null: there is none, or it is over; a clock that was set back counts as over.
export async function lessonHere() {
  const [lesson] = await store.all().catch(() => []);
  if (!lesson) return null;
  const now = Date.now();
  if (now < lesson.until && now >= lesson.at - BACK) return lesson;
  await store.remove(KEY).catch(() => {});
  return null;
}

async function stretched({ salt, rounds }, code) {
  const word = await crypto.subtle.importKey('raw', new TextEncoder().encode(code), 'PBKDF2', false, ['deriveBits']);
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt: bytesOf(salt), iterations: rounds };
  const bits = new Uint8Array(await crypto.subtle.deriveBits(how, word, 512));
  return { name: textOf(bits.slice(0, 32)), secret: bits.slice(32) };
}

// The form of the child with this number; null for a wrong number; `isFinished` where this tablet has it complete.
export async function formOf(lesson, code) {
  const { name, secret } = await stretched(lesson, code);
  const sealed = lesson.boxes[name];
  if (sealed === undefined) return null;
  if (sealed === FINISHED) return { isFinished: true };
  const key = await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['decrypt']);
  const bytes = bytesOf(sealed);
  const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: bytes.slice(0, 12) }, key, bytes.slice(12));
  const { boxes, ...shared } = lesson;
  const own = JSON.parse(new TextDecoder().decode(plain));
  const left = Math.round((lesson.until - Date.now()) / 1000);
  return { ...shared, ...own, lesson: left, answers: {}, box: name };
}

export async function noteFinished(name) {
  const lesson = await lessonHere();
  if (lesson) await store.put({ ...lesson, boxes: { ...lesson.boxes, [name]: FINISHED } });
}
