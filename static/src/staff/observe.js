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

// --- The page to choose from ----------------------------------------------------------------------

const plain = (text) => text.toLowerCase().replace(/\s+/g, "");

function takePicker(page) {
  const picker = page.querySelector("[data-picker]");
  const form = page.querySelector("form[data-offline]");
  const name = page.querySelector("[data-name]");
  const avatar = page.querySelector("[data-avatar]");
  const again = page.querySelector("[data-repick]");
  const links = [...picker.querySelectorAll("[data-pick]")];

  function choose(link) {
    form.elements.student.value = link ? link.dataset.pick : "";
    name.textContent = link ? link.querySelector("b").textContent : "";
    form.dataset.title = name.textContent;
    avatar.replaceChildren(...(link ? [link.querySelector(".avatar").cloneNode(true)] : []));
    picker.hidden = Boolean(link);
    form.hidden = again.hidden = !link;
    (link ? form.elements.words : picker.querySelector("input")).focus();
  }

  picker.addEventListener("input", (event) => {
    const wanted = plain(event.target.value);
    links.forEach((link) => {
      const own = link.dataset.py.toLowerCase();
      link.parentElement.hidden = !(plain(own).includes(wanted) || own.split(" ").some((word) => word.startsWith(wanted)));
    });
  });
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
