// What waits on a device is sealed to the person who wrote it: with the public key of their page, so that neither the page
// nor whoever picks the device up can read it again. Only their own session brings the key that opens it (accounts/sealing.py).
const ECDH = { name: 'ECDH', namedCurve: 'P-256' };
const INFO = new TextEncoder().encode('jiaqiao.waiting');
const STEP = 256; // bytes to which words are filled up, so that their length says little

// A browser seals on https and on this machine itself; over plain http nothing is kept.
export const canSeal = Boolean(window.crypto && crypto.subtle && window.isSecureContext);

const pointOf = (text) => ({ kty: 'EC', crv: 'P-256', x: text.split('.')[0], y: text.split('.')[1] });
const publicKey = (jwk) => crypto.subtle.importKey('jwk', jwk, ECDH, true, []);

async function secretOf(own, theirs) {
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, own, 256);
  const root = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey']);
  const how = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: INFO };
  return crypto.subtle.deriveKey(how, root, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

// Length, words, room, then the files one after the other.
function packed(said) {
  const files = [];
  const fields = said.fields.map(([name, value]) => {
    if (typeof value === 'string') return [name, value];
    files.push(value);
    return [name, { name: value.name, type: value.type, size: value.size }];
  });
  const words = new TextEncoder().encode(JSON.stringify({ ...said, fields }));
  const room = new Uint8Array(-words.length & (STEP - 1));
  return new Response(new Blob([new Uint32Array([words.length]), words, room, ...files])).arrayBuffer();
}

function unpacked(bytes) {
  const [length] = new Uint32Array(bytes, 0, 1);
  const said = JSON.parse(new TextDecoder().decode(bytes.slice(4, 4 + length)));
  let at = 4 + length + (-length & (STEP - 1));
  const fields = said.fields.map(([name, value]) => {
    if (typeof value === 'string') return [name, value];
    const file = new File([bytes.slice(at, at + value.size)], value.name, { type: value.type });
    at += value.size;
    return [name, file];
  });
  return { ...said, fields };
}

// `said`: anything that JSON takes, and `fields` as FormData gives them. A pair of keys for this one thing alone.
export async function sealed(said, to) {
  const once = await crypto.subtle.generateKey(ECDH, true, ['deriveBits']);
  const key = await secretOf(once.privateKey, await publicKey(pointOf(to)));
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const box = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, key, await packed(said));
  const { x, y } = await crypto.subtle.exportKey('jwk', once.publicKey);
  return { to, by: `${x}.${y}`, nonce, box };
}

// null where none of `keys` ({public: JWK}) is theirs.
export async function opened({ to, by, nonce, box }, keys) {
  if (!keys || !keys[to]) return null;
  const own = await crypto.subtle.importKey('jwk', keys[to], ECDH, false, ['deriveBits']);
  const key = await secretOf(own, await publicKey(pointOf(by)));
  return unpacked(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce }, key, box));
}
