// The page that stops says so. This file comes before everything else and needs nothing else: it shows the panel of
// index.html when a file of the page did not arrive, when Rust panicked (src/app/crash.rs calls `stop`), when
// WebAssembly trapped (out of memory), and when an exception of the browser's went through Rust and left it broken.
// Errors of anybody else, and those that Rust has handled, are no end of the page.
(() => {
  const HEALED = "dictoscope healed";
  const OWN = new URL("./", document.baseURI).href;

  // What Rust puts here, so that it is at hand when Rust cannot run any more.
  const page = {
    /** The link to what is on the page: the fragment. */
    link: null,
    /** Whether Rust can still be called; Rust puts it here when the page has started. */
    alive: null,
    /** The page has ended. */
    stopped: false,
    start,
    started,
    stop,
  };
  window.dictoscope = page;

  const SAYS = {
    bug: [
      "This is a bug in Dictoscope, not in what you did",
      "The page stopped to keep from showing something wrong. What you had is below, and it opens again where you were.",
    ],
    memory: [
      "The page ran out of memory",
      "The browser gave it no more for these tables and their history. What you had is below; with fewer operations, fewer tables or fewer other tabs it has room.",
    ],
    load: [
      "The page could not start",
      "A file of it did not arrive, or not as it should be. Perhaps the network is gone, or a new version is just being published: try again in a moment.",
    ],
    unable: [
      "This browser cannot run the page",
      "Dictoscope needs WebAssembly, and here it is missing or switched off (some browsers do that in a lockdown or high-security mode). Allow it for this page, or open the page in another browser.",
    ],
  };

  /** Runs once the document is there. */
  function whenRead(run) {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", run, { once: true });
    else run();
  }

  /** What a browser that refuses storage must not stop. */
  function attempt(run) {
    try {
      return run();
    } catch {
      return undefined;
    }
  }

  /** The link to what the page had: what Rust put here, or what the address or the tab's storage holds. */
  function link() {
    const address = location.hash.slice(1);
    const token = new URLSearchParams(address).get("tab");
    const kept = token && attempt(() => sessionStorage.getItem(`dictoscope tab ${token}`));
    return page.link ?? kept ?? (address.includes("=") ? address : "");
  }

  /** The program of a link, and what was typed but not run. */
  function program(link) {
    const parts = [];
    for (const [name, value] of new URLSearchParams(link)) {
      if (name === "program" || name === "lab") parts.push(value.trimEnd());
      else if (name === "take") parts.push(`# only the first ${value} operations of the lines above were kept`);
    }
    const text = parts.join("\n");
    const draft = document.getElementById("program")?.value?.trimEnd();
    // A scenario that nobody changed stands in the link by its name alone.
    if (draft && !text) parts.push(draft);
    else if (draft && draft !== text) parts.push(`\n# the program text as you changed it\n${draft}`);
    const line = document.getElementById("line")?.value?.trim();
    if (line) parts.push(`\n# the line you typed\n${line}`);
    return parts.join("\n").trim();
  }

  /** Shows the panel, once. `kind` is one of those in `SAYS`. */
  function stop(kind, message) {
    if (page.stopped) return;
    page.stopped = true;
    const back = link();
    const hash = location.hash;
    whenRead(() => {
      const panel = document.getElementById("crash");
      if (!panel) return;
      const part = (name) => panel.querySelector(`[data-crash=${name}]`);
      const [title, text] = SAYS[kind];
      const mended = kind === "load" || kind === "unable";
      const show = (name, value) => {
        const element = part(name);
        if (!element) return;
        element.textContent = value;
        (element.closest("details") ?? element).hidden = !value;
      };
      show("title", title);
      show("text", text);
      show("program", program(back));
      show("message", String(message));
      const again = part("again");
      if (again) {
        // The address itself where it stands for a link too long for one.
        const address = hash.startsWith("#tab=") ? hash : back && `#${back}`;
        again.href = address || location.pathname + location.search;
        again.textContent = mended ? "Try again" : "Open the page again where I was";
        again.onclick = (event) => open(event, address);
      }
      const fresh = part("fresh");
      if (fresh) {
        fresh.href = location.pathname;
        fresh.onclick = (event) => open(event, "");
        fresh.hidden = mended || !back;
      }
      panel.hidden = false;
      // The panel covers the page, but not where the style sheet is what did not come.
      const app = mended && document.getElementById("app");
      if (app) app.hidden = true;
      // What was done last is at the end.
      for (const text of panel.querySelectorAll("pre")) text.scrollTop = text.scrollHeight;
      panel.querySelector("a")?.focus();
      // Nothing behind the panel may act on a broken state.
      for (const name of ["keydown", "keyup", "click", "pointerdown", "input", "change", "wheel"]) {
        addEventListener(name, (event) => panel.contains(event.target) || event.stopImmediatePropagation(), { capture: true, passive: true });
      }
    });
  }

  /** Opens the page anew at this address: a link to another fragment alone would not load it again. */
  function open(event, hash) {
    event.preventDefault();
    attempt(() => history.replaceState(history.state, "", hash || location.pathname + location.search));
    location.reload();
  }

  /** Begins the page; `run` is what start.js has to do. */
  async function start(run) {
    if (typeof WebAssembly !== "object" || typeof WebAssembly.instantiate !== "function") {
      return stop("unable", "There is no WebAssembly in this browser.");
    }
    try {
      await run();
    } catch (error) {
      if (isTrap(error)) met(error);
      else failed(error);
    }
  }

  /** The page is there. */
  function started() {
    page.running = true;
    attempt(() => sessionStorage.removeItem(HEALED));
  }

  /** The page cannot start. What is kept for visits without a network may be at fault: that goes, and the page is tried
   * once more. */
  async function failed(error) {
    if (page.running || page.stopped || page.healing) return;
    page.healing = true;
    if (await heal()) location.reload();
    else stop("load", error?.message ?? error);
  }

  async function heal() {
    try {
      // Without a network what is kept is all that there is.
      if (!navigator.onLine || !navigator.serviceWorker.controller || sessionStorage.getItem(HEALED)) return false;
      sessionStorage.setItem(HEALED, "once");
      const registration = await navigator.serviceWorker.getRegistration();
      await registration?.unregister();
      for (const name of await caches.keys()) {
        if (name.startsWith("dictoscope ") && name.endsWith(OWN)) await caches.delete(name);
      }
      return true;
    } catch {
      return false;
    }
  }

  const isTrap = (error) => typeof WebAssembly === "object" && error instanceof WebAssembly.RuntimeError;
  const isFromRust = (error) => /wasm-function/.test(error?.stack ?? "");

  /** An error that nobody caught. */
  function met(error) {
    if (page.stopped) return;
    // Rust goes on below us: somebody else's listener threw while Rust did something to the document.
    if (isFromRust(new Error())) return;
    // A panic has told already and does not come here. What else ends in `unreachable` is a refused allocation.
    if (isTrap(error)) stop(/unreachable/.test(error.message) ? "memory" : "bug", error);
    else if (isFromRust(error) || page.alive?.() === false) stop("bug", error);
  }

  addEventListener(
    "error",
    (event) => {
      const { target } = event;
      if (target === window) {
        // A script of the page's that cannot be read has no name but its address.
        if (!page.running && event.filename?.startsWith(OWN) && event.error instanceof SyntaxError) failed(event.error);
        else met(event.error);
      } else if (!page.running && target.matches?.("script[src], link[rel=stylesheet]")) {
        const address = target.src || target.href;
        if (address.startsWith(OWN) && !address.includes("/offline-")) failed(`${address} could not be loaded`);
      }
    },
    true,
  );
  addEventListener("unhandledrejection", (event) => met(event.reason));
})();
