// The preview follows what is being typed: the page is made on the server as for the button, and its preview taken over.
const form = document.getElementById("template-form");
const button = form?.querySelector("[formaction$='/preview']");
if (button) {
  let waiting = null;
  let asking = null;
  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(button.formAction, { method: "POST", body: new URLSearchParams(new FormData(form)), signal: asking.signal });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      document.getElementById("preview").replaceChildren(...page.getElementById("preview").childNodes);
    } catch (error) {
      if (error.name !== "AbortError") button.hidden = false;
    }
  };
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 400);
  };
  form.addEventListener("input", soon);
  // Whoever writes in one language sees the preview in it.
  form.addEventListener("focusin", (event) => {
    const code = /^(?:subject|body)_(..)$/.exec(event.target.name ?? "")?.[1];
    if (code && form.elements.language.value !== code) {
      form.elements.language.value = code;
      soon();
    }
  });
}
