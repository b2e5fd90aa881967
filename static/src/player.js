// One player for every voice, drawn beside the browser's own, which stays where there is no script or no sound
// can be fetched. Its words and the length come with the part uploads/_player.html.

const SPEEDS = [1, 0.75, 1.5];

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

const made = (tag, name, parent) => {
  const one = document.createElement(tag);
  one.className = name;
  parent.append(one);
  return one;
};

function dress(audio) {
  const words = audio.dataset;
  if (!words.play || !audio.controls) return;
  const whose = audio.getAttribute('aria-label');
  const box = document.createElement('div');
  const play = made('button', 'play', box);
  const line = made('input', 'line-of', box);
  const time = made('span', 'time-of', box);
  const speed = made('button', 'speed', box);
  const length = () => (Number.isFinite(audio.duration) ? audio.duration : Number(words.seconds) || 0);

  const show = () => {
    play.classList.toggle('is-on', !audio.paused);
    play.setAttribute('aria-label', `${audio.paused ? words.play : words.pause} ${whose}`);
    line.value = length() ? (audio.currentTime / length()) * 100 : 0;
    line.setAttribute('aria-valuetext', clock(audio.currentTime));
    time.textContent = audio.currentTime || !length() ? clock(audio.currentTime) : clock(Math.ceil(length()));
    speed.textContent = `${audio.playbackRate}×`;
    speed.setAttribute('aria-label', `${words.speed} ${audio.playbackRate}`);
  };

  box.className = 'player';
  box.setAttribute('role', 'group');
  box.setAttribute('aria-label', whose);
  play.type = speed.type = 'button';
  line.type = 'range';
  line.step = 'any';
  line.setAttribute('aria-label', `${words.place} ${whose}`);
  play.addEventListener('click', () => (audio.paused ? audio.play().catch(() => {}) : audio.pause()));
  line.addEventListener('input', () => {
    if (length()) audio.currentTime = (line.value / 100) * length();
  });
  speed.addEventListener('click', () => {
    audio.playbackRate = SPEEDS[(SPEEDS.indexOf(audio.playbackRate) + 1) % SPEEDS.length];
  });
  ['play', 'pause', 'ended', 'timeupdate', 'durationchange', 'ratechange', 'emptied'].forEach((kind) =>
    audio.addEventListener(kind, show));
  const giveWay = () => {
    box.remove();
    audio.controls = true;
    delete words.play;
  };
  const sources = audio.querySelectorAll('source');
  (sources.length ? sources[sources.length - 1] : audio).addEventListener('error', () => {
    if (sources.length || audio.getAttribute('src')) giveWay();
  });
  audio.controls = false;
  audio.after(box);
  show();
}

const dressAll = () => document.querySelectorAll('audio.voice').forEach(dress);
dressAll();
new MutationObserver(dressAll).observe(document.body, { childList: true, subtree: true });
