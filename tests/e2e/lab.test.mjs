// The lab: requests keep coming while memory is given back.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { pageTest, setup } from "./harness.mjs";

setup();

const text = (page, id) => page.locator(`#${id}`).innerText();
const number = (words) => Number(words.replaceAll(",", ""));

/** What `replay --lab` prints for the settings in its first line; a native test keeps it true. */
const EXPECTED = await readFile(new URL("../fixtures/lab.txt", import.meta.url), "utf8");
const SETTINGS = EXPECTED.split("\n")[0];

/** Waits until the page says `pattern` in the element `id`. */
const says = (page, id, pattern, timeout = 20_000) =>
  page.waitForFunction(
    ([id, source]) => new RegExp(source).test(document.getElementById(id)?.innerText ?? ""),
    [id, pattern.source],
    { timeout },
  );

/** What is shown of both tables. */
const pictures = (page) =>
  page.locator(".lab-tables canvas:first-child").evaluateAll((all) => all.map((canvas) => canvas.toDataURL()));

/** Opens the lab with the settings of the fixture and waits until its run is known to the end. */
async function open(page) {
  await page.click("#view-lab");
  await page.fill("#lab-text", SETTINGS);
  await page.locator("#lab-text").blur();
  await says(page, "lab-place", /^tick 0 of [\d,]+$/);
  await page.waitForFunction((entries) => document.getElementById("lab-entries").value === entries, /entries=(\d+)/.exec(SETTINGS)[1]);
  await says(page, "lab-place", /^tick 0 of [\d,]+$/);
}

pageTest("the keyboard alone opens it, plays, steps back and leaves", async ({ page }) => {
  await page.keyboard.press("l");
  await says(page, "lab-place", /^tick 0 of [\d,]+$/);
  await page.keyboard.press("Space");
  await says(page, "lab-place", /^tick [1-9]\d\d/);
  await page.keyboard.press("Space");
  await page.waitForTimeout(300);
  const at = await text(page, "lab-place");
  await page.waitForTimeout(600);
  assert.equal(await text(page, "lab-place"), at, "it stands still");
  const there = [await pictures(page), await text(page, "lab-made"), await text(page, "lab-doing")];
  await page.keyboard.press("Shift+ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction((made) => document.getElementById("lab-made").innerText !== made, there[1]);
  await page.waitForTimeout(600); // what was there before a resize fades
  assert.notDeepEqual(await pictures(page), there[0], "an earlier picture");
  assert.ok(number(await text(page, "lab-made")) < number(there[1]));
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("ArrowRight");
  await says(page, "lab-place", new RegExp(`^${at}$`));
  await page.waitForTimeout(600);
  assert.deepEqual([await pictures(page), await text(page, "lab-made"), await text(page, "lab-doing")], there, "the same again");
  await page.keyboard.press("End");
  await says(page, "lab-place", /^tick ([\d,]+) of \1$/);
  assert.equal(await text(page, "lab-made"), await text(page, "lab-applied"));
  assert.equal(await text(page, "lab-lost"), "0");
  await page.keyboard.press("Home");
  await says(page, "lab-place", /^tick 0 of/);
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByText("to the lab and back").waitFor();
  await page.keyboard.press("?");
  await page.keyboard.press("l");
  await page.locator("#place").waitFor();
});

pageTest("a setting that cannot work is explained where it is, and nothing is lost", async ({ page }) => {
  await open(page);
  await page.fill("#lab-timeline", "500");
  await says(page, "lab-place", /^tick 500 of/);
  for (const [name, value, why] of [
    ["slice", "0", /nothing would ever move/],
    ["rate", "0", /no request would ever come/],
    ["threshold", "0.02", /can't be reached/],
    ["every", "2", /the next would be due before it is done/],
  ]) {
    const field = page.locator(`#lab-${name}`);
    const good = await field.inputValue();
    await field.fill(value);
    await field.press("Enter");
    await page.locator(`#lab-${name}-error`).waitFor();
    assert.match(await text(page, `lab-${name}-error`), why);
    assert.equal(await field.getAttribute("aria-invalid"), "true");
    assert.equal(await field.inputValue(), value, "what was typed stays");
    assert.match(await text(page, "lab-place"), /^tick 500 of/);
    await field.fill(good);
    await field.press("Enter");
    await page.locator(`#lab-${name}-error`).waitFor({ state: "detached" });
  }
});

pageTest("the table of all strategies is what replay --lab prints", async ({ page }) => {
  await open(page);
  await page.click("#survey");
  await page.locator("#survey:disabled").waitFor({ timeout: 60_000 });
  const rows = await page.locator("#results tr").evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText.trim())));
  const expected = EXPECTED.split("\n").slice(2).filter((line) => line);
  assert.deepEqual(rows.slice(1), expected.slice(1).map((line) => line.split(/ {2,}/)));
  assert.deepEqual(rows[0], expected[0].split(/ {2,}/));
});

