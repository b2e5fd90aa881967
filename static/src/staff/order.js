// A list whose order counts: drag a number to another place, and the form is sent as if by its buttons.
document.querySelectorAll("form[data-order]").forEach((form) => {
  const list = form.querySelector("ol");
  let before = null; // the order at the beginning of a drag

  function end(event) {
    const dragged = list.querySelector(".is-dragged");
    if (!dragged) return;
    dragged.classList.remove("is-dragged");
    const isOther = before.some((row, place) => row !== list.children[place]);
    if (event.type === "pointercancel") list.replaceChildren(...before);
    else if (isOther) form.requestSubmit();
  }

  form.classList.add("can-drag");
  list.addEventListener("pointerdown", (event) => {
    const number = event.target.closest(".nth");
    if (!number || event.button) return;
    event.preventDefault();
    before = Array.from(list.children);
    number.setPointerCapture(event.pointerId);
    number.closest("li").classList.add("is-dragged");
  });
  list.addEventListener("pointermove", (event) => {
    const dragged = list.querySelector(".is-dragged");
    const over = document.elementFromPoint(event.clientX, event.clientY)?.closest("form[data-order] li");
    if (!dragged || !over || over === dragged || over.dataset.group !== dragged.dataset.group) return;
    const rows = Array.from(list.children);
    if (rows.indexOf(over) < rows.indexOf(dragged)) over.before(dragged);
    else over.after(dragged);
  });
  // Wherever it is let go: moving the row in the page ends the capture of the pointer.
  document.addEventListener("pointerup", end);
  document.addEventListener("pointercancel", end);
});
