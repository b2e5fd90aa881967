import htmx from "htmx.org";

// Said here as well as in the page's meta tag: neither may loosen the content security policy.
htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
// A refused form comes back with its errors at the fields.
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "422", swap: true },
  { code: "[45]..", swap: false, error: true },
];
window.htmx = htmx;

function sayFailure(event) {
  const bar = document.getElementById("failure");
  if (!bar) return;
  bar.hidden = false;
  const again = bar.querySelector("button");
  again.onclick = () => {
    bar.hidden = true;
    const { elt, requestConfig } = event.detail;
    htmx.trigger(elt, requestConfig?.triggeringEvent?.type || "submit");
  };
}
document.addEventListener("htmx:sendError", sayFailure);
document.addEventListener("htmx:responseError", sayFailure);
document.addEventListener("htmx:timeout", sayFailure);

// What may not be touched while it is sent (hx-disabled-elt) lets go of the focus; whoever goes by keyboard goes on there.
function takeUpFocus(event) {
  const sender = event.detail.requestConfig?.elt;
  if (!sender?.matches("[type=radio]")) return;
  setTimeout(() => {
    if (document.activeElement === document.body) document.getElementById(sender.id)?.focus({ preventScroll: true });
  });
}
["htmx:afterSettle", "htmx:sendError", "htmx:responseError", "htmx:timeout"].forEach((name) => document.addEventListener(name, takeUpFocus));
