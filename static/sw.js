// Keeps the page for visits without a network: its HTML and every file that the HTML names.
//
// The HTML comes from the network whenever there is one, so that a new version shows at once. The files that it names
// have a hash of their content in their names (Trunk puts it there), so a kept one is never stale. Only what was looked
// at is kept: HTML that is the page's own, files that are what their names say, and all of them or none. What was kept
// before goes last.

const SCOPE = self.registration.scope;
const KEPT = `dictoscope ${SCOPE}`;
// Trunk writes a hash of 64 bits without leading zeros.
const HASHED = /["']([^"'\s]+-[0-9a-f]{8,16}(?:_bg)?\.\w+)["']/g;

/** The addresses of the page's own files that this HTML names. */
function named(html) {
  const urls = new Set(Array.from(html.matchAll(HASHED), ([, name]) => new URL(name, SCOPE).href));
  return [...urls].filter((url) => url.startsWith(SCOPE));
}

/** Whether an answer comes from the address that was asked, and has come whole. */
async function isWhole(response) {
  if (!response.ok || response.redirected) return false;
  const { headers } = response;
  const length = headers.get("content-length");
  // Of a compressed answer the length is that of what was sent, which nobody here sees.
  const told = length !== null && !headers.has("content-encoding");
  return !told || Number(length) === (await response.clone().arrayBuffer()).byteLength;
}

const isHtml = (response) => /^text\/html\b/i.test(response.headers.get("content-type") ?? "");

/** Fetches a file that the page is made of, or says what is wrong with the answer. */
async function get(url, cache) {
  const response = await fetch(url, { cache });
  const { status } = response;
  if (!(await isWhole(response)) || isHtml(response)) throw new Error(`${url}: no such file, or not all of it (${status})`);
  if (url.endsWith(".wasm") && !WebAssembly.validate(await response.clone().arrayBuffer())) {
    throw new Error(`${url}: no WebAssembly, or not all of it`);
  }
  return response;
}

/**
 * Keep this HTML and what it names, and nothing else. Gives whether it is the page's own; throws if it is and not all of
 * it is there.
 */
async function keep(response) {
  const html = isHtml(response) ? await response.clone().text() : "";
  const urls = named(html);
  if (!urls.length) return false;
  const all = urls.some((url) => url.endsWith(".js")) && urls.some((url) => url.endsWith(".wasm"));
  if (!all || !(await isWhole(response))) throw new Error(`${SCOPE}: not all of the page`);
  const cache = await caches.open(KEPT);
  const old = (await cache.keys()).map((request) => request.url);
  const missing = urls.filter((url) => !old.includes(url));
  // Past the browser's own cache where that has something else under this name.
  const files = await Promise.all(missing.map((url) => get(url, "default").catch(() => get(url, "reload"))));
  await Promise.all(files.map((file, nth) => cache.put(missing[nth], file)));
  await cache.put(SCOPE, response);
  await Promise.all(old.filter((url) => url !== SCOPE && !urls.includes(url)).map((url) => cache.delete(url)));
  return true;
}

/** A kept answer; where the browser refuses its cache there is none. */
async function kept(request) {
  try {
    return await (await caches.open(KEPT)).match(request);
  } catch {
    return undefined;
  }
}

/**
 * The page: from the network if it is there with all its files, else as it was kept. What is no page of ours (a network
 * that wants a log-in, a notice of the server's) and a redirection are shown, and nothing of them is kept.
 */
async function page(request) {
  let response;
  try {
    response = await fetch(request);
    if (response.status < 400) {
      if (response.ok) await keep(response.clone());
      return response;
    }
  } catch (error) {
    // No network, or a new version of which something is missing.
    const old = await kept(SCOPE);
    if (old ?? response) return old ?? response;
    throw error;
  }
  return (await kept(SCOPE)) ?? response;
}

async function first() {
  if (!(await keep(await fetch(SCOPE)))) throw new Error(`${SCOPE} is not the page`);
  await self.skipWaiting();
}

self.addEventListener("install", (event) => event.waitUntil(first()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const address = url.replace(/[?#].*/s, "");
  if (method !== "GET" || !address.startsWith(SCOPE)) return;
  if (mode !== "navigate") {
    event.respondWith(kept(event.request).then((file) => file ?? fetch(event.request)));
  } else if (address === SCOPE || address === `${SCOPE}index.html`) {
    event.respondWith(page(event.request));
  }
});
