// Draws the phones: the strip of customers, and the chosen one's texts and mails.

import { draw, el, t, when, withLinks, word } from "./sandbox-dom.js";
import {
  customer,
  inboxes,
  liveCall,
  mails,
  onShow,
  phoneOf,
  unread,
  view,
  zone,
} from "./sandbox-model.js";

const $ = (id) => document.getElementById(id);

export function renderPeople(choose) {
  const shown = view.state.phones.map((phone) => ({
    number: phone.number,
    name: phone.customer?.name || phone.agent || phone.number,
    unread: unread(phone),
    rings: liveCall(phone)?.status === "ringing",
  }));
  const all = shown.reduce((sum, one) => sum + one.unread, 0);
  $("unread-all").hidden = all === 0;
  $("unread-all").textContent = String(all);
  draw($("people"), [shown, view.number], () =>
    shown.map((one, at) =>
      el(
        "button",
        {
          type: "button",
          className: one.rings ? "person rings" : "person",
          title: one.number,
          "aria-pressed": String(one.number === view.number),
          "data-key": `p${one.number}`,
          on: { click: () => choose({ number: one.number }) },
        },
        el("span", { className: `face-of hue${at % 6}` }, initials(one.name)),
        el("span", { className: "called" }, one.name.split(/\s+/)[0]),
        one.unread ? el("span", { className: "unread" }, String(one.unread)) : null,
      ),
    ),
  );
}
function initials(name) {
  if (name.startsWith("+")) return "☏";
  const words = name.split(/\s+/).filter(Boolean);
  return words.length > 1 ? words[0][0] + words.at(-1)[0] : [...name][0];
}
export function renderDevice(reply) {
  const phone = phoneOf(view.number),
    who = customer();
  const received = mails(),
    sms = view.tab === "sms";
  if (phone)
    for (const [key, count, kind] of inboxes(phone))
      if (onShow(phone, kind)) view.seen[key] = count;
  $("owner-name").textContent = who?.name || view.number || "";
  $("owner-address").textContent = (view.tab === "mail" ? who?.email : view.number) || "";
  $("sms-count").textContent = phone?.messages.length || "";
  $("mail-count").textContent = received.length || "";
  $("call-count").textContent = phone?.calls.length || "";
  for (const tab of document.querySelectorAll("[data-tab]")) {
    tab.setAttribute("aria-pressed", String(tab.dataset.tab === view.tab));
    tab.classList.toggle("fresh", Boolean(phone) && unread(phone, tab.dataset.tab) > 0);
  }
  $("thread").hidden = !sms;
  $("compose").hidden = !sms;
  $("mails").hidden = view.tab !== "mail";
  $("call").hidden = view.tab !== "call";
  const changed = draw($("thread"), [view.number, phone?.messages], () =>
    thread(phone?.messages ?? []),
  );
  draw($("mails"), [who?.email, received], () =>
    received.length
      ? received.toReversed().map(mailCard)
      : [el("p", { className: "empty" }, t("noMail"))],
  );
  const chinese = (who?.locale ?? "zh").startsWith("zh");
  const quick = ["5", "4", "3", "2", "1", chinese ? "退订" : "STOP"];
  draw($("quick"), quick, () =>
    quick.map((text) =>
      el(
        "button",
        {
          type: "button",
          className: text.length > 1 ? "stop" : "",
          on: { click: (event) => reply(text, event.currentTarget) },
        },
        text,
      ),
    ),
  );
  // Only now is the thread as high as it will be.
  if (changed) $("thread").scrollTop = $("thread").scrollHeight;
}
function thread(messages) {
  if (!messages.length) return [el("p", { className: "empty" }, t("noSms"))];
  const opened = view.known.size > 0;
  let day = "";
  return messages.flatMap((message) => {
    const by = message.direction === "inbound" ? "by" : "to",
      fresh = !view.known.has(message.sid) && opened;
    view.known.add(message.sid);
    const today = when(message.at, zone(), "day"),
      bad = message.error_message || ["undelivered", "failed"].includes(message.status);
    const parts = message.segments > 1 ? t("parts_of", { n: message.segments }) : "";
    const about = [
      when(message.at, zone(), "clock"),
      word("status", message.status),
      parts,
      message.error_message,
    ]
      .filter(Boolean)
      .join(" · ");
    const head = today === day ? [] : [el("div", { className: "day" }, today)];
    day = today;
    return [
      ...head,
      el("div", { className: `bubble ${by}${fresh ? " new" : ""}` }, ...withLinks(message.body)),
      el("div", { className: `said ${by}${bad ? " bad" : ""}` }, about),
    ];
  });
}
function mailCard(mail) {
  return el(
    "article",
    { className: "mailed" },
    el("h3", {}, mail.subject || "—"),
    el(
      "div",
      { className: "from" },
      el("span", {}, mail.from),
      el(
        "time",
        { dateTime: mail.at },
        `${when(mail.at, zone(), "day")} ${when(mail.at, zone(), "clock")}`,
      ),
    ),
    ...(mail.has_html ? [letter(mail)] : []),
    el("div", { className: "text" }, ...withLinks(mail.text.trim() || mail.links.join("\n"))),
  );
}

// The letter in a frame of its own: nothing in it runs, and its links open elsewhere.
function letter(mail) {
  const frame = el("iframe", { className: "letter", title: mail.subject || "HTML" });
  frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
  frame.src = `api/mails/${encodeURIComponent(mail.id)}/letter`;
  return frame;
}
