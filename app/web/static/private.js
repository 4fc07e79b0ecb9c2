// Makes the private page quicker to use; everything works without it.
(document.getElementById("errors") ?? document.getElementById("told"))?.focus();

// The names of chosen files in full; the browser's own control shortens them, or says only how many there are.
for (const input of document.querySelectorAll(".file input[type='file']")) {
  const lines = document.createElement("div");
  lines.setAttribute("role", "status");
  input.before(lines);
  const show = () => {
    lines.replaceChildren();
    for (const file of input.files) {
      const line = document.createElement("p");
      const name = document.createElement("bdi");
      line.className = "file-name";
      name.textContent = file.name;
      line.append(name);
      lines.append(line);
    }
    input.closest(".file").classList.toggle("chosen", input.files.length > 0);
  };
  input.addEventListener("change", show);
  show();
}

// Another language takes along what stands in the form that was written in last.
for (const form of document.querySelectorAll("form[action*='/messages'], form[action$='/safe-contact']")) {
  form.addEventListener("input", () => {
    for (const button of document.querySelectorAll(".site-head [form]")) button.setAttribute("form", form.id);
    for (const button of document.querySelectorAll(".languages button")) button.formAction = form.action.replace(/\/[a-z]{2}\/applications/, `/${button.lang}/applications`);
  });
}

// What is being sent is said, and not sent twice by a second press.
for (const form of document.querySelectorAll("form[data-sending]")) {
  const say = document.createElement("p");
  say.className = "sending";
  say.setAttribute("role", "status");
  form.append(say);
  let since = null;
  const tell = (sending) => {
    since = sending ? Date.now() : null;
    say.textContent = sending ? form.dataset.sending : "";
    for (const button of form.querySelectorAll(".button")) button.setAttribute("aria-disabled", sending);
  };
  form.addEventListener("submit", (event) => {
    if (since && Date.now() - since < 30_000) event.preventDefault();
    else tell(true);
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") tell(false); });
  window.addEventListener("pageshow", () => tell(false));
}
