// The page on which something seen is written down: what was chosen stands on its small buttons, a child is
// found by name or pinyin, and the page says when it was filled in (a phone may send it days later).
const sums = (form) => form.querySelectorAll("[data-sum]");

function sumUp(part) {
  const text = part.querySelector("[data-sum-text]");
  part.dataset.first ||= text.textContent;
  const chosen = part.querySelector("input[type=radio]:checked + span");
  const day = part.querySelector("input[type=date]");
  const typed = part.querySelector("input[type=text], input:not([type])");
  const files = [...part.querySelectorAll("input[type=file]")].flatMap((field) => [...field.files].map((file) => file.name));
  const isDay = part.querySelector("input[type=radio][value=day]:checked");
  text.textContent = (isDay && day.value) || chosen?.textContent || typed?.value || files.join(" ") || part.dataset.first;
}

document.addEventListener("change", (event) => {
  const part = event.target.closest("[data-sum]");
  if (!part) return;
  if (event.target.type === "date") {
    const other = part.querySelector("input[value=day]");
    if (other) other.checked = true;
  }
  sumUp(part);
  if (event.target.type === "radio" && event.target.value !== "day") part.open = false;
});

// A button that puts its words into a field: a place, a sentence for a letter.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-put]");
  if (!button) return;
  const field = document.getElementById(button.dataset.put);
  const isLong = field.tagName === "TEXTAREA";
  const stop = document.documentElement.lang === "en" ? ". " : "。";
  const before = field.value.trim();
  field.value = isLong && before ? `${before.replace(/[.。\s]+$/, "")}${stop}${button.value}` : button.value;
  const part = button.closest("[data-sum]");
  if (part) {
    sumUp(part);
    part.open = false;
    part.querySelector("summary").focus();
  } else field.focus();
});

document.addEventListener("submit", (event) => {
  const said = event.target.querySelector("input[name=written_at]");
  if (said) said.value = new Date().toISOString();
}, true);
document.addEventListener("reset", (event) => setTimeout(() => sums(event.target).forEach(sumUp)));

// --- Photo and voice ------------------------------------------------------------------------------

// A file that is too large is refused before it costs minutes on the line.
function watchSize(field) {
  const said = document.createElement("span");
  said.className = "field-error";
  said.setAttribute("role", "alert");
  said.hidden = true;
  field.after(said);
  field.addEventListener("change", () => {
    const isTooLarge = field.files.length && field.files[0].size > Number(field.dataset.mostBytes);
    said.textContent = isTooLarge ? field.dataset.tooLarge : "";
    said.hidden = !isTooLarge;
    if (isTooLarge) field.value = "";
  }, true);
}

// Where the browser can record, a button beside the field puts the recording into it.
function takeVoice(button) {
  if (!window.MediaRecorder || !navigator.mediaDevices?.getUserMedia) return;
  const field = document.getElementById(button.dataset.record);
  const words = button.querySelector("span");
  const player = field.parentElement.querySelector("audio");
  const first = words.textContent;
  let tape = null;
  let clock = 0;

  function keep(chunks, type) {
    const kind = (type || "audio/webm").split(";")[0];
    const carrier = new DataTransfer();
    carrier.items.add(new File(chunks, `voice.${kind.split("/")[1]}`, { type: kind }));
    field.files = carrier.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function stop() {
    clearInterval(clock);
    if (tape?.state === "recording") tape.stop();
  }

  async function start() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const chunks = [];
    let seconds = 0;
    tape = new MediaRecorder(stream, { audioBitsPerSecond: 24000 });
    tape.ondataavailable = (event) => chunks.push(event.data);
    tape.onstop = () => {
      stream.getTracks().forEach((track) => track.stop());
      words.textContent = first;
      button.classList.remove("is-live");
      keep(chunks, tape.mimeType);
      tape = null;
    };
    const tell = () => (words.textContent = `${button.dataset.stop} ${seconds}`);
    clock = setInterval(() => {
      seconds += 1;
      tell();
      if (seconds >= Number(button.dataset.seconds)) stop();
    }, 1000);
    tape.start();
    button.classList.add("is-live");
    tell();
  }

  button.hidden = false;
  button.addEventListener("click", () => {
    if (tape) stop();
    else start().catch(() => (words.textContent = button.dataset.refused));
  });
  field.addEventListener("change", () => {
    player.hidden = !field.files.length;
    if (field.files.length) player.src = URL.createObjectURL(field.files[0]);
  });
  window.addEventListener("pagehide", stop);
}

document.querySelectorAll(".obs input[type=file]").forEach(watchSize);
document.querySelectorAll("[data-record]").forEach(takeVoice);

// --- The page to choose from ----------------------------------------------------------------------

const plain = (text) => text.toLowerCase().replace(/\s+/g, "");

function takePicker(page) {
  const picker = page.querySelector("[data-picker]");
  const form = page.querySelector("form[data-offline]");
  const name = page.querySelector("[data-name]");
  const avatar = page.querySelector("[data-avatar]");
  const again = page.querySelector("[data-repick]");
  const search = picker.querySelector("input[type=search]");
  const links = [...picker.querySelectorAll("[data-pick]")];

  function choose(link) {
    form.elements.student.value = link ? link.dataset.pick : "";
    name.textContent = link ? link.querySelector("b").textContent : "";
    form.dataset.title = name.textContent;
    avatar.replaceChildren(...(link ? [link.querySelector(".avatar").cloneNode(true)] : []));
    form.querySelectorAll("[name=also]").forEach((box) => {
      box.closest("label").hidden = box.value === form.elements.student.value;
      if (box.closest("label").hidden) box.checked = false;
    });
    picker.hidden = Boolean(link);
    form.hidden = again.hidden = !link;
    (link ? form.elements.words : search).focus();
  }

  function narrow() {
    const wanted = plain(search.value);
    links.forEach((link) => {
      const own = link.dataset.py.toLowerCase();
      link.parentElement.hidden = !(plain(own).includes(wanted) || own.split(" ").some((word) => word.startsWith(wanted)));
    });
    picker.querySelectorAll("[data-class]").forEach((fold) => {
      fold.hidden = !fold.querySelector("li:not([hidden])");
      fold.open = Boolean(wanted) && !fold.hidden;
    });
  }
  search.addEventListener("input", narrow);
  narrow(); // on a slow line somebody may have typed before this ran
  picker.addEventListener("keydown", (event) => {
    const first = links.find((link) => !link.parentElement.hidden);
    if (event.key === "Enter" && event.target.type === "search" && first) {
      event.preventDefault();
      first.click();
    }
  });
  // With a network the child's own page opens; without one this page writes for whoever was tapped.
  picker.addEventListener("click", (event) => {
    const link = event.target.closest("[data-pick]");
    if (!link || navigator.onLine) return;
    event.preventDefault();
    choose(link);
  });
  again.addEventListener("click", () => choose(null));
  const meant = window.location.pathname.match(/^\/class\/observe\/(\d+)\/$/);
  const there = links.find((link) => link.dataset.pick === (meant ? meant[1] : form.elements.student.value));
  if (there) choose(there);
}

document.querySelectorAll("[data-observe]").forEach(takePicker);
document.querySelectorAll("form[data-offline]").forEach((form) => sums(form).forEach(sumUp));
