// After an @ in a note, the colleagues whose names begin so. Typing the whole name does the same.
for (const form of document.querySelectorAll("form.mentioning")) {
  const people = JSON.parse(form.dataset.people);
  const text = form.querySelector("textarea");
  const list = document.createElement("ul");
  const told = document.createElement("p");
  let chosen = 0;
  list.id = "mention-list";
  list.className = "mention-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.querySelector("label").textContent);
  list.hidden = true;
  told.className = "visually-hidden";
  told.setAttribute("role", "status");
  text.after(list, told);
  text.setAttribute("aria-autocomplete", "list");
  text.setAttribute("aria-controls", list.id);

  const typed = () => /(?:^|[^\p{L}\p{N}_@])@([\p{L}\p{N}_ .'-]{0,60})$/u.exec(text.value.slice(0, text.selectionStart));
  const close = () => {
    list.hidden = true;
    text.removeAttribute("aria-activedescendant");
  };
  const mark = () => {
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", index === chosen));
    text.setAttribute("aria-activedescendant", list.children[chosen].id);
  };
  const take = (name) => {
    const [, begun] = typed();
    const end = text.selectionStart;
    text.setRangeText(`${name} `, end - begun.length, end, "end");
    close();
    text.focus();
  };
  text.addEventListener("input", () => {
    const found = typed();
    const begun = found?.[1].toLocaleLowerCase() ?? "";
    const fitting = found ? people.filter((name) => name.toLocaleLowerCase().startsWith(begun) && name.toLocaleLowerCase() !== begun) : [];
    if (!fitting.length) return close();
    list.replaceChildren(...fitting.slice(0, 8).map((name, index) => {
      const item = document.createElement("li");
      item.id = `mention-${index}`;
      item.setAttribute("role", "option");
      item.textContent = name;
      item.addEventListener("pointerdown", (event) => { event.preventDefault(); take(name); });
      return item;
    }));
    if (list.hidden) told.textContent = form.dataset.found;
    list.hidden = false;
    chosen = 0;
    mark();
  });
  text.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) chosen = (chosen + step + list.children.length) % list.children.length;
    else if (event.key === "Enter" || event.key === "Tab") take(list.children[chosen].textContent);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (step) mark();
  });
  text.addEventListener("blur", close);
}
