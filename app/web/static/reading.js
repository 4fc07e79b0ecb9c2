// Reading works without this. With it a document that is being prepared appears by itself, and the place is kept.
const LOOK_AGAIN = 2500;
const SETTLED = 1200;

function openDocument() {
  return document.getElementById("document");
}

// A document under way: fetch its page anew and put in what is new of the document, nothing else. Not by this page's own
// address: after a form that was refused that is one that only takes forms.
async function lookAgain(left) {
  if (!openDocument()?.hasAttribute("data-under-way") || left === 0) return;
  await new Promise((done) => setTimeout(done, LOOK_AGAIN));
  try {
    const answer = await fetch(openDocument().querySelector("[data-look-again]").href);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("document");
    if (answer.ok && fresh && !openDocument().contains(document.activeElement)) {
      openDocument().replaceWith(document.adoptNode(fresh));
      watchPages();
    }
  } catch {
    // The line is away; the next look may find it.
  }
  lookAgain(left - 1);
}

// Where one is reading: the page that fills most of the window, told when the scrolling has come to rest.
let page = 0;
let told = 0;
let waiting;

function tell() {
  clearTimeout(waiting);
  const form = document.querySelector("[data-reading]");
  if (!form || !page || page === told) return;
  told = page;
  form.elements.page.value = page;
  fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), keepalive: true }).catch(() => {});
}

function watchPages() {
  const seen = new Map();
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) seen.set(entry.target, entry.intersectionRect.height);
    const [fullest, height] = [...seen].reduce((best, each) => (each[1] > best[1] ? each : best), [null, 0]);
    if (!height) return;
    page = Number(fullest.dataset.page);
    clearTimeout(waiting);
    waiting = setTimeout(tell, SETTLED);
  }, { threshold: [0, 0.1, 0.25, 0.5, 0.75, 1] });
  for (const each of document.querySelectorAll("[data-page]")) observer.observe(each);
}

const resume = document.querySelector("[data-resume]");
if (resume && !location.hash && performance.getEntriesByType("navigation")[0]?.type === "navigate") {
  document.querySelector(resume.getAttribute("href"))?.scrollIntoView();
}
addEventListener("visibilitychange", () => document.visibilityState === "hidden" && tell());
watchPages();
lookAgain(60);
