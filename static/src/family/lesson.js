// A lesson that was broken off goes on where it stopped: kept on this phone alone, until it was heard to the end.

const audio = document.querySelector('.hear audio');
const key = `heard ${location.pathname}`;

// A browser that keeps nothing begins anew.
function kept(act) {
  try {
    return act(localStorage);
  } catch (error) {
    return null;
  }
}

if (audio) {
  const begin = Number(kept((store) => store.getItem(key)));
  const goOn = () => {
    if (begin < audio.duration - 1) audio.currentTime = begin;
  };
  if (begin) audio.addEventListener('loadedmetadata', goOn, { once: true });
  audio.addEventListener('timeupdate', () => {
    if (!audio.ended && audio.currentTime) kept((store) => store.setItem(key, audio.currentTime));
  });
  audio.addEventListener('ended', () => kept((store) => store.removeItem(key)));
}
