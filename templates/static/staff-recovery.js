// Keeps the worklist and the board as they are now: what changes is fetched and put in its place.
import { lang, listen, root, say, toast } from "./staff.js";

let alive = false;
let skew = { now: 0, at: 0 };
const parts = () => [...document.querySelectorAll("[data-swap]")];

/** Whether somebody is writing in a part, or reads what they opened: it is not to be taken away. */
function inUse(part) {
  const here = part.contains(document.activeElement) && document.activeElement;
  if (here && here.matches("input, select, textarea")) return true;
  const chosen = document.getSelection();
  if (chosen && !chosen.isCollapsed && part.contains(chosen.anchorNode)) return true;
  return part.querySelector("form[data-dirty], details.more[open]") !== null;
}

/** What a part says, whatever the time is. */
function saidBy(part) {
  const copy = part.cloneNode(true);
  for (const each of copy.querySelectorAll(".left, #live")) each.remove();
  for (const each of copy.querySelectorAll("[hidden]")) each.removeAttribute("hidden");
  return copy.innerHTML;
}

/** How to find again what has the focus, once its part was replaced. */
function mark(node) {
  if (node.id) return `#${CSS.escape(node.id)}`;
  if (node.dataset.key) return `[data-key="${node.dataset.key}"]`;
  return node.form ? `form[action="${node.form.getAttribute("action")}"] ${node.localName}` : "";
}

/** Put the parts of a page that was fetched in the place of ours; whether some had to stay. */
function swap(fetched, force) {
  let kept = false;
  for (const part of parts()) {
    const fresh = fetched.getElementById(part.id);
    if (!fresh || (!force && (part.id === "told" || saidBy(part) === saidBy(fresh)))) continue;
    if (!force && inUse(part)) {
      kept = true;
      continue;
    }
    const focused = part.contains(document.activeElement) ? mark(document.activeElement) : "";
    part.replaceWith(fresh);
    if (focused) document.querySelector(focused)?.focus({ preventScroll: true });
  }
  const [work, theirs] = [document.getElementById("work"), fetched.getElementById("work")];
  if (work && theirs) {
    work.className = theirs.className;
    work.dataset.now = theirs.dataset.now;
  }
  document.title = fetched.title;
  showAlive();
  clock();
  return kept;
}

/** Fetch a page of ours; null where it cannot be had, or is the way to sign in. */
async function page(url, options = {}) {
  let answer;
  try {
    answer = await fetch(url, { credentials: "same-origin", headers: { "Accept-Language": lang }, ...options });
  } catch {
    toast(say("网络不通，请稍后重试。", "No connection; try again."), "bad");
    return null;
  }
  if (new URL(answer.url).pathname === `${root}/login`) {
    location.assign(answer.url);
    return null;
  }
  const text = await answer.text();
  const fetched = new DOMParser().parseFromString(text, "text/html");
  if (!fetched.querySelector("[data-swap]")) {
    toast(fetched.querySelector("main")?.textContent.trim() || String(answer.status), "bad");
    return null;
  }
  return { url: answer.url, fetched };
}

let told = false;
let asked = 0;
async function refresh() {
  const mine = ++asked;
  const found = await page(location.href);
  if (!found || mine !== asked) return;
  const kept = swap(found.fetched, false);
  if (kept && !told) toast(say("内容已更新，填写完成后显示。", "There is news; it shows once you are done here."));
  told = kept;
}

let soon;
function refreshSoon() {
  clearTimeout(soon);
  soon = setTimeout(refresh, 150);
}

