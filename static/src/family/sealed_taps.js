// Seals what a child taps, so that nobody at the tablet reads it; surveys/envelopes.py opens it.
const CURVE = { name: 'ECDH', namedCurve: 'P-256' };

export const bytesOf = (base64) => Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
export const textOf = (bytes) => btoa(String.fromCharCode(...bytes));

// Padded, so that its length says nothing.
function padded(words) {
  const plain = new TextEncoder().encode(JSON.stringify(words));
  const full = new Uint8Array(Math.ceil(plain.length / 256) * 256).fill(32);
  full.set(plain);
  return full;
}

// `lesson`: its public key. The pair made here goes with the page: what it sealed it cannot open again after that.
export async function sealer(lesson) {
  const { subtle } = crypto;
  const theirs = await subtle.importKey('raw', bytesOf(lesson), CURVE, false, []);
  const own = await subtle.generateKey(CURVE, false, ['deriveBits']);
  const point = new Uint8Array(await subtle.exportKey('raw', own.publicKey));
  const shared = await subtle.deriveBits({ name: 'ECDH', public: theirs }, own.privateKey, 256);
  const root = await subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey']);
  const how = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: point };
  const key = await subtle.deriveKey(how, root, { name: 'AES-GCM', length: 256 }, false, ['encrypt']);
  return async (token, words) => {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const with_ = { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(token) };
    const closed = new Uint8Array(await subtle.encrypt(with_, key, padded(words)));
    return textOf(new Uint8Array([...point, ...iv, ...closed]));
  };
}
