// What opens beside a table: the focus goes there, for Tab would need as many steps as the table has links, and Escape
// closes it and gives the focus back.

import { onKey } from "./keys.js";

const side = document.getElementById("side");

if (side) {
  let from = null;
  const close = () => {
    side.replaceChildren();
    from?.focus();
  };
  new MutationObserver(() => {
    if (!side.childElementCount) return;
    if (!side.contains(document.activeElement)) from = document.activeElement;
    side.querySelector("h2 a")?.focus();
  }).observe(side, { childList: true });
  onKey("Escape", close, () => side.childElementCount > 0);
  side.addEventListener("click", (event) => event.target.closest("[data-close]") && close());
}
