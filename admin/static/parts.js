// Parts of a page that come, and come again, by requests of their own. The answer is a piece of the page; without this
// script a link in the part leads to the same thing, or the page reloads itself.
//
// data-part    comes once, and again when data-live's topics change, or every data-part-every seconds
// data-poll    comes again every second while it holds [data-awaited]; when it holds [data-over] the page reloads

import { onLive } from "./live.js";
import { patchChildren } from "./patch.js";

const EVERY_MS = 1000;
const AT_MOST_MS = 15000;

async function ask(address) {
  const answer = await fetch(address, { headers: { "X-Part": "1" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

for (const place of document.querySelectorAll("[data-part]")) {
  const fill = async () => {
    const html = await ask(place.dataset.part);
    const opened = [...place.querySelectorAll("details")].map((one) => one.open);
    place.innerHTML = html;
    for (const [number, one] of [...place.querySelectorAll("details")].entries()) one.open = opened[number] ?? one.open;
    place.dispatchEvent(new Event("filled"));
  };
  const refill = () => fill().catch(() => {}); // what is shown stays
  refill();
  const topics = place.dataset.live?.split(" ") ?? [];
  if (topics.length) onLive({ changed: (info) => info.topics.some((one) => topics.includes(one)) && refill() });
  const every = Number(place.dataset.partEvery) * 1000;
  if (every) setInterval(() => document.hidden || refill(), every);
}

for (const place of document.querySelectorAll("[data-poll]")) {
  let pause = EVERY_MS;
  const look = async () => {
    if (!document.hidden) {
      const html = await ask(place.dataset.poll).catch(() => null);
      if (html !== null) patchChildren(place, new DOMParser().parseFromString(html, "text/html").body);
      pause = html !== null ? EVERY_MS : Math.min(pause * 2, AT_MOST_MS); // a server that is away is asked more seldom
    }
    if (place.querySelector("[data-over]")) location.reload();
    else if (place.querySelector("[data-awaited]")) setTimeout(look, pause);
  };
  if (place.querySelector("[data-awaited]")) setTimeout(look, EVERY_MS);
}
