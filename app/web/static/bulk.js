// In the queue: a box for the whole page, how many are chosen, the label only where one is needed.
const bar = document.getElementById("bulk-bar");
if (bar) {
  const boxes = [...document.querySelectorAll("input[name='chosen'][form='bulk-bar']")];
  const number = bar.querySelector(".bulk-number");
  const scope = bar.elements.scope;
  const label = bar.querySelector(".bulk-label");
  const head = document.querySelector("thead .select-cell");
  const all = document.createElement("input");
  all.type = "checkbox";
  all.setAttribute("aria-label", bar.dataset.all);
  head?.replaceChildren(all);
  const tell = () => {
    const chosen = boxes.filter((box) => box.checked);
    all.checked = chosen.length > 0 && chosen.length === boxes.length;
    all.indeterminate = chosen.length > 0 && !all.checked;
    number.textContent = scope.value === "chosen" ? `${bar.dataset.chosen} ${chosen.length}` : "";
    bar.classList.toggle("has-chosen", chosen.length > 0);
    for (const box of boxes) box.closest("tbody")?.classList.toggle("is-chosen", box.checked);
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    tell();
  });
  let last = null;
  for (const box of boxes) {
    box.addEventListener("click", (event) => {
      // With Shift, everything between the last box and this one.
      if (event.shiftKey && last) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
        for (const each of boxes.slice(from, to + 1)) each.checked = box.checked;
      }
      last = box;
    });
    box.addEventListener("change", () => { scope.value = "chosen"; tell(); });
  }
  const need = () => { label.hidden = !bar.elements.what.value.endsWith("_label"); };
  bar.elements.what.addEventListener("change", () => { need(); if (!label.hidden) label.querySelector("input").focus(); });
  scope.addEventListener("change", tell);
  window.addEventListener("pageshow", () => { tell(); need(); });
  tell();
  need();
}

// While the worker is at it: how far it is, and the result when it is done.
const progress = document.getElementById("bulk-progress");
if (progress) {
  const look = async () => {
    if (document.hidden) return;
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("bulk-progress");
    if (!answer.ok || !fresh) return location.reload();
    progress.replaceChildren(...fresh.childNodes);
  };
  setInterval(() => look().catch(() => {}), 1500);
}
