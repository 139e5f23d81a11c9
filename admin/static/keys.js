// Keys of the page: modules say what a key does, `?` lists those that do something here (admin/keys.py is their table).

const acts = new Map();
const ALWAYS = ["Ctrl+k", "Escape"];

// The same keys of a Russian keyboard.
const RETYPED = { о: "j", л: "k", т: "n", з: "p", ч: "x", ".": "/", ",": "?" };

/** What a key does outside of fields; `act` null: what browsers do. `isHere`: whether it does anything on this page. */
export function onKey(name, act, isHere = () => true) {
  acts.set(name, { act, isHere });
}

/** Shows a dialog; Escape, its button and a click beside it close it, and the focus goes back to where it was. */
export function open(dialog) {
  if (!dialog.dataset.closes) {
    dialog.dataset.closes = "1";
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
    });
  }
  if (!dialog.open) dialog.showModal();
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const field = event.target.closest?.("input:not([type=checkbox]), select, textarea");
  if (field?.checkVisibility()) { // a dialog that has just closed keeps the focus in its field until the next frame
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const found = acts.get(event.key) ?? acts.get(RETYPED[event.key]);
  if (!found?.act || !found.isHere()) return;
  event.preventDefault();
  found.act();
});

const help = document.getElementById("keys");

async function showKeys() {
  const place = help.querySelector("[data-body]");
  if (!place.childElementCount) {
    const answer = await fetch("/keys", { headers: { "X-Part": "1" } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    place.innerHTML = await answer.text();
  }
  for (const row of place.querySelectorAll("[data-keys]")) {
    row.hidden = !row.dataset.keys.split(" ").some((name) => ALWAYS.includes(name) || acts.get(name)?.isHere());
  }
  for (const group of place.querySelectorAll("section")) group.hidden = !group.querySelector("[data-keys]:not([hidden])");
  open(help);
}

if (help) {
  const show = () => showKeys().catch(() => location.assign("/keys"));
  onKey("?", show);
  document.querySelector("[data-opens=keys]")?.addEventListener("click", (event) => {
    event.preventDefault();
    show();
  });
}
