// Keeps the page for visits without a network: its HTML and every file that the HTML names.
//
// The HTML comes from the network whenever there is one, so that a new version shows at once. The files that it names
// have a hash of their content in their names (Trunk puts it there), so a kept one is never stale.

const SCOPE = self.registration.scope;
const KEPT = `dictoscope ${SCOPE}`;
// Trunk writes a hash of 64 bits without leading zeros.
const HASHED = /["']([^"'\s]+-[0-9a-f]{8,16}(?:_bg)?\.\w+)["']/g;

/** Keep this HTML and what it names, and nothing else. */
async function keep(response) {
  const html = await response.clone().text();
  const named = new Set(Array.from(html.matchAll(HASHED), ([, name]) => new URL(name, SCOPE).href));
  const cache = await caches.open(KEPT);
  const kept = new Set((await cache.keys()).map((request) => request.url));
  await cache.addAll([...named].filter((url) => url.startsWith(SCOPE) && !kept.has(url)));
  await cache.put(SCOPE, response);
  for (const url of kept) {
    if (url !== SCOPE && !named.has(url)) await cache.delete(url);
  }
}

async function kept(request) {
  return (await caches.open(KEPT)).match(request);
}

async function page(event) {
  try {
    const response = await fetch(event.request);
    if (response.ok) event.waitUntil(keep(response.clone()));
    return response.ok ? response : ((await kept(SCOPE)) ?? response);
  } catch (error) {
    const old = await kept(SCOPE);
    if (old) return old;
    throw error;
  }
}

async function first() {
  const response = await fetch(SCOPE);
  if (!response.ok) throw new Error(`${SCOPE}: status ${response.status}`);
  await keep(response);
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
    event.respondWith(page(event));
  }
});
