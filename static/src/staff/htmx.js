import htmx from "htmx.org";
import { signedIn } from "./signed_out.js";

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

const isSentAgain = new WeakSet();

// The same request once more, by the same element: nothing of it was swapped, so what was typed still stands there.
async function sendAgain({ elt, target, requestConfig }) {
  const now = await signedIn();
  if (!now) return;
  const { verb, path, parameters, triggeringEvent } = requestConfig;
  const values = { ...parameters };
  if (values.csrfmiddlewaretoken) values.csrfmiddlewaretoken = now.token;
  htmx.ajax(verb, path, { source: elt, target, event: triggeringEvent, values }).finally(() => isSentAgain.delete(elt));
}

// 401: the session is over. 403: its token is another one since somebody signed in, in another window.
function isSignedOut({ elt, xhr }) {
  if (xhr?.status !== 403 || isSentAgain.has(elt)) return xhr?.status === 401;
  isSentAgain.add(elt);
  return true;
}

function sayFailure(event) {
  if (isSignedOut(event.detail)) {
    sendAgain(event.detail);
    return;
  }
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
