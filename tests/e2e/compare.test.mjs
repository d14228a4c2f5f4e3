// Several tables side by side, on the experiment and on the search that never ends.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { pageTest, setup } from "./harness.mjs";

setup();

const FOUR = ["cpython-3.15", "swiss", "backward-shift", "robin-hood:shrink=0.2"];
const OPERATIONS = 200_000;

const done = (page) => page.locator("#place").innerText();

/** Waits until `n` of the experiment's operations are done. */
const at = (page, n) =>
  page.waitForFunction(
    (text) => document.getElementById("place")?.innerText.startsWith(text),
    `${n.toLocaleString("en")} of ${OPERATIONS.toLocaleString("en")} `,
    { timeout: 90_000 },
  );

/** Presses Tab until an element that matches has the keyboard's focus. */
async function tabTo(page, selector) {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((selector) => document.activeElement.matches(selector), selector)) return;
  }
  assert.fail(`Tab never comes to ${selector}`);
}

/** The names of the tables, as the articles that show them have them. */
const shown = (page) => page.locator(".side").evaluateAll((sides) => sides.map((side) => side.getAttribute("aria-label")));

/** Puts the four tables on the page by the Compare panel, with the keyboard alone. */
async function compareFour(page) {
  await tabTo(page, "#compare");
  await page.keyboard.press("Enter");
  await page.locator(".compare").waitFor();
  for (let n = 1; n <= FOUR.length; n++) {
    if (n > 1) {
      await page.locator("#add-table").focus();
      await page.keyboard.press("Enter");
      await page.waitForFunction((n) => document.querySelectorAll(".side").length === n, n);
    }
    const select = page.getByRole("combobox", { name: `Table ${n}`, exact: true });
    await select.focus();
    const title = await select.locator(`option[value="${FOUR[n - 1].split(":")[0]}"]`).innerText();
    await page.keyboard.type(title);
    await page.waitForFunction(
      ([n, name]) => document.querySelectorAll(".choices select[aria-label^='Table']")[n - 1]?.value === name,
      [n, FOUR[n - 1].split(":")[0]],
    );
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), `Table ${n}`, "the focus stays");
  }
  await page.locator("#setting-3-shrink").focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.type("0.2");
  await page.keyboard.press("Enter");
  await page.waitForFunction((spec) => document.querySelectorAll(".side")[3]?.getAttribute("aria-label") === spec, FOUR[3]);
  await page.locator(".compare").getByRole("button", { name: "Close" }).click();
}

/** The rows of README's comparison; a native test holds them against what `replay --totals` adds up. */
async function expected() {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  return FOUR.map((name) => {
    const row = readme.split("\n").find((line) => line.startsWith(`| ${name} |`));
    const cells = row.split("|").slice(2, -1).map((cell) => cell.trim());
    return { cost: cells.slice(0, 7), deletion: cells[7] };
  });
}

pageTest("four tables run the experiment to its end, and the totals are right to the last digit", async ({ page, shot }) => {
  await page.selectOption("#scenario", "experiment");
  await at(page, 0);
  await page.locator("#scenario").focus();
  await compareFour(page);
  assert.deepEqual(await shown(page), FOUR);
  await at(page, 0);
  await page.locator("#play").focus();
  await page.keyboard.press("Space");
  await at(page, OPERATIONS);
  await page.locator("#to-end:disabled").waitFor();
  const sides = await expected();
  const columns = await page.locator(".totals tbody tr").evaluateAll((rows) => rows.map((row) => [...row.cells].slice(1).map((cell) => cell.innerText)));
  const names = await page.locator(".totals tbody th").allInnerTexts();
  assert.deepEqual(names, ["bytes now", "bytes, most", "probes per hit", "probes per miss", "longest search", "cells written", "entries moved"]);
  for (const [nth, { cost, deletion }] of sides.entries()) {
    assert.deepEqual(columns.map((row) => row[nth]), cost, FOUR[nth]);
    const side = page.locator(".side").nth(nth);
    assert.equal(await side.locator("header p").innerText(), deletion);
    assert.equal(await side.locator(".gauge-line b").innerText(), `${cost[0]} bytes`);
    assert.match(await side.locator(".gauge-line p").innerText(), / · 0 live · /);
    // A table that gave its memory back is small enough to show every slot.
    const large = Number(cost[0].replaceAll(",", "")) > 1_000_000;
    assert.equal(await side.locator(".map").first().isVisible().catch(() => false), large);
    assert.equal(await side.locator(".card").count() > 0, !large);
  }
  const lines = (nth) => page.locator(".versus .plot").nth(nth).locator("path.line").evaluateAll((paths) => paths.map((path) => path.getAttribute("d")));
  for (const [nth, label] of [[0, /^bytes; most 6,291,488 bytes$/], [1, /^probes \+ writes per operation/]]) {
    assert.match(await page.locator(".versus .plot").nth(nth).getAttribute("aria-label"), label);
    assert.equal(new Set(await lines(nth)).size, FOUR.length, "a line for each, all different");
  }
  const charts = await page.locator(".versus").boundingBox();
  await page.mouse.move(charts.x + charts.width * 0.75, charts.y + 30);
  await page.locator(".readout b").waitFor();
  const pointed = Number((await page.locator(".readout b").innerText()).replaceAll(/\D/g, ""));
  assert.ok(Math.abs(pointed - 150_000) < 1_000);
  const read = await page.locator(".readout span").allInnerTexts();
  assert.equal(read.length, 2 * FOUR.length);
  await page.fill("#timeline", String(pointed));
  await at(page, pointed);
  const bytes = await page.locator(".gauge-line b").allInnerTexts();
  assert.deepEqual(read.slice(0, FOUR.length).map((bytes) => `${bytes.trim()} bytes`), bytes);
  await page.waitForTimeout(500);
  await shot("four tables");
}, { viewport: { width: 1440, height: 900 } });

