// What is under way says how far it is: its part of the page is asked for every second, and the page when it is over.
// A form that was sent is not sent again by a second click. Without this script the page reloads itself.

const EVERY_MS = 1000;
const AT_MOST_MS = 8000;

for (const place of document.querySelectorAll("[data-watch]")) {
  let pause = EVERY_MS;
  const look = async () => {
    const answer = await fetch(place.dataset.watch, { headers: { "X-Part": "1" } }).catch(() => null);
    pause = answer?.ok ? EVERY_MS : Math.min(pause * 2, AT_MOST_MS);
    if (answer?.ok) {
      const html = await answer.text();
      if (place.innerHTML !== html) place.innerHTML = html;
      if (place.querySelector("[data-over]")) {
        location.reload();
        return;
      }
    }
    setTimeout(look, pause);
  };
  setTimeout(look, EVERY_MS);
}

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) delete form.dataset.sent;
});
