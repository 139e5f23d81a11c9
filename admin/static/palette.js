// The palette (Ctrl K): a field and a list that it controls, as the combobox pattern of WAI-ARIA has it. What it shows is
// the answer of /search, which htmx fetches while one types; without scripts the button is a link to that page.

import htmx from "htmx.org";
import { open } from "./keys.js";

const dialog = document.getElementById("palette");

function start() {
  const field = dialog.querySelector("[role=combobox]");
  const list = dialog.querySelector("[role=listbox]");
  const options = () => [...list.querySelectorAll("a[role=option]")];
  let chosen = -1;

  const choose = (number) => {
    const all = options();
    chosen = all.length && number !== null ? (number + all.length) % all.length : -1;
    for (const [place, option] of all.entries()) option.setAttribute("aria-selected", String(place === chosen));
    if (chosen < 0) field.removeAttribute("aria-activedescendant");
    else {
      field.setAttribute("aria-activedescendant", all[chosen].id);
      all[chosen].scrollIntoView({ block: "nearest" });
    }
  };

  const show = () => {
    open(dialog);
    field.select();
    if (!list.childElementCount || field.value) htmx.trigger(field, "ask");
  };

  field.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: chosen + 1, ArrowUp: Math.max(chosen, 0) - 1, PageDown: chosen + 5, PageUp: chosen - 5 };
    if (event.key in steps) {
      event.preventDefault();
      choose(steps[event.key]);
    } else if (event.key === "Enter") {
      const option = options()[chosen];
      if (!option) return; // the form goes to the page of the search
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) window.open(option.href);
      else option.click();
    }
  });
  field.addEventListener("input", () => choose(null)); // Enter shall not open what was found for other words
  list.addEventListener("pointermove", (event) => {
    const at = options().indexOf(event.target.closest("a[role=option]"));
    if (at >= 0 && at !== chosen) choose(at);
  });
  list.addEventListener("click", (event) => {
    if (event.target.closest("a[role=option]")) dialog.close(); // a place on this very page
  });
  dialog.addEventListener("htmx:after:swap", () => choose(0));
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    if (event.code !== "KeyK" && event.key.toLowerCase() !== "k") return; // wherever the letter is, whatever it is called
    event.preventDefault();
    if (dialog.open) dialog.close();
    else show();
  });
  document.querySelector("[data-opens=palette]")?.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show();
  });
}

if (dialog) {
  htmx.process(dialog); // now: of itself it begins a moment later, and a key may come before that
  start();
}
