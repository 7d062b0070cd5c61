// What every script of the staff's pages stands on: calls to the API, notes, events.
const page = document.documentElement;
const csrf = document.querySelector('meta[name="csrf-token"]')?.content ?? "";

export const lang = page.lang;
export const root = page.dataset.root ?? "";
export const say = (chinese, english) => (lang === "zh-CN" ? chinese : english);

/** What the API refused: `status`, `title`, `detail`, and the whole problem document as `body`. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? body.title ?? String(status));
    this.status = status;
    this.title = body.title ?? "";
    this.detail = body.detail ?? "";
    this.body = body;
  }
}

/** Call the API: the document it answers, or null; throws a Problem. */
export async function api(method, path, body) {
  const headers = { Accept: "application/json", "Accept-Language": lang };
  if (method !== "GET" && method !== "HEAD") headers["X-CSRF-Token"] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(root + path, {
      method,
      headers,
      credentials: "same-origin",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Problem(0, {
      title: say("网络不通", "No connection"),
      detail: say("连不上服务器，请检查网络后重试。", "The service cannot be reached; try again."),
    });
  }
  if (answer.status === 401) {
    const here = location.pathname.slice(root.length) + location.search;
    location.assign(`${root}/login?next=${encodeURIComponent(here)}`);
    return new Promise(() => {});
  }
  const text = await answer.text();
  const json = (answer.headers.get("Content-Type") ?? "").includes("json");
  const told = json && text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Problem(answer.status, told ?? {});
  return told;
}

/** Tell the reader something; what is "bad" stays until it is closed. */
export function toast(text, kind = "good") {
  const shown = document.createElement("p");
  shown.className = `toast ${kind}`;
  shown.append(text);
  const close = document.createElement("button");
  close.className = "plain";
  close.textContent = say("关闭", "Close");
  close.addEventListener("click", () => shown.remove());
  shown.append(" ", close);
  document.getElementById("toasts").append(shown);
  if (kind !== "bad") setTimeout(() => shown.remove(), 6000);
}

const REFUSALS = {
  403: ["无权执行，或页面已过期，请刷新", "Not allowed, or this page is too old: load it again"],
  404: ["找不到，可能已被处理", "It is not there any more"],
  409: ["状态已变化，请刷新后查看", "Things have changed meanwhile: load the page again"],
  422: ["填写的内容有误", "Something that was entered cannot be used"],
  503: ["系统繁忙，请稍后再试", "The service is busy: try again shortly"],
};

/** A Problem in the reader's language, with what the API says of it. */
export function told(problem) {
  const words = REFUSALS[problem.status];
  if (!words) return problem.message;
  return problem.detail ? `${say(...words)} (${problem.detail})` : say(...words);
}

/** Do something a button asked for: the button waits meanwhile, and a refusal is shown. */
export async function act(button, work) {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    return await work();
  } catch (fault) {
    if (!(fault instanceof Problem)) throw fault;
    toast(told(fault), "bad");
    return undefined;
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}

const SHORTEST = 1000;
const LONGEST = 60000;

/** Hear events, each by its name as JSON; `alive` is told whether we do. Returns what ends it. */
export function listen(path, heard, alive = () => {}) {
  let source;
  let timer;
  let pause = SHORTEST;
  const open = () => {
    source = new EventSource(root + path);
    source.addEventListener("open", () => {
      pause = SHORTEST;
      alive(true);
    });
    for (const [name, take] of Object.entries(heard)) {
      source.addEventListener(name, (event) => take(JSON.parse(event.data), event));
    }
    source.addEventListener("error", () => {
      alive(false);
      source.close();
      timer = setTimeout(open, pause * (0.5 + Math.random()));
      pause = Math.min(pause * 2, LONGEST);
    });
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
