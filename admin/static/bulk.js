// Ticks of rows: how many there are, Shift for all between two, and the key that ticks the row one stands on.
// Without it ticks are plain boxes of a form all the same.

import { onKey } from "./keys.js";

const form = document.getElementById("bulk");

function start() {
  const ticks = [...document.querySelectorAll("input[name=row][form=bulk]")];
  const all = form.elements.all;
  const count = form.querySelector("[data-ticked]");
  let last = null;

  const show = () => {
    const ticked = ticks.filter((one) => one.checked).length;
    count.textContent = all.checked ? "" : String(ticked);
    for (const one of ticks) one.closest("tr")?.classList.toggle("is-ticked", one.checked || all.checked);
  };

  for (const [place, tick] of ticks.entries()) {
    tick.addEventListener("click", (event) => {
      if (event.shiftKey && last !== null) {
        for (const one of ticks.slice(Math.min(last, place), Math.max(last, place) + 1)) one.checked = tick.checked;
      }
      last = place;
      show();
    });
  }
  all.addEventListener("change", show);
  form.closest("body").addEventListener("change", (event) => event.target.name === "row" && show());
  addEventListener("pageshow", show);
  onKey(
    "x",
    () => document.activeElement.closest("tr")?.querySelector("input[name=row]")?.click(),
    () => ticks.some((one) => one.closest("tr")),
  );
  show();
}

if (form) start();
