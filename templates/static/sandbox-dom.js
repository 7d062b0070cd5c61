// The tools of the page: words, nodes, times, and calls to the API.
// What people wrote goes in as text nodes, never as markup.

import { TEXT } from "./sandbox-text.js";

const LINK = /https?:\/\/[^\s<>"'()（），。、；]+/g;
const INSTANT = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g;
const drawn = new WeakMap();
export let language = remembered() || (document.documentElement.lang === "en" ? "en" : "zh-CN");

function remembered() {
  try {
    const kept = localStorage.getItem("sandbox.language");
    return kept in TEXT ? kept : null;
  } catch {
    return null;
  }
}
export function setLanguage(wanted) {
  language = wanted;
  try {
    localStorage.setItem("sandbox.language", wanted);
  } catch {
    /* a private window keeps nothing */
  }
}
export function t(key, values = {}) {
  return (TEXT[language][key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}
export function word(group, key) {
  const words = TEXT[language][group],
    name = String(key ?? "");
  // What has no words of its own is told by what it is about.
  return words[name] ?? words[name.split(".")[0]] ?? name.replace(/[._]/g, " ");
}

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "on")
      for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
    else if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}
// Draws anew only what changed, so that a hand on a button or a reader's place is not disturbed.
export function draw(node, facts, build) {
  const key = language + JSON.stringify(facts);
  if (drawn.get(node) === key) return false;
  drawn.set(node, key);
  const held = node.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  node.replaceChildren(...build());
  if (held) node.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus();
  return true;
}
export function withLinks(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(LINK)) {
    parts.push(
      text.slice(from, found.index),
      el("a", { href: found[0], target: "_blank", rel: "noopener noreferrer" }, found[0]),
    );
    from = found.index + found[0].length;
  }
  return [...parts, text.slice(from)];
}
export function when(at, zone, shape) {
  const options = {
    clock: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    day: { month: "short", day: "numeric", weekday: "short" },
  }[shape];
  const locale = language === "en" ? "en-GB" : "zh-CN";
  try {
    return new Intl.DateTimeFormat(locale, { ...options, timeZone: zone || "UTC" }).format(
      new Date(at),
    );
  } catch {
    return new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" }).format(new Date(at));
  }
}
// The product tells instants in UTC; beside the page's own clock they would be misread.
export const withLocalTimes = (text, zone) =>
  text.replace(INSTANT, (at) => `${when(at, zone, "day")} ${when(at, zone, "clock")}`);

export async function api(method, path, body) {
  const options = { method, headers: { "Accept-Language": language } };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  const answer = await fetch(`api/${path}`, options);
  const said = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (!answer.ok) {
    const why =
      said?.error ||
      said?.answer?.error ||
      said?.detail ||
      said?.title ||
      `HTTP ${said?.answer?.status ?? answer.status}`;
    throw Object.assign(new Error(why), { status: answer.status });
  }
  return said;
}
