// Attendance as tiles: a tap goes to the next kind, and children who are not present stand on top with
// their reasons. Without this the page is a list of choices.
const form = document.querySelector("form.roll");
if (form) start(form);

function start(form) {
  const top = form.querySelector(".roll-out");
  const said = form.querySelector("output");
  form.classList.add("is-tiles");

  const chosen = (tile) => tile.querySelector("input:checked");
  const label = (tile) => tile.querySelector(`label[for="${chosen(tile).id}"]`).textContent;

  function place(tile) {
    const why = form.querySelector(`#${tile.dataset.why}`).parentElement;
    const isOut = ["absent", "late", "left_early"].includes(chosen(tile).value);
    const line = why.closest(".roll-out li");
    if (isOut && !line) {
      const fresh = document.createElement("li");
      const name = document.createElement("b");
      name.append(tile.querySelector("legend").textContent, document.createElement("span"));
      fresh.append(name, why);
      top.append(fresh);
    } else if (!isOut && line) {
      tile.append(why);
      line.remove();
    }
    const kind = why.closest(".roll-out li")?.querySelector("b span");
    if (kind) kind.textContent = label(tile);
  }

  function tell() {
    const counts = new Map();
    for (const tile of form.querySelectorAll("fieldset")) counts.set(label(tile), (counts.get(label(tile)) || 0) + 1);
    said.textContent = [...counts].sort((a, b) => b[1] - a[1]).map(([words, n]) => `${n} ${words}`).join(" · ");
  }

  form.addEventListener("change", (event) => {
    const tile = event.target.closest("fieldset");
    if (tile) place(tile);
    tell();
  });
  form.addEventListener("click", (event) => {
    const tile = event.target.closest("fieldset");
    if (!tile || event.target.closest("input, select, .clash, .why")) return;
    event.preventDefault();
    const kinds = [...tile.querySelectorAll("input[type=radio]")];
    const next = kinds[(kinds.indexOf(chosen(tile)) + 1) % kinds.length];
    next.checked = true;
    next.focus({ preventScroll: true });
    next.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // Labels of the other kinds are out of sight; their inputs keep the name.
  form.querySelectorAll("fieldset label[for^=k-]").forEach((one) => one.control.setAttribute("aria-label", one.textContent));
  form.querySelectorAll("fieldset").forEach(place);
  tell();
}
