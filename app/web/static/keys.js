// Single keys, for editors who have not switched them off: a control says with data-key which key is its own.
const KEYS_OF_ROWS = { a: "#key-a", s: "&move=shortlist#decide", d: "&move=decline#decide", n: "#key-n" };
const BUTTONS = ["checkbox", "radio", "button", "submit", "reset", "file"];

const rows = [...document.querySelectorAll("tbody[data-reference]")];
const linkOf = (row) => row.querySelector("a[href*='/desk/applications/']");
const boxOf = (row) => row.querySelector("input[type=checkbox]");
let current = null;

const isTyping = (target) =>
  target.isContentEditable || target.matches?.("textarea, select") || (target.matches?.("input") && !BUTTONS.includes(target.type));
// Another script's letters may be on the keyboard: then the key's place counts.
const keyOf = (event) => (event.key.length === 1 && event.key > "~" ? event.code.replace(/^Key/, "").toLowerCase() : event.key);
const isReachable = (control) => !control.disabled && (control.closest("select") ?? control).checkVisibility();

function moveTo(row) {
  current?.classList.remove("current");
  current = row;
  row.classList.add("current");
  linkOf(row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function moveBy(step) {
  const index = current ? rows.indexOf(current) + step : step > 0 ? 0 : rows.length - 1;
  if (rows[index]) moveTo(rows[index]);
  else document.querySelector(`.pager a[rel="${step > 0 ? "next" : "prev"}"]`)?.focus();
}

/** Keys that act on the current row; with rows selected, the same keys act on all of them through their buttons. */
function actOnRow(key) {
  if (key === "j" || key === "k") moveBy(key === "j" ? 1 : -1);
  else if (!current) return false;
  else if (key === "o" || key === "Enter") linkOf(current).click();
  else if (key === "x" && boxOf(current)) boxOf(current).click();
  else if (KEYS_OF_ROWS[key] && !rows.some((row) => boxOf(row)?.checked)) location.assign(linkOf(current).href + KEYS_OF_ROWS[key]);
  else return false;
  return true;
}

function actOnControl(key) {
  const quoted = CSS.escape(key);
  const found = [...document.querySelectorAll(`[data-key="${quoted}"]`)].find(isReachable) ?? document.querySelector(`[data-else="${quoted}"]`);
  if (!found) return false;
  focusOrClick(found);
  return true;
}

/** An option is chosen, a field is entered, anything else is clicked. */
function focusOrClick(control) {
  if (control.matches("option")) {
    control.selected = true;
    control.closest("select").dispatchEvent(new Event("change", { bubbles: true }));
    return control.closest("select").focus();
  }
  if (!isTyping(control)) return control.click();
  control.focus();
  control.scrollIntoView({ block: "nearest" });
  control.select?.();
}

function onTyping(event) {
  const { target, key } = event;
  const sends = key === "Enter" && (event.ctrlKey || event.metaKey || target.matches("select[data-key], select:has([data-key])"));
  if (sends && target.form?.method === "post") {
    event.preventDefault();
    target.form.requestSubmit();
  } else if (key === "Escape") target.blur();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  if (isTyping(event.target)) return onTyping(event);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const key = keyOf(event);
  if (event.repeat && key !== "j" && key !== "k") return;
  // A focused link or button takes Enter itself.
  if (key === "Enter" && event.target.closest("a, button, summary")) return;
  if ((rows.length && actOnRow(key)) || actOnControl(key)) event.preventDefault();
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("tbody[data-reference]");
  if (row && row !== current) {
    current?.classList.remove("current");
    current = row;
    row.classList.add("current");
  }
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (!opener) return;
  event.preventDefault();
  document.getElementById(opener.dataset.dialog).showModal();
});

/** Where the address points: a row to go on from, a panel that opened, a field to write in. */
function arrive() {
  const name = decodeURIComponent(location.hash.slice(1));
  if (!name) return;
  const place = name.startsWith("key-") && document.querySelector(`[data-key="${CSS.escape(name.slice(4))}"]`);
  const found = place || document.getElementById(name);
  if (found?.matches("tbody[data-reference]")) moveTo(found);
  // A key pressed twice must not send a decision before its reason was asked for.
  else if (found?.dataset.asks) found.querySelector(`[name^="${found.dataset.asks}"]`).focus({ preventScroll: true });
  else if (found?.matches("[tabindex='-1'], input, select, textarea")) found.focus();
}

arrive();
// The browser goes to the address's place by itself, perhaps only now.
addEventListener("load", () => document.activeElement?.dataset.asks && arrive());
