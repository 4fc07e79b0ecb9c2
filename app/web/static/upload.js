// Sends a chosen document at once, by tus: it goes on after a broken line, a reload, a closed tab. What is under way is
// known to the server by the draft; nothing is kept in the browser.

const language = document.documentElement.lang;

// Numbers and units as the server writes them: browsers do not know all of our languages.
const written = ({ decimal, units }) => {
  const unit = (name, number) => units[name].replace("{n}", number);
  const tenths = (number) => String(Math.round(number * 10) / 10).replace(".", decimal);
  const inMegabytes = (whole) => whole >= 950e3;
  const number = (bytes, whole) => (inMegabytes(whole) ? tenths(bytes / 1e6) : Math.ceil(bytes / 1e3));
  return {
    number,
    size: (bytes) => unit(inMegabytes(bytes) ? "megabyte" : "kilobyte", number(bytes, bytes)),
    time: (left) => (left < 60 ? unit("second", Math.max(Math.ceil(left / 5) * 5, 5)) : unit("minute", Math.ceil(left / 60))),
  };
};
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

const RETRY = [0, 1000, 3000, 5000, ...Array(60).fill(10_000)];
const PASSING = [0, 408, 409, 423, 429, 460];
const SMALL = 64_000; // sent with the announcement, in one request

const loadTus = (address) =>
  new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.tus);
    script.onerror = () => { script.remove(); reject(new Error("tus")); };
    document.head.append(script);
  });

// One document's card: its lines, its bar, its buttons.
class Card {
  constructor(input, words) {
    this.input = input;
    this.words = words;
    this.root = input.closest(".file");
    this.what = this.root.querySelector(".file-what");
    this.label = this.what.querySelector("label").textContent;
    this.announcement = document.createElement("p");
    this.announcement.className = "visually-hidden";
    this.announcement.setAttribute("role", "status");
    this.root.append(this.announcement);
  }

  line(name) {
    let line = this.what.querySelector(`.${name}`);
    if (!line) {
      line = document.createElement("p");
      line.className = name;
      this.what.append(line);
    }
    return line;
  }

  name(text) {
    const name = document.createElement("bdi");
    name.textContent = text;
    this.line("file-name").replaceChildren(name);
  }

  state(...parts) { this.line("file-state").replaceChildren(...parts); }

  announce(text) { this.announcement.textContent = `${this.label}: ${text}`; }

  error(text) {
    const id = `${this.input.id}-error`;
    document.getElementById(id)?.remove();
    this.told(text);
    this.root.classList.toggle("wrong", Boolean(text));
    this.input.toggleAttribute("aria-invalid", Boolean(text));
    const hints = (this.input.getAttribute("aria-describedby") ?? "").split(" ").filter((each) => each && each !== id);
    if (text) {
      this.input.setAttribute("aria-invalid", "true");
      hints.unshift(id);
      const line = document.createElement("p");
      line.className = "error";
      line.id = id;
      line.textContent = text;
      const name = this.what.querySelector(".file-name");
      if (name) name.before(line);
      else this.what.append(line);
    }
    this.input.setAttribute("aria-describedby", hints.join(" "));
  }

  // The box at the top forgets what is mended, and says of this document what its card says.
  told(text) {
    const told = document.querySelector(`#errors a[href="#${this.input.id}"]`);
    if (told && text) told.textContent = `${this.label}: ${text}`;
    if (!told || text) return;
    const box = told.closest("#errors");
    told.closest("li").remove();
    const left = box.querySelectorAll("li").length;
    if (left) box.querySelector("h2").textContent = this.words.wrong[left - 1];
    else box.remove();
  }

