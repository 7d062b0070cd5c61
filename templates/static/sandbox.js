// Shows the outside world: tickets, phones, mailboxes and the timeline, as they change.

import {
  api,
  draw,
  el,
  language,
  setLanguage,
  t,
  when,
  withLocalTimes,
  word,
} from "./sandbox-dom.js";
import { renderDevice, renderPeople } from "./sandbox-device.js";
import { callable, renderCall } from "./sandbox-call.js";
import { customer, inboxes, liveCall, phoneOf, ticketOf, view, zone } from "./sandbox-model.js";
import { TEXT } from "./sandbox-text.js";

const TONES = [
  [/low|complain|reopen|fail|undeliver|dead|escalat/i, "t-red"],
  [/repl|answer|respon|complet|score/i, "t-green"],
  [/decision|decid|plan|policy|suppress|defer/i, "t-violet"],
  [/contact|messag|invit|send|sent|deliver|remind|sms|mail/i, "t-teal"],
  [/event|ticket|clos|callback/i, "t-blue"],
];
const TIMELINE_EVERY_MS = 2000,
  STATE_EVERY_MS = 10000,
  TOAST_MS = 5000;

const $ = (id) => document.getElementById(id);
async function attempt(button, work) {
  if (button) button.disabled = true;
  try {
    await work();
  } catch (failure) {
    toast(t("failed", { why: failure.message }));
  } finally {
    if (button?.isConnected) button.disabled = false;
  }
  await refresh();
}
let toastTimer = 0;
function toast(text) {
  $("toast").textContent = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    $("toast").textContent = "";
  }, TOAST_MS);
}

let refreshing = null,
  again = false;
function refresh() {
  if (refreshing) {
    again = true;
    return refreshing;
  }
  refreshing = (async () => {
    do {
      again = false;
      try {
        take(await api("GET", "state"));
        await timeline();
      } catch (failure) {
        live(false);
        console.error(failure);
      }
    } while (again);
  })().finally(() => {
    refreshing = null;
  });
  return refreshing;
}
function take(state) {
  const first = view.state === null;
  view.state = state;
  view.offset = new Date(state.now).getTime() - Date.now();
  if (!ticketOf(view.ticket)) view.ticket = state.tickets[0]?.id ?? null;
  if (!phoneOf(view.number))
    view.number = ticketOf(view.ticket)?.customer.phone ?? state.phones[0]?.number ?? null;
  if (first)
    for (const phone of state.phones)
      for (const [key, count] of inboxes(phone)) view.seen[key] = count;
  for (const phone of state.phones) {
    const rings = liveCall(phone)?.status === "ringing" && liveCall(phone).sid;
    // A phone that begins to ring in one's hand shows who calls.
    if (rings && rings !== view.rang[phone.number] && phone.number === view.number)
      view.tab = "call";
    view.rang[phone.number] = rings;
  }
  live(true);
  render();
}
function live(on) {
  $("live").classList.toggle("on", on);
  $("live-text").textContent = t(on ? "online" : "offline");
}
// A ticket that was never closed is asked about once: the product has not heard of it.
async function timeline() {
  const asked = view.ticket,
    heard = ticketOf(asked)?.cycle > 0 || view.items?.length;
  if (asked === null || (view.items !== null && !heard)) return;
  let items = [],
    fault = "";
  try {
    items = (await api("GET", `tickets/${encodeURIComponent(asked)}/timeline`))?.items ?? [];
  } catch (failure) {
    if (failure.status !== 404) fault = failure.message;
  }
  if (asked !== view.ticket) return;
  view.items = items;
  view.timelineFault = fault;
  renderTimeline();
}

function choose({ ticket, number }) {
  view.ticket =
    ticket ??
    view.state.tickets.findLast((one) => one.customer.phone === number)?.id ??
    view.ticket;
  view.number = number ?? ticketOf(ticket)?.customer.phone ?? view.number;
  view.items = null;
  view.known = new Set();
  render();
  return timeline();
}

