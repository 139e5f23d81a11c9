// A job's part of a page, asked for again while the job is at work. Without this script a link reloads the page.

import { patchChildren } from "./patch.js";

const EVERY_MS = 1000;
const AT_MOST_MS = 8000;

for (const place of document.querySelectorAll("[data-progress]")) {
  let failures = 0;
  const ask = async () => {
    const answer = await fetch(place.dataset.progress, { headers: { "X-Part": "1" } });
    if (!answer.ok) throw new Error(String(answer.status));
    patchChildren(place, new DOMParser().parseFromString(await answer.text(), "text/html").body);
  };
  const watch = async () => {
    if (!place.querySelector("[data-at-work]")) return;
    if (!document.hidden) {
      failures = await ask().then(
        () => 0,
        () => failures + 1, // what is shown stays; a server that is away is asked more seldom
      );
    }
    setTimeout(watch, Math.min(EVERY_MS * 2 ** Math.min(failures, 3), AT_MOST_MS));
  };
  setTimeout(watch, EVERY_MS);
}
