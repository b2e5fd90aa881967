// A list to tick from: one button ticks its whole section, and the bar beneath says how many are ticked.
const boxes = (part) => Array.from(part.querySelectorAll('input[type=checkbox]'));

function tell(form) {
  const ticked = boxes(form).filter((box) => box.checked).length;
  const told = form.querySelector('[data-ticked]');
  if (told) told.textContent = ticked ? told.dataset.ticked.replace('{n}', ticked) : '';
  form.querySelectorAll('[data-tick-all]').forEach((button) => {
    button.dataset.all ||= button.textContent;
    button.textContent = boxes(button.parentElement).every((box) => box.checked) ? button.dataset.none : button.dataset.all;
  });
}

document.querySelectorAll('form[data-ticks]').forEach((form) => {
  form.querySelectorAll('[data-tick-all]').forEach((button) => {
    button.hidden = false;
    button.addEventListener('click', () => {
      const own = boxes(button.parentElement);
      const isOn = !own.every((box) => box.checked);
      own.forEach((box) => { box.checked = isOn; });
      tell(form);
    });
  });
  form.addEventListener('change', () => tell(form));
  tell(form);
});