function render() {
  renderTop();
  renderTickets();
  renderPeople(choose);
  renderDevice(reply);
  renderCall();
  renderFaults();
  renderTimeline();
}
function renderTop() {
  const brand = view.state.brand[language] ?? Object.values(view.state.brand)[0] ?? "";
  $("brand").textContent = brand;
  document.title = `${brand} · ${t("page")}`;
  $("device-carrier").textContent = brand;
  $("advance").hidden = !view.state.can_advance;
  $("desk-count").textContent = t("tickets", { n: view.state.tickets.length });
  tick();
}
function tick() {
  if (!view.state) return;
  const now = Date.now() + view.offset;
  $("clock-time").textContent = `${when(now, zone(), "day")} ${when(now, zone(), "clock")}`;
  $("clock-zone").textContent = t("local", { zone: zone() });
  $("device-time").textContent = when(now, zone(), "clock");
}
function renderTickets() {
  draw($("tickets"), [view.state.tickets, view.ticket], () => view.state.tickets.map(ticketCard));
}
function ticketCard(ticket) {
  const chosen = ticket.id === view.ticket;
  const state = ticket.status === "open" && ticket.reopens ? "reopened" : ticket.status;
  const times = state === "reopened" && ticket.reopens > 1 ? ` ×${ticket.reopens}` : "";
  const title = ticket.title[language] ?? Object.values(ticket.title)[0] ?? ticket.id;
  const face = el(
    "button",
    {
      type: "button",
      className: "pick",
      "aria-pressed": String(chosen),
      "data-key": `t${ticket.id}`,
      on: { click: () => choose({ ticket: ticket.id }) },
    },
    el(
      "span",
      { className: "row" },
      el("span", { className: "id" }, ticket.id),
      el("span", { className: `badge ${state}` }, t(state) + times),
    ),
    el("span", { className: "title" }, title),
    el(
      "span",
      { className: "meta" },
      `${ticket.customer.name || ticket.customer.id} · ${word("category", ticket.category)}`,
    ),
  );
  const linked = ticket.linked_to ? t("link", { id: ticket.linked_to }) : "";
  const who = ticket.agent.name ? t("agent", { name: ticket.agent.name }) : "";
  const foot = el(
    "div",
    { className: "foot" },
    el("span", { className: "hint" }, [who, linked].filter(Boolean).join(" · ")),
    action(ticket),
  );
  return el(
    "li",
    { className: `ticket${chosen ? " chosen" : ""}` },
    face,
    foot,
    chosen && ticket.notes.length ? notes(ticket) : null,
  );
}
function action(ticket) {
  const act = { open: "close", closed: "reopen" }[ticket.status];
  if (!act) return null;
  const press = (event) => {
    choose({ ticket: ticket.id });
    attempt(event.currentTarget, () =>
      api("POST", `tickets/${encodeURIComponent(ticket.id)}/${act}`),
    );
  };
  return el(
    "button",
    {
      type: "button",
      className: act === "close" ? "primary" : "quiet",
      "data-key": `a${ticket.id}`,
      on: { click: press },
    },
    t(act),
  );
}
function notes(ticket) {
  return el(
    "ul",
    { className: "notes" },
    ...ticket.notes.slice(-8).map((note) => {
      const facts = note.facts ?? {};
      const alarm = ["reopen_requested", "follow_up_requested", "not_taken"].includes(note.kind);
      const text = note.kind === "closed" ? "" : note.text;
      const said = [
        word("note", note.kind),
        text,
        typeof facts.score === "number" ? t("score", { n: Number(facts.score.toPrecision(3)) }) : "",
      ];
      return el(
        "li",
        { className: alarm ? "alarm" : "" },
        el("time", { dateTime: note.at }, when(note.at, zone(), "clock")),
        said.filter(Boolean).join(" · "),
        facts.comment ? el("q", {}, String(facts.comment)) : null,
        // The product's own address of it wants a key; the timeline is shown right here.
        facts.url
          ? el(
              "span",
              {},
              " ",
              el(
                "button",
                { type: "button", className: "quiet", on: { click: () => showWhy(ticket, note) } },
                t("view"),
              ),
            )
          : null,
      );
    }),
  );
}
// A follow-up's story is that of the ticket whose low score it follows.
async function showWhy(ticket, note) {
  const told = note.kind === "follow_up_requested" ? (ticket.linked_to ?? ticket.id) : ticket.id;
  if (told !== view.ticket) await choose({ ticket: told });
  showPane("timeline");
  const complaints = [...$("items").querySelectorAll('[data-kind="complaint.registered"]')];
  const found = complaints.findLast((one) => new Date(one.dataset.at) <= new Date(note.at));
  if (!found) return;
  found.scrollIntoView({ block: "center" });
  found.focus({ preventScroll: true });
  found.classList.add("found");
  found.addEventListener("animationend", () => found.classList.remove("found"), { once: true });
}
function renderFaults() {
  const kinds = Object.keys(TEXT[language].fault);
  draw($("fault-kind"), kinds, () =>
    kinds.map((kind) => el("option", { value: kind }, TEXT[language].fault[kind])),
  );
  const name = (fault) =>
    TEXT[language].fault[`${fault.target}/${fault.kind}/${fault.value}`] ??
    TEXT[language].fault[`${fault.target}/${fault.kind}`] ??
    `${fault.target} ${fault.kind} ${fault.value}`;
  draw($("faults"), view.state.faults, () =>
    view.state.faults.map((fault) =>
      el(
        "li",
        {},
        [
          `⚠ ${name(fault)}`,
          fault.times === null ? "" : `×${fault.times}`,
          fault.probability < 1 ? `${fault.probability * 100} %` : "",
          fault.number ?? "",
        ]
          .filter(Boolean)
          .join(" "),
      ),
    ),
  );
  $("clear-faults").hidden = view.state.faults.length === 0;
}
let shownTicket = null,
  shownItems = 0;
