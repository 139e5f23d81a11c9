// Keeps the live part of a page fresh: asks for it every two seconds, changes what has changed, says how fresh it is.
// Without this script the page is whole all the same, and reloads itself (<noscript> in the page).

import { patchChildren } from "./patch.js";

const EVERY_MS = 2000;
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
  let freshAt = words.textContent.replace(/^\D+/, "");

  function say(text, isStale) {
    if (words.textContent !== text) words.textContent = text;
    fresh.classList.toggle("is-stale", isStale);
    fresh.setAttribute("role", isStale ? "alert" : "presentation"); // read aloud when it matters, not every two seconds
    live.classList.toggle("is-stale", isStale);
  }

  function show(html) {
    patchChildren(live, new DOMParser().parseFromString(html, "text/html").body);
  }

  async function ask() {
    const answer = await fetch(live.dataset.source, {
      headers: etag ? { "If-None-Match": etag } : {},
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (answer.status === 503) return "база данных не отвечает";
    if (answer.status !== 200 && answer.status !== 304) return "панель не отвечает";
    if (answer.headers.get("X-Panel-Version") !== document.body.dataset.version) {
      location.reload(); // the server was updated: its pages go with its own scripts and styles
      return "панель обновляется";
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
    if (asking || document.hidden) return; // a hidden page asks again when it is shown
    asking = true;
    const trouble = await ask().catch(() => "нет связи с панелью");
    asking = false;
    failures = trouble ? failures + 1 : 0;
    say(trouble ? `${trouble}, показано на ${freshAt}` : `обновлено ${freshAt}`, trouble !== "");
    timer = setTimeout(refresh, Math.min(EVERY_MS * 2 ** Math.min(failures, 3), AT_MOST_MS));
  }

  document.addEventListener("visibilitychange", refresh);
  window.addEventListener("online", refresh);
  timer = setTimeout(refresh, EVERY_MS);
}

if (live) keepFresh();
