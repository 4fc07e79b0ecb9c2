// Makes the form quicker to use; everything works without it.
document.querySelector("#errors, [role='alert']")?.focus();

const form = document.getElementById("form");
if (form) {
  const words = JSON.parse(form.dataset.words);
  const language = document.documentElement.lang;
  const draft = form.dataset.draft;
  const told = document.createElement("p");
  told.className = "sending";
  told.setAttribute("role", "status");
  const saved = document.createElement("p");
  saved.className = "saved meta";
  form.append(saved, told);

  // Sending

  let since = null, waiting = null;
  const tell = (sending) => {
    since = sending ? Date.now() : null;
    told.textContent = sending ? words.sending : "";
    for (const button of form.querySelectorAll(".actions .button")) button.setAttribute("aria-disabled", sending);
  };
  form.addEventListener("submit", (event) => {
    // A page whose sending was stopped by hand is not told so: after half a minute it may be sent again.
    if (since && Date.now() - since < 30_000) event.preventDefault();
    else tell(true);
    clearTimeout(waiting);
    waiting = null;
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") tell(false); });
  // Back from the next page by the browser's button.
  window.addEventListener("pageshow", () => tell(false));

  // The page in another language shows the field where one was: an address keeps its place over a redirect.

  let at = "";
  form.addEventListener("focusin", (event) => { at = event.target.id || event.target.closest(".field")?.id || ""; });
  for (const button of document.querySelectorAll(".languages button")) {
    button.addEventListener("click", () => { button.formAction = button.formAction.replace(/#.*|$/, at && `#${at}`); });
  }

  // Saving while somebody types. The page's address leads back to what is kept, the other languages send the form itself.

  const remember = () => {
    if ("kept" in form.dataset) return;
    form.dataset.kept = "";
    const address = `/${language}/drafts/${draft}`;
    if (location.pathname !== address) history.replaceState(null, "", address);
  };
  if ("kept" in form.dataset) { delete form.dataset.kept; remember(); }
  form.addEventListener("kept", remember);

  let running = false, again = false;
  const save = async () => {
    if (running) { again = true; return; }
    running = true;
    clearTimeout(waiting);
    waiting = null;
    const fields = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    try {
      const answer = await fetch(`/${language}/calls/${form.dataset.call}/draft${new URL(form.action).search}`, { method: "POST", body: fields, keepalive: document.hidden });
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      const now = new Date();
      const time = [now.getHours(), now.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
      saved.textContent = told.saved ? words.saved.replace("{time}", time) : words.elsewhere;
      remember();
    } catch {
      saved.textContent = words.unsaved;
      waiting ??= setTimeout(save, 15_000);
    }
    running = false;
    if (again) { again = false; save(); }
  };
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(save, 1200);
  };
  form.addEventListener("input", (event) => { if (event.target.type !== "file") soon(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && waiting) save(); });

  // Documents: the module that sends them at once comes when one is chosen or dropped.

  let uploading = null;
  const sendAtOnce = (input) => {
    uploading ??= import(form.dataset.upload).then((module) => module.start(form, words));
    return uploading.then((send) => send(input)).catch(() => { uploading = null; });
  };
  const inputs = [...form.querySelectorAll(".file input[type='file']")];
  for (const input of inputs) input.addEventListener("change", () => { if (input.files.length) sendAtOnce(input); });

  // Firefox keeps a chosen file over a reload.
  for (const input of inputs) if (input.files.length) sendAtOnce(input);

  const drop = document.createElement("p");
  drop.className = "drop hint";
  drop.textContent = words.drop;
  inputs.at(-1)?.closest(".file").after(drop);
  const LIKELY = {
    cv: /\bcv\b|resume|lebenslauf|curriculum|резюме|რეზიუმე|ինքնակենս|tərcümeyi/i,
    cover_letter: /letter|anschreiben|motiv|письмо|წერილი|նամակ|məktub/i,
    writing_sample: /sample|probe|образец|ნიმუშ|նմուշ|nümun/i,
  };
  const free = (input) => !input.files.length && !input.closest(".file").matches(".received, .under-way");
  const place = (file, target) =>
    target?.closest?.(".file")?.querySelector("input[type='file']") ??
    inputs.find((input) => free(input) && LIKELY[input.name]?.test(file.name)) ?? inputs.find(free);
  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    form.classList.add("dropping");
  });
  for (const over of ["dragleave", "drop"]) {
    document.addEventListener(over, (event) => { if (over === "drop" || !event.relatedTarget) form.classList.remove("dropping"); });
  }
  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    const files = [...event.dataTransfer.files];
    const likely = (file) => inputs.some((input) => LIKELY[input.name]?.test(file.name));
    files.sort((one, other) => likely(other) - likely(one)); // what is known by its name takes its place first
    for (const file of files) {
      const input = place(file, files.length === 1 ? event.target : null);
      if (!input) continue;
      const one = new DataTransfer();
      one.items.add(file);
      input.files = one.files;
      input.dispatchEvent(new Event("change"));
    }
  });
}
