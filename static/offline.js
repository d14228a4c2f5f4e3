// After the first visit the page opens without a network: sw.js keeps it. That is an extra; where it cannot be had
// (no https, a private window, a sandboxed frame, in which even asking for it throws) the page does without.
try {
  if (isSecureContext && navigator.serviceWorker) {
    addEventListener("load", () => navigator.serviceWorker.register("./sw.js").catch(() => {}));
  }
} catch {}
