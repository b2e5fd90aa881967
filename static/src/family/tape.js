// Recording in the browser, for whatever page: the file ends up in a file input, as if it had been chosen.

const TYPES = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];
const BITS_A_SECOND = 24000;

// Only where the browser can also put what it recorded into the form.
export function canRecord() {
  if (!window.MediaRecorder || !navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return false;
  try {
    return Boolean(new DataTransfer().items);
  } catch (error) {
    return false;
  }
}

// on: tick(seconds), full(url of what was recorded), refused(). Answers with start, stop and isRunning.
export function tapeInto(input, limit, on) {
  let running = null;
  let timer = 0;

  const keep = (chunks, type) => {
    const kind = type.split(';')[0];
    const file = new File(chunks, `voice.${kind.split('/')[1]}`, { type: kind });
    const carrier = new DataTransfer();
    carrier.items.add(file);
    input.files = carrier.files;
    on.full(URL.createObjectURL(file));
  };

  const stop = () => {
    clearInterval(timer);
    if (running && running.state !== 'inactive') running.stop();
  };

  const record = (stream) => {
    const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
    const chunks = [];
    running = new MediaRecorder(stream, type ? { mimeType: type, audioBitsPerSecond: BITS_A_SECOND } : {});
    running.ondataavailable = (event) => chunks.push(event.data);
    running.onstop = () => {
      stream.getTracks().forEach((track) => track.stop());
      keep(chunks, running.mimeType || 'audio/webm');
      running = null;
    };
    const began = performance.now();
    timer = setInterval(() => {
      const seconds = Math.floor((performance.now() - began) / 1000);
      on.tick(Math.min(seconds, limit));
      if (seconds >= limit) stop();
    }, 250);
    running.start();
    on.tick(0);
  };

  window.addEventListener('pagehide', stop);
  return {
    start: () => navigator.mediaDevices.getUserMedia({ audio: true }).then(record).catch(on.refused),
    stop,
    isRunning: () => Boolean(running),
  };
}
