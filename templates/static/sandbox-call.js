// Draws the chosen phone's call: what is heard, in order, and what may be done.

import { draw, el, t, when, word } from "./sandbox-dom.js";
import { isOver, liveCall, onShow, phoneOf, view, zone } from "./sandbox-model.js";

const $ = (id) => document.getElementById(id);
const WORDS = ["say", "voice", "greeting"];

// Whether keys that are pressed on the keyboard are meant for the phone.
export function callable() {
  const phone = phoneOf(view.number);
  return Boolean(phone) && onShow(phone, "call") && liveCall(phone)?.status === "in-progress";
}
export function renderCall() {
  const phone = phoneOf(view.number),
    live = liveCall(phone),
    shown = live ?? phone?.calls.at(-1);
  const inbound = live?.direction === "inbound",
    talking = live?.status === "in-progress";
  const state = stateOf(shown, inbound, talking);
  // A status that is written again would be read out again.
  if ($("line-state").textContent !== state) $("line-state").textContent = state;
  $("line-state").classList.toggle("open", Boolean(live));
  $("ringing").hidden = live?.status !== "ringing" || inbound;
  $("keypad").hidden = !talking;
  $("speak").hidden = !talking;
  $("hang-up").hidden = !(talking || (live && inbound));
  $("dial").hidden = Boolean(live);
  const changed = draw($("heard"), [view.number, shown, zone()], () =>
    shown ? lines(shown) : [el("p", { className: "empty" }, t("noCalls"))],
  );
  if (changed) $("heard").scrollTop = $("heard").scrollHeight;
}
function stateOf(call, inbound, talking) {
  if (!call) return "";
  if (isOver(call)) return t("lastCall", { status: word("callStatus", call.status) });
  if (talking && call.heard.some((line) => line.kind === "greeting")) return t("machineOn");
  if (talking) return t(call.listening ? "listening" : "talking");
  return inbound ? t("dialling", { number: call.to }) : t("rings", { number: call.from });
}
function lines(call) {
  return [
    el("div", { className: "day" }, when(call.at, zone(), "day")),
    ...call.heard.flatMap((line) => lineOf(line)),
    ...call.recordings.map((one) => aside(t("recorded", { n: one.seconds }))),
  ];
}
function lineOf(line) {
  const at = when(line.at, zone(), "clock");
  if (WORDS.includes(line.kind))
    return [
      el("div", { className: "bubble to", lang: line.language ?? "" }, line.text),
      el("div", { className: "said to" }, [at, line.language].filter(Boolean).join(" · ")),
    ];
  if (line.kind === "keys" || line.kind === "speech")
    return [
      el("div", { className: "bubble by" }, line.kind === "keys" ? `⌨ ${line.text}` : line.text),
      el("div", { className: "said by" }, at),
    ];
  const text = line.kind === "ended" ? word("by", line.by) : line.kind === "gather" ? "" : line.text;
  return [aside([at, word("heard", line.kind), text].filter(Boolean).join(" · "), line.kind)];
}
function aside(text, kind = "") {
  return el("div", { className: kind === "error" ? "aside bad" : "aside" }, text);
}
