// After the first visit the page opens without a network: sw.js keeps it. That is an extra; where it cannot be had
// (no https, a private window) the page does without.
if (isSecureContext && navigator.serviceWorker) {
  addEventListener("load", () => navigator.serviceWorker.register("./sw.js").catch(() => {}));
}
