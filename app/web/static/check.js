// Puts pictures of pages in as soon as they are drawn; without it a link asks again.
const drawing = () => [...document.querySelectorAll("[data-drawing]")];

document.querySelector("main [role='alert']")?.focus();

// While many forms arrive: a sum is done meanwhile; who sends before it is done waits for it.
const send = document.getElementById("send");
if (send && globalThis.crypto?.subtle) {
  let wanted = false;
  const told = document.createElement("p");
  told.className = "sending";
  told.setAttribute("role", "status");
  send.append(told);
  send.addEventListener("submit", (event) => {
    if (send.elements.proof.value || wanted === null) return;
    event.preventDefault();
    wanted = true;
    told.textContent = send.dataset.moment;
  });
  import(send.dataset.sum)
    .then((module) => module.solve(send.dataset.token, Number(send.dataset.bits)))
    .then((number) => { send.elements.proof.value = number; })
    .catch(() => {})
    .finally(() => {
      const now = wanted;
      wanted = null;
      if (now) send.requestSubmit();
    });
}

for (let turn = 0; turn < 40 && drawing().length; turn += 1) {
  await new Promise((resolve) => setTimeout(resolve, 1500 + turn * 100));
  try {
    const answer = await fetch(location.pathname);
    if (answer.status !== 200 || answer.redirected) break;
    const now = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of drawing()) {
      const place = now.getElementById(old.id);
      if (place && !("drawing" in place.dataset)) old.replaceWith(place);
    }
  } catch { /* the line is down: the next turn may do */ }
}
