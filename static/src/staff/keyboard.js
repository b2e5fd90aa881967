// Rows answer to ↑ ↓ Enter; Ctrl/⌘ K or "/" goes to the search; Escape closes what is open.
const isMac = /Mac|iP/.test(navigator.platform);
document.querySelectorAll("[data-search-key]").forEach((key) => { key.textContent = isMac ? "⌘K" : "Ctrl K"; });

const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]");

function goToSearch(event) {
  const field = document.getElementById("find");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
}

function rows() {
  const open = document.querySelector(".found:not(:empty)");
  if (open && open.parentElement.contains(document.activeElement)) return [...open.querySelectorAll("a")];
  return [...document.querySelectorAll("[data-row]")].filter((row) => row.checkVisibility());
}

function linkOf(row) {
  return row.matches("a") ? row : row.querySelector("[data-open], a");
}

function moveTo(step) {
  const all = rows();
  if (!all.length) return false;
  const now = all.findIndex((row) => row.contains(document.activeElement));
  const next = now < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(now + step, 0), all.length - 1);
  document.querySelectorAll(".cursor").forEach((row) => row.classList.remove("cursor"));
  all[next].classList.add("cursor");
  linkOf(all[next])?.focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if ((event.metaKey || event.ctrlKey) && key === "k") return goToSearch(event);
  if (event.metaKey || event.ctrlKey || event.altKey) return undefined;
  const typing = isTyping(event.target);
  if (key === "/" && !typing) return goToSearch(event);
  const inSearch = event.target.closest(".find, .list-find");
  if ((key === "arrowdown" || key === "arrowup") && (!typing || inSearch)) {
    if (moveTo(key === "arrowdown" ? 1 : -1)) event.preventDefault();
  }
  return undefined;
});
