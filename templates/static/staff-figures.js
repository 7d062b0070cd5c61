// Keeps the newest low scores of an open dashboard up to date; without it, loading again does.
// Asks for the topics, which take longer than the rest of the page, once somebody scrolls to them.
import { listen, root, say } from "./staff.js";

const feed = document.getElementById("low-feed");
const state = document.getElementById("live-state");
const REST = 3000;
const topics = document.getElementById("topic-list");
let waiting = false;

async function fill(place) {
  const answer = await fetch(root + place.dataset.path, { credentials: "same-origin" }).catch(() => null);
  if (answer?.ok && !answer.redirected) place.innerHTML = await answer.text();
}

async function load() {
  waiting = false;
  await fill(feed);
}

if (topics) {
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((each) => each.isIntersecting)) return;
    seen.disconnect();
    fill(topics);
  });
  seen.observe(topics.parentElement);
}

if (feed) {
  const changed = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(load, REST);
  };
  listen("/v1/live", { changed }, (alive) => {
    state.hidden = false;
    state.textContent = alive ? say("实时", "live") : say("已断开，正在重连", "reconnecting");
  });
}
