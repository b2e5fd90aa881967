// A strip of tabs or days that is wider than the screen opens at the one that is chosen.
document.querySelectorAll(".tabs, .days").forEach((strip) => {
  const chosen = strip.querySelector("[aria-current]");
  if (chosen && strip.scrollWidth > strip.clientWidth) {
    strip.scrollLeft = chosen.offsetLeft - (strip.clientWidth - chosen.offsetWidth) / 2;
  }
});
