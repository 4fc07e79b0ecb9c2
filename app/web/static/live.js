// Tells what others did since the page was shown, without moving what is read. A hidden page asks nothing.
const EVERY = 20_000;
const place = document.querySelector("[data-presence], [data-news]");
const { presence, news, since, csrf } = place?.dataset ?? {};
let timer;

const ask = () => (news ? fetch(news, { redirect: "manual" }) : fetch(presence, { method: "POST", redirect: "manual", body: fields() }));

function fields(more = {}) {
  return new URLSearchParams({ csrf, since, ...more });
}

async function look() {
  clearTimeout(timer);
  if (document.hidden) return;
  try {
    const answer = await ask();
    // Signed out meanwhile: there is nothing more to hear.
    if (answer.type === "opaqueredirect" || answer.status === 404) return;
    if (answer.ok) (news ? tellQueue : tell)(await answer.text());
  } catch {
    // The line is gone for a moment; the next time will do.
  }
  timer = setTimeout(look, EVERY);
}

/** Only what differs is put in place, so that a screen reader says it once. */
function tell(html) {
  const made = document.createElement("div");
  made.innerHTML = html.trim();
  if (made.innerHTML !== place.innerHTML) place.replaceChildren(...made.childNodes);
}

function tellQueue(html) {
  const told = document.createElement("template");
  told.innerHTML = html;
  const words = (name, row) => told.content.querySelector(`[data-${name}="${CSS.escape(row.dataset.reference)}"]`)?.textContent ?? "";
  let changed = false;
  for (const row of document.querySelectorAll("tbody[data-reference]")) {
    const change = words("change", row);
    changed ||= change !== "";
    row.querySelector(".here").textContent = [words("here", row), change].filter(Boolean).join(" · ");
  }
  const line = told.content.querySelector(changed ? ".line.changes" : ".line") ?? told.content.querySelector(".line");
  tell(line ? line.outerHTML : "");
}

if (place) {
  place.innerHTML = place.innerHTML.trim();
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pageshow", look);
  if (presence) window.addEventListener("pagehide", () => navigator.sendBeacon(presence, fields({ leaving: "yes" })));
}