function renderTimeline() {
  const ticket = ticketOf(view.ticket);
  $("timeline-ticket").textContent = ticket ? `${ticket.id} · ${ticket.title[language] ?? ""}` : "";
  const items = view.items ?? [],
    same = shownTicket === view.ticket,
    before = same ? shownItems : items.length;
  const scroll = $("timeline-scroll"),
    atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  const changed = draw($("items"), [view.ticket, items, view.timelineFault, zone()], () => {
    if (!items.length)
      return [
        el(
          "li",
          { className: "empty" },
          view.timelineFault ? `${t("unreachable")}：${view.timelineFault}` : t("noItems"),
        ),
      ];
    let day = "";
    return items.flatMap((item, at) => {
      const today = when(item.at, zone(), "day");
      const head = today === day ? [] : [el("li", { className: "day" }, today)];
      day = today;
      return [...head, timelineItem(item, same && at >= before)];
    });
  });
  if (view.items !== null) {
    shownTicket = view.ticket;
    shownItems = items.length;
  }
  if (changed && atEnd) scroll.scrollTop = scroll.scrollHeight;
}
function timelineItem(item, fresh) {
  const kind = String(item.kind ?? ""),
    tone = TONES.find(([pattern]) => pattern.test(kind))?.[1] ?? "";
  return el(
    "li",
    {
      className: `item ${tone}${fresh ? " new" : ""}`,
      tabIndex: -1,
      "data-kind": kind,
      "data-key": `i${kind} ${item.at}`,
      "data-at": item.at,
    },
    el("time", { className: "when", dateTime: item.at }, when(item.at, zone(), "clock")),
    el("span", { className: "kind" }, word("kind", kind)),
    el("p", {}, withLocalTimes(String(item.text ?? ""), zone())),
  );
}

