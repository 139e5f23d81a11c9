// A form that was sent is not sent again by a second click. Without this script its key makes it once all the same.

const forms = document.querySelectorAll("form[data-once]");

for (const form of forms) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}
addEventListener("pageshow", () => {
  for (const form of forms) delete form.dataset.sent;
});
