// The built page, driven as a person would.

import assert from "node:assert/strict";
import { pageTest, setup } from "./harness.mjs";

setup();

pageTest("the page opens without errors", async ({ page }) => {
  assert.match(await page.title(), /Dictoscope/);
  assert.notEqual((await page.locator("#app").innerText()).trim(), "");
});

pageTest("it opens on a phone, in the dark, without motion", async ({ page }) => {
  assert.notEqual((await page.locator("#app").innerText()).trim(), "");
  const { scrollWidth, innerWidth } = await page.evaluate(() => ({
    scrollWidth: document.documentElement.scrollWidth,
    innerWidth: window.innerWidth,
  }));
  assert.ok(scrollWidth <= innerWidth, `the page is ${scrollWidth} wide in a window of ${innerWidth}`);
}, { viewport: { width: 390, height: 844 }, dark: true, reducedMotion: true });
