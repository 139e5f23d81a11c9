// What a list gains from a script: words while one is typing, short addresses, and keys.
// Without it everything is there all the same: links, a form, plain fields.

import { onKey } from "./keys.js";

const TYPING_MS = 150;

// Words that begin as typed.
for (const field of document.querySelectorAll("input[data-suggest]")) {
  const words = document.getElementById(field.getAttribute("list"));
  let timer = 0;
  let asked = "";
  const suggest = async () => {
    const begins = field.value.trim();
    if (!begins || begins === asked) return;
    asked = begins;
    const merchant = field.form.elements.merchant?.value ?? "";
    const answer = await fetch(`${field.dataset.suggest}?${new URLSearchParams({ begins, merchant })}`);
    if (!answer.ok || field.value.trim() !== begins) return;
    words.replaceChildren(...(await answer.json()).map((word) => new Option(word, word)));
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => suggest().catch(() => {}), TYPING_MS);
  });
}

// A form asks for what was filled in only: short addresses can be sent to somebody.
for (const form of document.querySelectorAll("form.filters")) {
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  });
  addEventListener("pageshow", () => {
    for (const field of form.elements) field.disabled = false;
  });
}

// Rows: a click anywhere opens one; keys walk (keys.js).
const links = [...document.querySelectorAll("[data-list] .row-link")];

for (const link of links) {
  link.closest("tr").addEventListener("click", (event) => {
    if (event.target.closest("a, button, input, label, summary") || getSelection().toString()) return;
    if (event.ctrlKey || event.metaKey) open(link.href);
    else link.click();
  });
}

function walk(by) {
  const here = links.indexOf(document.activeElement.closest("tr")?.querySelector(".row-link"));
  const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(here + by, 0), links.length - 1);
  links[next]?.focus();
  links[next]?.closest("tr").scrollIntoView({ block: "nearest" });
}

const conditions = document.querySelector("form.filters");
const turner = (way) => document.querySelector(`.pages [rel=${way}]`);
const hasRows = () => links.length > 0;
onKey("j", () => walk(1), hasRows);
onKey("k", () => walk(-1), hasRows);
onKey("ArrowDown", () => walk(1), hasRows);
onKey("ArrowUp", () => walk(-1), hasRows);
onKey("Enter", null, hasRows); // the link that has the focus
onKey("/", () => conditions.querySelector("input:not([type=hidden]), select").focus(), () => conditions !== null);
onKey("n", () => turner("next").click(), () => turner("next") !== null);
onKey("p", () => turner("prev").click(), () => turner("prev") !== null);
