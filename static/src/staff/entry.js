// The entry sheet: Enter goes to the next child, a finished line is saved by itself.
// Each line carries a key: sent again after a lost answer, it is still one child.
const form = document.querySelector("[data-entry]");
if (form) start(form);

function start(form) {
  const list = form.querySelector(".entry-lines");
  const pattern = form.querySelector("template").innerHTML;
  const dirty = new Set();

  form.addEventListener("input", (event) => {
    const line = event.target.closest("[data-line]");
    if (line) dirty.add(line.dataset.line);
  });

  form.addEventListener("keydown", (event) => {
    const line = event.target.closest("[data-line]");
    if (event.key !== "Enter" || !line || event.isComposing || event.target.type === "checkbox") return;
    event.preventDefault();
    const next = line.nextElementSibling || addLine();
    next?.querySelector("input:not([type=hidden])")?.focus();
  });

  list.addEventListener("focusout", (event) => {
    const line = event.target.closest("[data-line]");
    if (!line || line.contains(event.relatedTarget)) return;
    // Leaving a line sends it, and whatever an earlier lost answer left behind.
    for (const number of [...dirty]) {
      const one = list.querySelector(`[data-line="${number}"]`);
      if (one && nameOf(one)) send(one);
    }
  });

  form.querySelector("[data-more]").addEventListener("click", (event) => {
    event.preventDefault();
    addLine()?.querySelector("input:not([type=hidden])")?.focus();
  });

  form.addEventListener("submit", () => dirty.clear());
  window.addEventListener("beforeunload", (event) => {
    if (dirty.size) event.preventDefault();
  });

  function nameOf(line) {
    return line.querySelector("[name$='-name']")?.value.trim();
  }

  function numbers() {
    return [...list.querySelectorAll("[data-line]")].map((line) => line.dataset.line);
  }

  function addLine() {
    const all = numbers();
    if (all.length >= Number(form.dataset.max)) return null;
    const number = Math.max(-1, ...all.map(Number)) + 1;
    const holder = document.createElement("ol");
    holder.innerHTML = pattern;
    const line = holder.firstElementChild;
    line.dataset.line = number;
    for (const input of line.querySelectorAll("[name]")) input.name = input.name.replace(/^\d+/, number);
    line.querySelector("[name$='-key']").value = newKey();
    list.append(line);
    form.elements.lines.value = numbers().join(" ");
    return line;
  }

  async function send(line) {
    const number = line.dataset.line;
    dirty.delete(number);
    const body = new FormData();
    for (const name of ["csrfmiddlewaretoken", "of_school", "starts_on"]) {
      if (form.elements[name]) body.set(name, form.elements[name].value);
    }
    body.set("act", "line");
    body.set("lines", number);
    for (const input of line.querySelectorAll("[name]")) {
      if (input.type !== "checkbox" || input.checked) body.set(input.name, input.value);
    }
    let text = "";
    try {
      const answer = await fetch(form.action || location.href, { method: "POST", body, redirect: "error" });
      if (answer.ok || answer.status === 422) text = await answer.text();
    } catch {
      text = "";
    }
    if (!text.includes("data-line")) return wait(line, number);
    // Somebody who is back in the line goes on writing; it is sent again when they leave it.
    if (dirty.has(number)) return undefined;
    const held = line.contains(document.activeElement);
    const holder = document.createElement("ol");
    holder.innerHTML = text;
    const fresh = holder.firstElementChild;
    if (held && !fresh.classList.contains("is-saved")) return undefined;
    line.replaceWith(fresh);
    return undefined;
  }

  function wait(line, number) {
    dirty.add(number);
    const state = line.querySelector(".state");
    if (state) state.textContent = form.dataset.waiting;
  }
}

function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
