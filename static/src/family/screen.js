// Asks the phone whether notices may be shown, and hands the school what its browser answers. Where a browser cannot,
// the page says so without this file.
const form = document.querySelector('form.screen');
const problem = document.querySelector('[data-problem]');
const can = 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;

function bytes(words) {
  const plain = atob(words.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
}

async function subscription() {
  const worker = await navigator.serviceWorker.register('/f/sw.js', { scope: '/f/' });
  await navigator.serviceWorker.ready;
  const before = await worker.pushManager.getSubscription();
  if (before) await before.unsubscribe(); // made for another school's key, perhaps
  return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(form.dataset.key) });
}

function complain(words) {
  problem.textContent = words;
  problem.hidden = false;
}

async function switchOn(button) {
  problem.hidden = true;
  button.disabled = true;
  try {
    if ((await Notification.requestPermission()) !== 'granted') return complain(form.dataset.refused);
    const { endpoint, keys } = (await subscription()).toJSON();
    form.endpoint.value = endpoint;
    form.p256dh.value = keys.p256dh;
    form.auth.value = keys.auth;
    form.submit();
  } catch {
    complain(form.dataset.failed);
  } finally {
    button.disabled = false;
  }
}

if (form && can) {
  form.hidden = false;
  document.querySelector('[data-cannot]').hidden = true;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    event.stopPropagation(); // a second try is no second sending
    switchOn(form.querySelector('button'));
  });
}
