// Menus, panels and dialogs: one open at a time, Escape closes, focus returns.
const MENUS = "details.later[open], details.me[open], .rail-more details[open]";

function closeMenus(except) {
  document.querySelectorAll(MENUS).forEach((menu) => { if (menu !== except) menu.open = false; });
}

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details"));
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
  const closer = event.target.closest("dialog [data-close]");
  if (closer) closer.closest("dialog").close();
  const toggle = event.target.closest("[aria-controls][aria-expanded]");
  if (toggle) {
    const open = toggle.getAttribute("aria-expanded") !== "true";
    const part = document.getElementById(toggle.getAttribute("aria-controls"));
    toggle.setAttribute("aria-expanded", String(open));
    if (part) {
      part.hidden = !open;
      if (open) part.querySelector("textarea, input, select")?.focus();
    }
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  const menu = document.querySelector(MENUS);
  if (menu) {
    closeMenus();
    menu.querySelector("summary").focus();
    return;
  }
  const found = document.querySelector(".found:not(:empty)");
  if (found) {
    found.replaceChildren();
    document.getElementById("find")?.focus();
    return;
  }
  document.querySelector("[data-close-panel]")?.click();
});

// Below a wide desk the panel stands under the list: what was just opened comes into view.
const WIDE = 1200; // px, as in the stylesheet
document.addEventListener("htmx:afterSettle", (event) => {
  const panel = event.target.closest?.(".panel") || event.target.querySelector?.(".panel");
  if (panel && window.innerWidth < WIDE) panel.scrollIntoView({ block: "start" });
});