pageTest("a survey can be cancelled, and a strategy is put on stage from its row", async ({ page }) => {
  await page.click("#view-lab");
  await page.click("#survey");
  await page.click("#stop-survey");
  await page.locator("#survey").waitFor();
  await page.locator("#results button", { hasText: "locked" }).click();
  await page.locator("#play-locked[aria-pressed=true]").waitFor();
  assert.match(await page.locator(".strategy .doc").innerText(), /under a lock/);
  assert.match(await text(page, "recipe"), /class Store/);
});

pageTest("the charts show any part of time, by keys and by pointer", async ({ page }) => {
  await open(page);
  await page.fill("#lab-timeline", "600");
  await says(page, "lab-place", /^tick 600 of/);
  const chart = page.locator(".lab-chart canvas").first();
  const whole = await chart.evaluate((canvas) => canvas.toDataURL());
  for (let i = 0; i < 3; i++) await page.locator(".lab-time .tool").first().press("Enter");
  await page.locator(".seen.shown").waitFor();
  assert.notEqual(await chart.evaluate((canvas) => canvas.toDataURL()), whole);
  await page.locator(".lab-time .tool").last().press("Enter");
  await page.locator(".seen.shown").waitFor({ state: "detached" });
  const box = await page.locator(".lab-charts").boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.waitForFunction(() => !document.getElementById("lab-place").innerText.startsWith("tick 600 of"));
  const len = / of ([\d,]+)/.exec(await text(page, "lab-place"))[1];
  assert.ok(Math.abs(number(/^tick ([\d,]+)/.exec(await text(page, "lab-place"))[1]) - number(len) / 2) < 5, "in the middle");
});

pageTest("a link leads back to the same lab", async ({ page, server, context }) => {
  await open(page);
  await page.click("#play-background");
  await page.fill("#lab-timeline", "700");
  await says(page, "lab-place", /^tick 700 of/);
  await page.click("#share");
  // The address follows a moment later.
  await page.waitForURL(/#v=1&lab=.*&tick=700$/);
  const url = page.url();
  const other = await context.newPage();
  await other.goto(server.url);
  await other.goto(url);
  await says(other, "lab-place", new RegExp(`^${await text(page, "lab-place")}$`));
  assert.equal(await other.locator("#play-background").getAttribute("aria-pressed"), "true");
  assert.equal(await other.inputValue("#lab-text"), await page.inputValue("#lab-text"));
  assert.deepEqual(
    [await text(other, "lab-made"), await text(other, "lab-doing")],
    [await text(page, "lab-made"), await text(page, "lab-doing")],
  );
});

pageTest("the page's memory grows, is used again, and never shrinks", async ({ page, server }) => {
  // By a link, so that no larger run was there before and left room.
  await page.goto(`${server.url}#v=1&lab=${encodeURIComponent(SETTINGS)}`);
  await page.waitForFunction((text) => document.getElementById("lab-text")?.value === text, SETTINGS);
  await says(page, "lab-place", /^tick 0 of [\d,]+$/);
  const bytes = async (id) => number((await text(page, id)).split(" ")[0]);
  const sizes = [await bytes("linear-memory")];
  const free = [];
  for (const made of [true, false, true, false]) {
    await page.click("#ballast");
    await page.waitForFunction((made) => (document.getElementById("made-memory").innerText !== "0 bytes") === made, made);
    sizes.push(await bytes("linear-memory"));
    free.push(await bytes("free-memory"));
  }
  assert.ok(sizes[1] > sizes[0] + 10_000_000, `it grew: ${sizes}`);
  assert.deepEqual(sizes.slice(2), [sizes[1], sizes[1], sizes[1]], "it neither shrank nor had to grow again");
  assert.ok(free[1] > free[0] + 20_000_000, "what was freed is free inside");
  assert.match(await text(page, "memory-log"), /Freed, and the process is as large as before/);
  assert.match(await text(page, "memory-log"), /It fitted into what was free/);
});

pageTest("it fits a narrow window", async ({ page }) => {
  await page.click("#view-lab");
  await says(page, "lab-place", /^tick 0 of/);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "no sideways scrolling");
}, { viewport: { width: 390, height: 844 } });
