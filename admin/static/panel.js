// Keeps the live part of a page fresh: asks for it when the stream says that something has changed, changes what has
// changed, says how fresh it is. Without this script the page is whole all the same, and reloads itself (<noscript>).

import { isConnected, onLive } from "./live.js";
import { patchChildren } from "./patch.js";

const WITHOUT_STREAM_MS = 2000;
const WITH_STREAM_MS = 20000; // ages of things grow without any change
const AT_MOST_MS = 10000;
const ANSWER_WITHIN_MS = 8000;

const live = document.getElementById("live");
const fresh = document.getElementById("fresh");
const words = document.getElementById("fresh-words");

function keepFresh() {
  let etag = "";
  let failures = 0;
  let timer = 0;
  let asking = false;
  let askAgain = false;
  let freshAt = words.textContent.replace(/^\D+/, "");

  function say(text, isStale) {
    if (words.textContent !== text) words.textContent = text;
    fresh.classList.toggle("is-stale", isStale);
    fresh.setAttribute("role", isStale ? "alert" : "presentation"); // read aloud when it matters, not every time
    live.classList.toggle("is-stale", isStale);
  }

  const phrase = (name, time) => live.dataset[name].replace("{time}", time);

  function show(html) {
    patchChildren(live, new DOMParser().parseFromString(html, "text/html").body);
  }

  async function ask() {
    const answer = await fetch(live.dataset.source, {
      headers: etag ? { "If-None-Match": etag } : {},
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (answer.status === 503) return "wordsDatabase";
    if (answer.status !== 200 && answer.status !== 304) return "wordsPanel";
    if (answer.headers.get("X-Panel-Version") !== document.body.dataset.version) {
      location.reload(); // the server was updated: its pages go with its own scripts and styles
      return "wordsPanel";
    }
    if (answer.status === 200) {
      show(await answer.text());
      etag = answer.headers.get("ETag") ?? "";
    }
    freshAt = answer.headers.get("X-Panel-Time") ?? freshAt;
    return "";
  }

  async function refresh() {
    clearTimeout(timer);
    askAgain = asking;
    if (asking || document.hidden) return; // a hidden page asks again when it is shown
    asking = true;
    const trouble = await ask().catch(() => "wordsAway");
    asking = false;
    failures = trouble ? failures + 1 : 0;
    say(phrase(trouble || "wordsFresh", freshAt), trouble !== "");
    const every = isConnected() && !trouble ? WITH_STREAM_MS : WITHOUT_STREAM_MS * 2 ** Math.min(failures, 3);
    timer = setTimeout(refresh, Math.min(every, trouble || !isConnected() ? AT_MOST_MS : WITH_STREAM_MS));
    if (askAgain) refresh();
  }

  onLive({
    changed: refresh,
    lost: refresh,
    alive: ({ time }) => {
      if (failures || asking) return;
      freshAt = time; // nothing has changed until then
      say(phrase("wordsFresh", freshAt), false);
    },
  });
  document.addEventListener("visibilitychange", refresh);
  window.addEventListener("online", refresh);
  timer = setTimeout(refresh, WITHOUT_STREAM_MS);
}

if (live) keepFresh();
