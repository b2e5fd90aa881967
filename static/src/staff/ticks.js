// A list to tick from: one box ticks its whole group, and the bar beneath comes with the first tick and counts.
const boxes = (part) => Array.from(part.querySelectorAll('input[type=checkbox]:not([data-tick-all])'));

function tell(form) {
  const ticked = boxes(form).filter((box) => box.checked).length;
  const told = form.querySelector('[data-ticked]');
  if (ticked) told.textContent = told.dataset.ticked.replace('{n}', ticked);
  form.querySelector('[data-ticks-bar]').hidden = !ticked && !form.matches('[data-ticks=open]');
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
    event.target.scrollIntoView({ block: 'nearest' }); // above the bar, which came with the tick
  });
  tell(form);
});
