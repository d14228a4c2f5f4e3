// The map of a large table, and time under a magnifying glass.

import assert from "node:assert/strict";
import { pageTest, setup } from "./harness.mjs";

setup();

const LARGE = "for i in range(30000): d[i * 7] = i\nfor i in range(9000): del d[i * 14]";

/** Runs a program and waits until all of its operations are there. */
async function run(page, program, operations) {
  await page.fill("#program", program);
  await page.click("#run-program");
  await page.waitForFunction((n) => document.getElementById("timeline")?.max === String(n), operations, { timeout: 60_000 });
  await page.fill("#timeline", String(operations));
  await page.evaluate(() => window.scrollTo(0, 0));
}

/** What a canvas shows. */
const picture = (page, selector) => page.locator(selector).evaluate((canvas) => canvas.toDataURL());

pageTest("the map is walked and flown over with keys and pointer", async ({ page }) => {
  await run(page, LARGE, 39_000);
  const map = page.locator("#map-0-slots");
  const told = page.locator(".map-box [role=status]").first();
  await map.waitFor();
  const box = await map.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.locator("#map-0-slots .tip.shown").waitFor();
  assert.match(await page.locator("#map-0-slots .tip").innerText(), /^slot [\d,]+: /);
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.waitForFunction((node) => node.textContent !== "", await told.elementHandle());
  const slot = async () => Number((await told.textContent()).match(/^slot ([\d,]+)/)[1].replaceAll(",", ""));
  const first = await slot();
  await map.focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction((node) => node.textContent !== "", await told.elementHandle());
  await page.waitForTimeout(200);
  assert.equal(await slot(), first + 1);
  const whole = await picture(page, "#map-0-slots canvas:first-child");
  await page.keyboard.press("Enter");
  await page.waitForTimeout(600);
  assert.notEqual(await picture(page, "#map-0-slots canvas:first-child"), whole, "it flew to the slot");
  await page.keyboard.press("0");
  await page.waitForTimeout(600);
  assert.equal(await picture(page, "#map-0-slots canvas:first-child"), whole, "and back");
  await page.selectOption(".colouring", "probe length");
  await page.waitForTimeout(600);
  assert.notEqual(await picture(page, "#map-0-slots canvas:first-child"), whole, "it is coloured otherwise");
});

pageTest("one operation out of many is hit on the chart", async ({ page }) => {
  await run(page, LARGE, 39_000);
  const chart = await page.locator(".chart").boundingBox();
  const at = [chart.x + chart.width / 3, chart.y + chart.height / 2];
  await page.mouse.move(...at);
  for (let i = 0; i < 24; i++) {
    await page.mouse.wheel(0, -250);
    await page.waitForTimeout(20);
  }
  await page.waitForFunction(() => /^operation /.test(document.querySelector(".axis").textContent));
  await page.waitForTimeout(200);
  const hovered = (await page.locator(".axis").textContent()).match(/^operation ([\d,]+): (.*) · /);
  await page.mouse.click(...at);
  await page.waitForFunction((n) => document.getElementById("place").innerText.startsWith(`${n} of`), hovered[1]);
  assert.equal(await page.locator("#line-now").innerText(), hovered[2], "the reader stands after the operation under the pointer");
});

pageTest("the charts change, count, and can be taken away", async ({ page }) => {
  await run(page, LARGE, 39_000);
  const drawn = new Set();
  for (const name of ["Bytes", "Keys", "Probes"]) {
    await page.locator(".tabs button", { hasText: name }).click();
    await page.waitForTimeout(200);
    drawn.add(await picture(page, ".chart canvas"));
  }
  assert.equal(drawn.size, 3);
  await page.locator(".tabs button", { hasText: "Lengths" }).click();
  await page.waitForFunction(() => /probes to find a key: mean [\d.]+, worst/.test(document.querySelector(".axis").textContent));
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("#csv")]);
  assert.equal(file.suggestedFilename(), "dictoscope.csv");
});

pageTest("time runs backwards, and jumps lead both ways", async ({ page }) => {
  await run(page, LARGE, 39_000);
  const done = async () => Number((await page.locator("#place").innerText()).split(" ")[0].replaceAll(",", ""));
  await page.selectOption("#jump", "previous resize");
  await page.waitForFunction(() => !document.getElementById("place").innerText.startsWith("39,000"));
  const resize = await done();
  await page.selectOption("#jump", "previous resize");
  await page.waitForTimeout(300);
  const earlier = await done();
  assert.ok(earlier < resize);
  await page.selectOption("#jump", "next resize");
  await page.waitForTimeout(300);
  assert.equal(await done(), resize, "and there again");
  await page.click("#play-back");
  await page.waitForTimeout(400);
  await page.click("#play");
  await page.waitForTimeout(300);
  assert.ok((await done()) < resize);
});
