// Filters send themselves; a choice unfolds its fields; a button that was pressed is busy until the answer comes;
// a form whose answer is shown only once goes only once.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto-submit]");
  if (form) form.requestSubmit();
});

// "Somebody else" opens the fields that say who it is.
document.addEventListener("change", (event) => {
  const select = event.target.closest("select[data-unfolds]");
  if (select) select.form.querySelector("details").open = select.value === select.dataset.unfolds;
});

let pause;
document.addEventListener("input", (event) => {
  const field = event.target.closest("form[data-auto-submit] [type=search]");
  if (!field) return;
  clearTimeout(pause);
  pause = setTimeout(() => field.form.requestSubmit(), 250);
});

const isGone = new WeakSet();
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || !event.target.matches("form[data-once]")) return;
  if (isGone.has(event.target)) event.preventDefault();
  isGone.add(event.target);
});

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button && !event.defaultPrevented && !event.target.matches("[hx-post], [hx-get]")) {
    setTimeout(() => button.setAttribute("aria-busy", "true"));
  }
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-once]").forEach((form) => isGone.delete(form));
  document.querySelectorAll("[aria-busy=true]").forEach((button) => button.removeAttribute("aria-busy"));
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
// A fold prints open: lists.css does it where ::details-content is known, this everywhere else.
window.addEventListener("beforeprint", () => {
  document.querySelectorAll(".fold:not([open])").forEach((fold) => {
    fold.dataset.closed = "";
    fold.open = true;
  });
});
window.addEventListener("afterprint", () => {
  document.querySelectorAll(".fold[data-closed]").forEach((fold) => {
    delete fold.dataset.closed;
    fold.open = false;
  });
});
