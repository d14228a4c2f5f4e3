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
    server.edit = (_name, body) => body;
  }
});
