// The pupils' visit ends by itself: in the last two minutes the page says so, then it leaves. Without this file the
// next tap leads out, for the server keeps the time.

// Whoever used this computer before may have kept pages for the way (staff/offline.js).
if ('caches' in window) caches.delete('pages').catch(() => {});

const A_MINUTE = 60000; // ms between two words to the server that somebody is still at it
const STEPS = [[120, 'two'], [60, 'one'], [20, 'half']];
const bar = document.querySelector('.left');

function watch() {
  const words = bar.querySelector('p');
  // The first clock stands still while the device sleeps, the second may be set: whichever has run over counts.
  const clocks = [() => performance.now(), () => Date.now()];
  let ends = [];
  const give = (seconds) => { ends = clocks.map((now) => now() + seconds * 1000); };
  give(Number(bar.dataset.seconds));

  let isOver = false;
  const tick = () => {
    if (isOver) return;
    const left = Math.round(Math.min(...clocks.map((now, n) => ends[n] - now())) / 1000);
    if (left <= 0) {
      // Nobody finds the page again by the back button, nor sees it while the next one comes.
      isOver = true;
      if (!document.dispatchEvent(new Event('over', { cancelable: true }))) return;
      document.body.textContent = '';
      window.location.replace(bar.dataset.over);
      return;
    }
    const step = STEPS.filter(([seconds]) => left <= seconds).pop();
    bar.hidden = !step;
    if (step && words.textContent !== bar.dataset[step[1]]) words.textContent = bar.dataset[step[1]];
  };

  const stay = () => {
    const options = { method: 'POST', body: new FormData(bar), headers: { Accept: 'application/json' } };
    fetch(bar.action, options)
      .then((answer) => answer.json())
      .then((said) => {
        give(said.seconds_left);
        tick();
      })
      .catch(() => {});
  };
  bar.addEventListener('submit', (event) => {
    event.preventDefault();
    event.stopPropagation();
    stay();
  });
  // Nobody is cut off who is writing, choosing or recording; whoever has gone has twenty minutes from there.
  let told = 0;
  const isAtIt = (event) => {
    if (!bar.action || !event.target.closest('main form') || Date.now() - told < A_MINUTE) return;
    told = Date.now();
    stay();
  };
  ['input', 'click'].forEach((name) => document.addEventListener(name, isAtIt));
  // At a tablet with questions each tap gives the time anew (seat.js).
  document.addEventListener('tapped', () => {
    give(Number(bar.dataset.seconds));
    tick();
  });
  setInterval(tick, 1000);
  document.addEventListener('visibilitychange', tick);
  window.addEventListener('pageshow', tick);
  // A page that a browser kept and shows again may belong to somebody who has left.
  window.addEventListener('pageshow', (event) => event.persisted && window.location.reload());
  tick();
}

if (bar) watch();
