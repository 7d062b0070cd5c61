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
  const filled = answer?.ok && !answer.redirected;
  if (filled) place.innerHTML = await answer.text();
  return filled;
}

async function load() {
  waiting = false;
  await fill(feed);
}

if (topics) {
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((each) => each.isIntersecting)) return;
    seen.disconnect();
    topics.textContent = say("正在读取…", "Reading…");
    fill(topics).then((filled) => {
      if (!filled) topics.textContent = say("暂时读取不了，请刷新页面重试。", "Not to be had just now: load the page again.");
    });
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