  // Under way: the chooser gives way to a bar and two buttons.
  begin(file, buttons) {
    this.error("");
    this.name(file.name);
    this.root.querySelector(".tells")?.remove();
    this.root.classList.remove("received");
    this.root.classList.add("under-way");
    this.chooser(false);
    this.bar ??= document.createElement("progress");
    this.bar.max = file.size;
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", this.label);
    this.buttons ??= document.createElement("p");
    this.buttons.className = "file-buttons";
    this.buttons.replaceChildren(...buttons);
    this.what.after(this.buttons);
    this.root.append(this.bar);
  }

  end() {
    this.root.classList.remove("under-way");
    this.bar?.remove();
    this.buttons?.remove();
    this.chooser(true);
  }

  chooser(shown) {
    const replace = this.root.querySelector(".replace");
    (replace ?? this.input).hidden = !shown;
  }

  // "received · 8 kB", and a way to replace it.
  received(document_) {
    this.end();
    this.root.classList.add("received");
    this.name(document_.name);
    const good = document.createElement("span");
    good.className = "good";
    good.textContent = `✓ ${this.words.received}`;
    this.state(good, ` · ${document_.size}`);
    this.announce(this.words.received);
    let replace = this.root.querySelector(".replace");
    if (!replace) {
      replace = document.createElement("details");
      replace.className = "replace";
      const summary = document.createElement("summary");
      summary.className = "button outlined";
      const hidden = document.createElement("span");
      hidden.className = "visually-hidden";
      hidden.textContent = ` – ${this.label}`;
      summary.append(this.words.replace, hidden);
      this.input.before(replace);
      replace.append(summary, this.input);
    }
    this.input.hidden = false;
    replace.open = false;
  }

  refused(text) {
    this.end();
    this.state();
    this.error(text);
    this.announce(text);
    const replace = this.root.querySelector(".replace");
    if (replace) replace.open = true;
  }
}

// What tus-js-client would keep in the browser is asked of the server.
const lookup = (form, fileOf) => {
  const ask = async () => {
    if (!("kept" in form.dataset)) return {};
    const answer = await fetch(`/${language}/drafts/${form.dataset.draft}/documents`);
    return answer.ok ? answer.json() : {};
  };
  const findUploadsByFingerprint = async (kind) => {
    const open = (await ask()).under_way?.[kind];
    const file = fileOf(kind);
    const same = open && file && open.size === file.size && open.modified === file.lastModified;
    return same ? [{ size: open.size, metadata: {}, creationTime: "", uploadUrl: open.address, urlStorageKey: kind }] : [];
  };
  return { ask, storage: { findUploadsByFingerprint, findAllUploads: async () => [], addUpload: async () => null, removeUpload: async () => {} } };
};

