// Passkeys: the browser asks for finger, face or the device's code; its answer goes to the server in a hidden field.
//
// A form takes part with data-passkey: "create" and "get" find what the server asks for in <script id="js_data">,
// "sign-in" fetches it when the button is pressed. Beside it stand [data-passkey-missing],
// [data-passkey-nameless] and [data-passkey-failed].

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

async function create({ publicKey }) {
  const asked = {
    ...publicKey,
    challenge: bytes(publicKey.challenge),
    user: { ...publicKey.user, id: bytes(publicKey.user.id) },
    excludeCredentials: known(publicKey.excludeCredentials),
    // One that names its owner by itself: it signs in without a password, too.
    authenticatorSelection: { ...publicKey.authenticatorSelection, residentKey: "required", requireResidentKey: true },
  };
  const made = await navigator.credentials.create({ publicKey: asked });
  const { clientDataJSON, attestationObject } = made.response;
  return answer(made, { clientDataJSON, attestationObject });
}

async function get({ publicKey }) {
  const asked = { ...publicKey, challenge: bytes(publicKey.challenge), allowCredentials: known(publicKey.allowCredentials) };
  const shown = await navigator.credentials.get({ publicKey: asked });
  const { clientDataJSON, authenticatorData, signature, userHandle } = shown.response;
  return answer(shown, { clientDataJSON, authenticatorData, signature, userHandle });
}

function answer(credential, parts) {
  const given = Object.entries(parts).filter(([, value]) => value);
  const response = Object.fromEntries(given.map(([name, value]) => [name, text(value)]));
  const clientExtensionResults = credential.getClientExtensionResults();
  return { type: credential.type, id: credential.id, rawId: text(credential.rawId), response, clientExtensionResults };
}

async function asked(form) {
  if (form.dataset.passkey !== "sign-in") return JSON.parse(document.getElementById("js_data").textContent);
  const response = await fetch(form.action, { headers: { Accept: "application/json" }, redirect: "error" });
  if (!response.ok) throw new Error(response.status);
  return response.json();
}

async function show(form) {
  const data = await asked(form);
  const shown = data.creation_options ? await create(data.creation_options) : await get(data.request_options);
  form.elements.credential.value = JSON.stringify(shown);
  form.submit();
}

// Passkeys belong to a host name: at an address of figures every browser refuses them.
const hasName = !/^[\d.]+$|:/.test(window.location.hostname);

document.querySelectorAll("form[data-passkey]").forEach((form) => {
  const failed = document.querySelector("[data-passkey-failed]");
  if (!window.PublicKeyCredential || !hasName) {
    form.hidden = true;
    const missing = document.querySelector(hasName ? "[data-passkey-missing]" : "[data-passkey-nameless]");
    if (missing) missing.hidden = false;
    return;
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    failed.hidden = true;
    show(form).catch(() => {
      failed.hidden = false;
      form.querySelector("button").removeAttribute("aria-busy");
    });
  });
});
