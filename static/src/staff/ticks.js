// A list to tick from: its words count the ticks, one box ticks a whole group, a bar beneath comes with the first.
const boxes = (part) => Array.from(part.querySelectorAll('input[type=checkbox]:not([data-tick-all])'));

function tell(form) {
  const ticked = boxes(form).filter((box) => box.checked).length;
  form.querySelectorAll('[data-ticked]').forEach((told) => {
    const words = (ticked === 1 && told.dataset.tickedOne) || told.dataset.ticked;
    if (ticked) told.textContent = words.replace('{n}', ticked);
  });
  const bar = form.querySelector('[data-ticks-bar]');
  if (bar) bar.hidden = !ticked && !form.matches('[data-ticks=open]');
  form.querySelectorAll('[data-tick-all]').forEach((all) => {
    const own = boxes(all.closest('[data-tick-group]')).map((box) => box.checked);
    all.checked = own.every(Boolean);
    all.indeterminate = !all.checked && own.some(Boolean);
  });
}

document.querySelectorAll('form[data-ticks]').forEach((form) => {
  form.classList.add('is-ticking');
  form.querySelectorAll('[data-tick-all]').forEach((all) => {
    all.parentElement.hidden = false;
    all.addEventListener('change', () => {
      boxes(all.closest('[data-tick-group]')).forEach((box) => { box.checked = all.checked; });
    });
  });
  form.addEventListener('change', (event) => {
    tell(form);
    // Above the bar, which came with the tick.
    if (form.querySelector('[data-ticks-bar]')) event.target.scrollIntoView({ block: 'nearest' });
  });
  tell(form);
});
