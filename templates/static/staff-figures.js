// Keeps the newest low scores of an open dashboard up to date; without it, loading again does.
import { listen, root, say } from "./staff.js";

const feed = document.getElementById("low-feed");
const state = document.getElementById("live-state");
const REST = 3000;
let waiting = false;

async function load() {
  waiting = false;
  const answer = await fetch(root + feed.dataset.path, { credentials: "same-origin" }).catch(() => null);
  if (answer?.ok && !answer.redirected) feed.innerHTML = await answer.text();
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
