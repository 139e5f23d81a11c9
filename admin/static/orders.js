// Shows the answers to orders as they come: asks for the part until nothing is awaited. Without it there is a link.

import { patchChildren } from "./patch.js";

const EVERY_MS = 1000;
const AT_MOST_MS = 15000;

for (const place of document.querySelectorAll("[data-poll]")) {
  let pause = EVERY_MS;
  const look = async () => {
    if (!place.querySelector("[data-awaited]")) return;
    if (!document.hidden) {
      const answer = await fetch(place.dataset.poll, { headers: { "X-Part": "1" } }).catch(() => null);
      if (answer?.ok) {
        patchChildren(place, new DOMParser().parseFromString(await answer.text(), "text/html").body);
      }
      pause = answer?.ok ? EVERY_MS : Math.min(pause * 2, AT_MOST_MS);
    }
    setTimeout(look, pause);
  };
  look();
}
