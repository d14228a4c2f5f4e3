// The page without a network, and after a new version was published.

import assert from "node:assert/strict";
import { pageTest, setup } from "./harness.mjs";

setup();

const workerIsReady = (page) => page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));

pageTest("it opens without a network after the first visit", async ({ page, server }) => {
  await workerIsReady(page);
  server.unplugged = true;
  try {
    await page.goto(`${server.url}?from=a-link#with-state`);
    await page.locator("#app > *").first().waitFor();
  } finally {
    server.unplugged = false;
  }
});

pageTest("a new version shows at once", async ({ page, server }) => {
  await workerIsReady(page);
  server.edit = (name, body) => (name === "index.html" ? body.toString().replace("<title>", "<title>New ") : body);
  try {
    await page.reload();
    assert.match(await page.title(), /^New /);
    // The new version is what is kept now.
    await page.waitForFunction(async () => (await (await caches.match("./"))?.text())?.includes("<title>New "));
    server.unplugged = true;
    await page.reload();
    assert.match(await page.title(), /^New /);
  } finally {
    server.unplugged = false;
  }
});

const html = (body) => ({ body, headers: { "content-type": "text/html; charset=utf-8" } });
const PORTAL = html("<!doctype html><title>Log in</title><script src='./portal-0123456789abcdef.js'></script>");

/** Another version of the page: the same files under other names. `edit` may change a file of it. */
const next = (edit = (_name, body) => body) => (name, body) =>
  name === "index.html"
    ? body.toString().replace("<title>", "<title>New ").replaceAll(/(dictoscope|start|style|crash)-(\w{12,16})/g, (_, file, hash) => `${file}-${hash.split("").reverse().join("")}`)
    : edit(name, body);
const back = (name) => name.replace(/^(dictoscope|start|style|crash)-([0-9a-f]{12,16})/, (_, file, hash) => `${file}-${hash.split("").reverse().join("")}`);

/** What stands on the page, the panel or not. */
const opens = (page) => page.locator("#stage").waitFor();
const keptFiles = (page) => page.evaluate(async () => (await (await caches.open((await caches.keys())[0])).keys()).map(({ url }) => url));

pageTest("a new version of which files are missing leaves the one before, and opens when they are there", async ({ page, server, problems }) => {
  await workerIsReady(page);
  const before = await keptFiles(page);
  server.edit = next();
  await page.reload();
  await opens(page);
  assert.doesNotMatch(await page.title(), /^New /);
  assert.deepEqual(await keptFiles(page), before);
  server.unplugged = true;
  await page.reload();
  await opens(page);
  server.unplugged = false;
  server.names = back;
  await page.reload();
  await opens(page);
  assert.match(await page.title(), /^New /);
  await page.waitForFunction(async (old) => (await (await caches.open((await caches.keys())[0])).keys()).every(({ url }) => url.endsWith("/") || !old.includes(url) || /icon|offline/.test(url)), before);
  problems.length = 0;
});

for (const [what, edit] of [
  ["HTML comes for every file", () => html("<!doctype html><p>the page</p>")],
  ["its WebAssembly is cut short", (name, body) => (name.endsWith(".wasm") ? body.subarray(0, body.length / 2) : body)],
  ["its WebAssembly is empty", (name, body) => (name.endsWith(".wasm") ? "" : body)],
  ["its module redirects", (name, body) => (name.endsWith(".js") ? { status: 302, headers: { location: "./sw.js" } } : body)],
]) {
  pageTest(`what is broken in a new version is not kept: ${what}`, async ({ page, server, problems }) => {
    await workerIsReady(page);
    server.names = back;
    server.edit = next(edit);
    await page.reload();
    await opens(page);
    assert.doesNotMatch(await page.title(), /^New /, "the version before opens");
    server.edit = next();
    await page.reload();
    await opens(page);
    assert.match(await page.title(), /^New /, "mended, it opens for this visitor too");
    problems.length = 0;
  });
}

for (const [what, edit] of [
  ["answers with its own page", () => PORTAL],
  ["redirects to its own page", (name) => (name === "portal.html" ? PORTAL : { status: 302, headers: { location: "./portal.html" } })],
  ["answers that it is closed", () => ({ ...PORTAL, status: 511 })],
]) {
  pageTest(`a network that ${what} wipes nothing`, async ({ page, server, problems }) => {
    await workerIsReady(page);
    const before = await keptFiles(page);
    server.edit = edit;
    server.names = (name) => (name === "portal.html" ? "index.html" : name);
    await page.reload();
    await page.goto(`${server.url}?again`);
    server.edit = (_name, body) => body;
    server.unplugged = true;
    await page.goto(server.url);
    await opens(page);
    assert.deepEqual(await keptFiles(page), before);
    problems.length = 0;
  });
}

pageTest("broken files that were kept all the same go when the page cannot start, once", async ({ page, server, problems }) => {
  await workerIsReady(page);
  const spoil = () => page.evaluate(async () => {
    const cache = await caches.open((await caches.keys())[0]);
    for (const { url } of await cache.keys()) {
      if (url.endsWith(".wasm")) await cache.put(url, new Response("<p>not found</p>", { headers: { "content-type": "text/html" } }));
    }
  });
  await spoil();
  await page.reload();
  await opens(page);
  assert.equal(await page.locator("#crash").isVisible(), false);
  // The server's own files are broken too: the page says so and does not load itself again for ever.
  await page.reload();
  await workerIsReady(page);
  await spoil();
  server.edit = (name, body) => (name.endsWith(".wasm") ? body.subarray(0, 1000) : body);
  let loads = 0;
  page.on("load", () => loads++);
  await page.reload();
  await page.locator("#crash:not([hidden])").waitFor();
  await page.waitForTimeout(1_500);
  assert.ok(loads <= 3, `loaded ${loads} times`);
  server.edit = (_name, body) => body;
  await page.locator("#crash [data-crash=again]").click();
  await opens(page);
  problems.length = 0;
});