/** Go to another state of this page, without loading it anew. */
async function go(url, options, remember) {
  ++asked;
  const found = await page(url, options);
  if (!found) return;
  const here = new URL(found.url);
  here.searchParams.delete("done");
  if (remember) history.pushState(null, "", here);
  if (options && here.pathname === location.pathname) history.replaceState(null, "", here);
  swap(found.fetched, true);
  told = false;
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-swaps]");
  if (!form) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const button = event.submitter ?? form.querySelector("button");
  if (button.disabled) return;
  button.disabled = true;
  try {
    await go(form.action, { method: "POST", body }, false);
  } finally {
    button.disabled = false;
  }
  document.querySelector("#told .message")?.scrollIntoView({ block: "nearest" });
});
document.addEventListener("input", (event) => {
  event.target.closest("form[data-swaps]")?.setAttribute("data-dirty", "");
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-item], .back a");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(link.href, undefined, true).then(() => {
    if (matchMedia("(max-width: 52rem)").matches) scrollTo(0, 0);
  });
});
addEventListener("popstate", () => go(location.href, undefined, false));

// --- time ---

function span(ms) {
  const minutes = Math.floor(ms / 60000);
  if (minutes < 60) return say(`${minutes}分钟`, `${minutes} min`);
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return say(`${hours}小时${minutes % 60}分`, `${hours} h ${minutes % 60} min`);
  return say(`${Math.floor(hours / 24)}天`, `${Math.floor(hours / 24)} d`);
}

/** How long is left, by the service's clock, which need not be this machine's. */
function clock() {
  const said = Date.parse(document.getElementById("work")?.dataset.now ?? "");
  if (said && said !== skew.now) skew = { now: said, at: performance.now() };
  const now = skew.now + performance.now() - skew.at;
  for (const shown of document.querySelectorAll("[data-from][data-until]")) {
    const [from, until] = [Date.parse(shown.dataset.from), Date.parse(shown.dataset.until)];
    const kind = now < from ? "quiet" : now < until ? "warn" : "bad";
    shown.className = `left ${kind}`;
    if (kind === "quiet") shown.textContent = say(`${span(from - now)}后`, `in ${span(from - now)}`);
    else if (kind === "warn") shown.textContent = say(`剩${span(until - now)}`, `${span(until - now)} left`);
    else shown.textContent = say(`超时${span(now - until)}`, `${span(now - until)} late`);
  }
}
setInterval(clock, 15000);

// --- events ---

function showAlive() {
  const badge = document.getElementById("live");
  if (!badge) return;
  badge.hidden = false;
  badge.className = `badge ${alive ? "good" : "warn"}`;
  badge.textContent = alive ? badge.dataset.on : badge.dataset.off;
  for (const button of document.querySelectorAll("[data-help]")) button.hidden = false;
}
listen("/v1/live", { changed: refreshSoon }, (is) => {
  alive = is;
  showAlive();
  if (is) refreshSoon();
});
setInterval(() => document.hidden || alive || refresh(), 60000);
document.addEventListener("visibilitychange", () => document.hidden || refreshSoon());

// --- keys ---

const help = document.getElementById("help");
const wanted = document.getElementById("keys-on");
const KEPT = "huifang.keys";
if (wanted) {
  wanted.checked = localStorage.getItem(KEPT) !== "off";
  wanted.addEventListener("change", () => localStorage.setItem(KEPT, wanted.checked ? "on" : "off"));
}
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-help]")) help?.showModal();
});

function step(by) {
  const links = [...document.querySelectorAll("a[data-item]")].filter((each) => each.checkVisibility());
  const at = links.indexOf(document.activeElement);
  const current = links.findIndex((each) => each.hasAttribute("aria-current"));
  const from = at >= 0 ? at : by > 0 ? current : Math.max(current, 0);
  links[Math.min(Math.max(from + by, 0), links.length - 1)]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && !"jk".includes(event.key)) return;
  if (event.target.closest("input:not([type=radio], [type=checkbox]), select, textarea, dialog, [contenteditable]")) return;
  if (wanted && !wanted.checked) return;
  if (event.key === "?") help?.showModal();
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else {
    const found = /^[a-z]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]:not([disabled])`);
    if (!found) return;
    if (found.matches("button, summary")) found.click();
    else found.focus();
  }
  event.preventDefault();
});
