// Keeps the list of exports as it is now while one is under way; without it, "Refresh" does.
import { lang, toast } from "./staff.js";

const EVERY = 2000;
const list = () => document.getElementById("exports");

/** Put a fetched list in the place of ours: what is open stays open, the focus where it was. */
function swap(fresh) {
  const old = list();
  const open = [...old.querySelectorAll("details[open]")].map((each) => each.id);
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const waited = [...old.querySelectorAll('[data-state="queued"], [data-state="running"]')];
  old.replaceWith(fresh);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) (document.getElementById(focused) ?? document.getElementById("again")).focus({ preventScroll: true });
  if (waited.some((each) => document.getElementById(each.id)?.dataset.state === "done")) toast(fresh.dataset.done);
}

async function look() {
  const options = { credentials: "same-origin", headers: { "Accept-Language": lang } };
  const answer = document.hidden ? null : await fetch(location.href, options).catch(() => null);
  if (answer?.ok && !answer.redirected) {
    const fetched = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = fetched.getElementById("exports");
    if (fresh) swap(fresh);
  }
  again();
}

function again() {
  if (list()?.hasAttribute("data-busy")) setTimeout(look, EVERY);
}
again();