function reply(text, button) {
  const number = view.number;
  if (!text.trim() || number === null) return;
  attempt(button, () => api("POST", `phones/${encodeURIComponent(number)}/reply`, { text }));
}
function speak(wanted) {
  document.documentElement.lang = wanted;
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll("[data-t-label]"))
    node.setAttribute("aria-label", t(node.dataset.tLabel));
  for (const node of document.querySelectorAll("[data-t-placeholder]"))
    node.placeholder = t(node.dataset.tPlaceholder);
  for (const node of document.querySelectorAll("[data-language]"))
    node.setAttribute("aria-pressed", String(node.dataset.language === wanted));
  live($("live").classList.contains("on"));
  if (view.state) {
    render();
    timeline();
  }
}
function showPane(pane) {
  document.body.dataset.pane = pane;
  for (const node of document.querySelectorAll("[data-pane-to]"))
    node.setAttribute("aria-pressed", String(node.dataset.paneTo === pane));
  if (view.state) render();
  if (pane === "phones")
    for (const node of [$("thread"), $("heard")]) node.scrollTop = node.scrollHeight;
}

for (const button of document.querySelectorAll("[data-language]"))
  button.addEventListener("click", () => {
    setLanguage(button.dataset.language);
    speak(button.dataset.language);
  });
for (const button of document.querySelectorAll("[data-pane-to]"))
  button.addEventListener("click", () => showPane(button.dataset.paneTo));
for (const button of document.querySelectorAll("[data-tab]"))
  button.addEventListener("click", () => {
    view.tab = button.dataset.tab;
    renderPeople(choose);
    renderDevice(reply);
    renderCall();
  });
for (const button of document.querySelectorAll("[data-advance]"))
  button.addEventListener("click", () =>
    attempt(button, () => api("POST", "clock", { advance: button.dataset.advance })),
  );
$("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value;
  $("text").value = "";
  reply(text, event.submitter);
});
function phone(verb, button, body) {
  if (view.number === null) return;
  attempt(button, () => api("POST", `phones/${encodeURIComponent(view.number)}/${verb}`, body));
}
for (const button of document.querySelectorAll("[data-call]"))
  button.addEventListener("click", () => phone(button.dataset.call, button));
// A key is never held back: people press faster than any answer comes.
for (const button of document.querySelectorAll("[data-key-of]"))
  button.addEventListener("click", () => phone("keys", null, { keys: button.dataset.keyOf }));
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, select, textarea");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !callable()) return;
  if (/^[0-9*#]$/.test(event.key)) phone("keys", null, { keys: event.key });
});
$("hang-up").addEventListener("click", (event) => phone("hang_up", event.currentTarget));
$("dial").addEventListener("click", (event) => phone("call", event.currentTarget));
$("speak").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("words").value;
  $("words").value = "";
  if (text.trim()) phone("speak", event.submitter, { text });
});
$("fault-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const [target, kind, value] = $("fault-kind").value.split("/");
  const fault = { target, kind, probability: Number($("fault-chance").value) };
  fault.times = Number($("fault-times").value) || null;
  if (value !== undefined) fault.value = Number(value);
  const number = target === "mailbox" ? customer()?.email?.toLowerCase() : view.number;
  if ($("fault-for").value && target !== "desk" && number) fault.number = number;
  attempt(event.submitter, () => api("POST", "faults", fault));
});
$("clear-faults").addEventListener("click", (event) =>
  attempt(event.currentTarget, () => api("DELETE", "faults")),
);

speak(language);
showPane("desk");
const stream = new EventSource("api/events");
stream.addEventListener("changed", () => refresh());
stream.addEventListener("error", () => live(false));
setInterval(tick, 1000);
setInterval(() => {
  if (!document.hidden) timeline();
}, TIMELINE_EVERY_MS);
setInterval(() => {
  if (!document.hidden) refresh();
}, STATE_EVERY_MS);
refresh();