pageTest("tables step together, and a link keeps the arrangement", async ({ page }) => {
  await page.selectOption("#scenario", "same-deletes");
  await page.waitForFunction(() => document.querySelectorAll(".side").length === 4);
  const specs = ["cpython-3.15", "swiss", "backward-shift", "robin-hood:shrink=0.25"];
  assert.deepEqual(await shown(page), specs);
  const before = await done(page);
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await page.waitForFunction((before) => document.getElementById("place").innerText !== before, before);
  const live = () => page.locator(".gauge-line p").evaluateAll((texts) => texts.map((p) => p.innerText.match(/· (\d+) live/)[1]));
  // Two steps in a hurry: the words follow within a tenth of a second.
  await page.waitForFunction(() => [...document.querySelectorAll(".gauge-line p")].every((p) => / 22 live/.test(p.innerText)));
  assert.deepEqual(await live(), ["22", "22", "22", "22"]);
  // Another table is told about, and only there can slots be selected.
  await page.locator(".side .name").nth(2).click();
  await page.locator(".side.lane-2.focused").waitFor();
  await page.click("#share");
  const place = await done(page);
  // A request that a reload cuts off would count as failed.
  await page.waitForLoadState("networkidle");
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll(".side").length === 4);
  assert.deepEqual(await shown(page), specs);
  assert.equal(await done(page), place);
  assert.deepEqual(await live(), ["22", "22", "22", "22"]);
});

pageTest("settings that cannot work are explained at their field", async ({ page }) => {
  await page.click("#compare");
  await page.getByRole("combobox", { name: "Table 1", exact: true }).selectOption("linear");
  await page.locator("#setting-0-load").waitFor();
  const spec = () => page.evaluate(() => document.querySelector(".choices select").value);
  for (const [name, value, why] of [
    ["load", "1.5", /at most 1/],
    ["load", "0", /nothing would fit/],
    ["load", "-0.5", /nothing would fit/],
    ["load", "half", /0.05 to 1/],
    ["hash", "2k", /write \* before/],
    ["step", "7-k^2", /write \*\*/],
    ["grow", "triple", /double, odd, prime or no/],
    ["size", "0", /./],
    ["shrink", "0.9", /./],
  ]) {
    const field = page.locator(`#setting-0-${name}`);
    await field.fill(value);
    await field.press("Enter");
    const error = page.locator(`#setting-0-${name}-error`);
    await error.waitFor();
    assert.match(await error.innerText(), why, `${name}=${value}`);
    assert.equal(await field.getAttribute("aria-invalid"), "true");
    assert.equal(await field.getAttribute("aria-describedby"), `setting-0-${name}-error`);
    assert.equal(await field.inputValue(), value, "what was typed stays");
    assert.equal(await spec(), "linear");
  }
  await page.getByRole("combobox", { name: "Table 1", exact: true }).selectOption("incremental");
  await page.locator("#setting-0-move").waitFor();
  await page.locator("#setting-0-size").fill("12");
  await page.locator("#setting-0-size").press("Enter");
  await page.locator("#setting-0-size-error").waitFor();
  assert.match(await page.locator("#setting-0-size-error").innerText(), /power of (two|2)/);
  await page.locator("#setting-0-size").fill("32");
  await page.locator("#setting-0-size").press("Enter");
  await page.locator("#setting-0-size-error").waitFor({ state: "detached" });
});

pageTest("a search that never ends stops and says why; the table beside it goes on", async ({ page }) => {
  await page.selectOption("#scenario", "endless");
  await page.waitForFunction(() => document.querySelectorAll(".side").length === 2);
  await page.keyboard.press("Shift+ArrowRight");
  await page.waitForFunction(() => /No empty slot is left to end the search/.test(document.getElementById("sentence").innerText));
  const told = await page.locator(".side .told").allInnerTexts();
  assert.match(told[0], /it was stopped after 8 probes/);
  assert.doesNotMatch(told[1], /stopped/);
  // It can be watched up to that point, look by look.
  await page.keyboard.press("Shift+ArrowLeft");
  for (let step = 1; step <= 5; step++) {
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction((step) => document.getElementById("place").innerText.includes(`step ${step} of`), step);
  }
  assert.ok((await page.locator(".side").first().locator(".hop").count()) >= 3);
  await page.locator("#to-end").click();
  await page.locator("#to-end:disabled").waitFor();
  assert.match((await page.locator(".side .told").allInnerTexts())[0], /it was stopped/);
});