// Returns what the form calls for each chosen file.
export async function start(form, words) {
  const tus = await loadTus(form.dataset.tus);
  const write = written(words);
  const cards = new Map();
  const running = new Map(); // kind → {upload, file, paused}
  const server = lookup(form, (kind) => running.get(kind)?.file);
  let held = null; // the button that waits for the documents
  const note = document.createElement("p");
  note.className = "sending";
  note.setAttribute("role", "status");
  form.append(note);

  const button = (text, kind, action) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = `button ${kind}`;
    made.textContent = text;
    made.addEventListener("click", action);
    return made;
  };

  const over = (kind) => {
    running.delete(kind);
    if (!held || running.size) return;
    const [pressed, wrong] = [held, form.querySelector(".file.wrong input")];
    held = null;
    note.textContent = "";
    if (wrong) wrong.focus();
    else form.requestSubmit(pressed);
  };

  const settle = async (kind, card, why) => {
    let here = {};
    for (const pause of [0, 2000, 5000, 10_000]) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      try { here = await server.ask(); break; } catch { card.state(words.waiting); }
    }
    if (running.get(kind)?.file !== card.file) return;
    card.input.value = "";
    if (here.refused?.[kind] || why) card.refused(here.refused?.[kind] ?? why);
    else if (here.received?.[kind]) card.received(here.received[kind]);
    over(kind);
  };

  // It could not be sent at once: the file stays chosen and goes with the form, as without a script.
  const giveUp = (kind, card) => {
    card.end();
    card.state(words.with_form);
    over(kind);
  };

  const send = async (input) => {
    const kind = input.name, file = input.files[0];
    const card = cards.get(kind) ?? new Card(input, words);
    cards.set(kind, card);
    running.get(kind)?.upload.abort();
    card.file = file;

    let began = null, beganAt = 0, shownAt = 0;
    const show = (sent, whole) => {
      const now = performance.now();
      if (began === null) [began, beganAt] = [sent, now];
      if (now - shownAt < 400 && sent < whole) return;
      shownAt = now;
      card.bar.value = sent;
      const parts = [fill(words.progress, { done: write.number(sent, whole), whole: write.size(whole) })];
      const speed = (sent - began) / ((now - beganAt) / 1000);
      if (sent >= whole) parts.push(words.checking);
      else if (now - beganAt > 1500 && speed > 0) parts.push(fill(words.left, { time: write.time((whole - sent) / speed) }));
      card.state(parts.join(" · "));
    };

    const upload = new tus.Upload(file, {
      endpoint: "/uploads/",
      headers: { "Accept-Language": language },
      metadata: { draft: form.dataset.draft, call: form.dataset.call, kind, filename: file.name, modified: String(file.lastModified) },
      fingerprint: async () => kind,
      urlStorage: server.storage,
      retryDelays: RETRY,
      uploadDataDuringCreation: file.size <= SMALL,
      onUploadUrlAvailable: () => form.dispatchEvent(new Event("kept")),
      onProgress: show,
      onShouldRetry: (error) => {
        const status = error.originalResponse?.getStatus() ?? 0;
        began = null;
        if (status === 0) card.state(words.waiting);
        return PASSING.includes(status) || status >= 500;
      },
      onSuccess: () => { form.dispatchEvent(new Event("kept")); settle(kind, card); },
      onError: (error) => {
        const answer = error.originalResponse;
        if (![413, 422].includes(answer?.getStatus())) return giveUp(kind, card);
        let why = "";
        try { why = JSON.parse(answer.getBody()).detail; } catch { return giveUp(kind, card); }
        settle(kind, card, why);
      },
    });
    const entry = { upload, file, paused: false };
    running.set(kind, entry);

    const pause = button(words.pause, "outlined", () => {
      entry.paused = !entry.paused;
      pause.textContent = entry.paused ? words.resume : words.pause;
      if (entry.paused) {
        upload.abort();
        const state = card.line("file-state").textContent.split(" · ")[0];
        card.state(`${state} · ${words.paused}`);
        card.announce(words.paused);
      } else {
        began = null;
        upload.start();
      }
    });
    entry.resume = () => { if (entry.paused) pause.click(); };
    const cancel = button(words.cancel, "quiet", async () => {
      upload.abort(true).catch(() => {});
      input.value = "";
      card.end();
      card.line("file-name").remove();
      card.line("file-state").remove();
      over(kind);
      input.focus();
    });
    card.begin(file, [pause, cancel]);
    show(0, file.size);
    began = null;
    const earlier = await upload.findPreviousUploads().catch(() => []);
    if (running.get(kind) !== entry || entry.paused) return;
    if (earlier.length) upload.resumeFromPreviousUpload(earlier[0]);
    upload.start();
  };

  // The form waits for its documents; saving for later and another language do not: what is here stays here.
  document.addEventListener("submit", (event) => {
    if (event.target !== form || !running.size) return;
    if (["save", "language"].includes(event.submitter?.value)) {
      for (const [kind, { upload }] of running) {
        upload.abort();
        cards.get(kind).input.disabled = true;
      }
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    held = event.submitter;
    note.textContent = words.hold;
    for (const { resume } of running.values()) resume();
  }, true);

  window.addEventListener("pageshow", () => { for (const { input } of cards.values()) input.disabled = false; });

  return send;
}
