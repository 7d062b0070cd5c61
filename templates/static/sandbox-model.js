// What the page knows, and what is on show.

export const view = {
  state: null,
  ticket: null,
  number: null,
  tab: "sms",
  seen: {},
  rang: {},
  items: null,
  timelineFault: "",
  known: new Set(),
  offset: 0,
};
export const ticketOf = (id) => view.state?.tickets.find((ticket) => ticket.id === id);
export const phoneOf = (number) => view.state?.phones.find((phone) => phone.number === number);
export const customer = () =>
  phoneOf(view.number)?.customer ?? ticketOf(view.ticket)?.customer ?? null;
export const zone = () => customer()?.timezone || "UTC";
export const mails = () =>
  view.state?.mailboxes.find((box) => box.address === customer()?.email?.toLowerCase())?.mails ??
  [];

const OVER = ["completed", "busy", "no-answer", "failed", "canceled"];
export const isOver = (call) => OVER.includes(call.status);
// The call that the phone is on, or that rings.
export const liveCall = (phone) => phone?.calls.findLast((call) => !isOver(call));

export const incoming = (phone) =>
  phone.messages.filter((message) => message.direction !== "inbound").length;
// A phone's unread: texts and mails that came while another inbox was on show.
export function inboxes(phone) {
  const box = view.state.mailboxes.find(
    (one) => one.address === phone.customer?.email?.toLowerCase(),
  );
  return [
    [`sms ${phone.number}`, incoming(phone), "sms"],
    [`mail ${phone.number}`, box?.mails.length ?? 0, "mail"],
    [`call ${phone.number}`, phone.calls.length, "call"],
  ];
}
const WIDE = matchMedia("(min-width: 1041px)");
export const onShow = (phone, kind) =>
  phone.number === view.number &&
  kind === view.tab &&
  (WIDE.matches || document.body.dataset.pane === "phones");
export function unread(phone, tab) {
  return inboxes(phone)
    .filter(([, , kind]) => !tab || kind === tab)
    .reduce(
      (sum, [key, count, kind]) =>
        sum + (onShow(phone, kind) ? 0 : Math.max(count - (view.seen[key] ?? 0), 0)),
      0,
    );
}
