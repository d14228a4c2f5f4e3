// The built page, driven as a person would.

import assert from "node:assert/strict";
import { faults } from "./geometry.mjs";
import { pageTest, setup } from "./harness.mjs";

setup();

const text = (page, id) => page.locator(`#${id}`).innerText();

/** Waits until the page says `pattern` in the element `id`. */
async function says(page, id, pattern, timeout = 20_000) {
  await page.waitForFunction(
    ([id, source]) => new RegExp(source).test(document.getElementById(id)?.innerText ?? ""),
    [id, pattern.source],
    { timeout },
  );
}

/** Opens a scenario and waits until its operations are there. */
async function scenario(page, id, operations) {
  await page.selectOption("#scenario", id);
  await says(page, "place", new RegExp(` of ${operations} `), 60_000);
}

/** Lets the operations of a typed line play to their end. */
async function toTheEnd(page) {
  // It may have come to the end already; then the button is off.
  await page.locator("#to-end").click({ timeout: 1_000 }).catch(() => {});
  await page.locator("#to-end:disabled").waitFor();
}

pageTest("it opens on a small dict with tombstones, paused, with one thing to press", async ({ page }) => {
  assert.match(await page.title(), /Dictoscope/);
  assert.equal(await text(page, "sizeof"), "184 bytes");
  assert.ok((await page.locator(".card.tombstone").count()) > 0);
  assert.equal(await page.locator("#play").getAttribute("aria-label"), "Play (Space)");
  const place = await text(page, "place");
  await page.waitForTimeout(700);
  assert.equal(await text(page, "place"), place, "nothing moves by itself");
});

pageTest("a key is inserted, looked up, deleted, and all of it undone", async ({ page }) => {
  const before = await text(page, "len");
  await page.fill("#key", "'zed'");
  await page.fill("#value", "26");
  await page.click("#insert");
  await says(page, "line-now", /d\['zed'\] = 26/);
  await toTheEnd(page);
  await page.locator(".card.live", { hasText: "'zed'" }).first().waitFor();
  assert.equal(Number(await text(page, "len")), Number(before) + 1);
  await page.click("#look-up");
  await toTheEnd(page);
  await says(page, "line-now", /^d\['zed'\]$/);
  await page.click("#delete");
  await toTheEnd(page);
  await page.locator(".card.tombstone", { hasText: "'zed'" }).first().waitFor();
  assert.equal(await text(page, "len"), before);
  for (let i = 0; i < 3; i++) await page.click("#undo");
  await page.locator(".card", { hasText: "'zed'" }).first().waitFor({ state: "detached" });
  assert.equal(await text(page, "len"), before);
});

pageTest("the keyboard alone steps, plays, types and selects", async ({ page }) => {
  const place = await text(page, "place");
  await page.keyboard.press("ArrowRight");
  await says(page, "place", /step 1 of/);
  assert.notEqual((await text(page, "formula")).trim(), "");
  await page.keyboard.press("ArrowLeft");
  await says(page, "place", new RegExp(`^${place}$`));
  await page.keyboard.press("Shift+ArrowLeft");
  await page.keyboard.press("Shift+ArrowRight");
  await says(page, "place", new RegExp(`^${place}$`));
  await page.keyboard.press("Space");
  await says(page, "place", /step [2-9] of/);
  await page.keyboard.press("Space");
  const stopped = await text(page, "place");
  await page.waitForTimeout(800);
  assert.equal(await text(page, "place"), stopped);
  await page.keyboard.press("/");
  await page.keyboard.type("d['typed'] = 1");
  await page.keyboard.press("Enter");
  await says(page, "line-now", /typed/);
  await page.keyboard.press("Home");
  assert.equal(await page.evaluate(() => document.activeElement.id), "line", "Home belongs to the field");
  await page.locator("#slot-0").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.locator(".inspector h2", { hasText: "Slot 1" }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".inspector h2").waitFor({ state: "detached" });
  const wide = page.viewportSize();
  const rows = await page.locator(".cards .row").count();
  await page.setViewportSize({ ...wide, width: 390 });
  await page.waitForFunction((rows) => document.querySelectorAll(".cards .row").length > rows, rows);
  assert.equal(await page.evaluate(() => document.activeElement.id), "slot-1", "the focus stays on its slot where cards stand otherwise");
  await page.setViewportSize(wide);
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.locator("#keys").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  assert.equal(await page.locator("#keys").getAttribute("aria-expanded"), "true");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "dialog", "the focus moves in");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.id), "keys", "and back");
  // What is switched off or goes away hands the focus on.
  await page.locator("#to-end").focus();
  await page.keyboard.press("Enter");
  await page.locator("#to-end:disabled").waitFor();
  await page.waitForFunction(() => document.activeElement.closest(".transport"));
  await page.locator("#slot-2").focus();
  await page.keyboard.press(" ");
  await page.locator(".inspector h2", { hasText: "Slot 2" }).waitFor();
  assert.equal(await page.evaluate(() => window.scrollY), 0, "Space selects and does not scroll");
});

pageTest("the experiment keeps its bytes while everything is deleted; compact gives them back", async ({ page, shot }) => {
  await scenario(page, "experiment", "200,000");
  assert.equal(await text(page, "sizeof"), "280 bytes");
  const start = Date.now();
  await page.click("#play");
  const during = new Set();
  while (!/^200,000 of/.test(await text(page, "place"))) {
    const [done, bytes] = await page.evaluate(() => [
      document.getElementById("place").innerText,
      document.getElementById("sizeof").innerText,
    ]);
    if (Number(done.split(" ")[0].replaceAll(",", "")) > 100_000) {
      if (!during.size) await shot("experiment, during the deletes");
      during.add(bytes);
    }
    assert.ok(Date.now() - start < 60_000, "it plays in about ten seconds");
    await page.waitForTimeout(100);
  }
  assert.deepEqual([...during], ["6,291,736 bytes"], "a flat line");
  assert.equal(await text(page, "len"), "0");
  assert.equal(await text(page, "sizeof"), "6,291,736 bytes");
  assert.equal(await text(page, "tombstones"), "100,000");
  await page.fill("#timeline", "60000");
  await says(page, "place", /^60,000 of/);
  await says(page, "len", /^60,000$/);
  await page.fill("#timeline", "200000");
  await says(page, "len", /^0$/);
  await page.click("#compact");
  await page.click("#compact-comprehension");
  await toTheEnd(page);
  await says(page, "sizeof", /^280 bytes$/);
});

pageTest("one insert too many shrinks the table", async ({ page }) => {
  await scenario(page, "experiment-churn", "540,000");
  assert.equal(await text(page, "sizeof"), "6,291,736 bytes");
  await page.locator("#op-on").click();
  await says(page, "sizeof", /^280 bytes$/);
});

pageTest("3.12 shows both of its arrays", async ({ page }) => {
  await page.selectOption("#table", "cpython-3.12");
  await page.locator(".shelf", { hasText: "entries" }).waitFor();
  await page.locator(".shelf", { hasText: "indices" }).waitFor();
  await says(page, "sizeof", /^184 bytes$/);
});

pageTest("bad lines are explained at the field, and nothing is lost", async ({ page }) => {
  const state = async () => [await text(page, "place"), await text(page, "len"), await page.locator(".card.live").count()];
  const before = await state();
  for (const [line, word] of [
    ["d[[1]] = 2", /unhashable/],
    ["d['a = 1", /column/],
    ["d[1] = = 2", /./],
    ["spam", /./],
    ["for i in range(10**12): d[i] = i", /./],
    ["d[1e] = 3", /column/],
  ]) {
    await page.fill("#line", line);
    await page.click("#run-line");
    await says(page, "line-trouble", word);
    assert.deepEqual(await state(), before, line);
    assert.equal(await page.inputValue("#line"), line, "what was typed stays");
  }
});

pageTest("a missing key is a KeyError on the timeline and changes nothing", async ({ page }) => {
  const before = await page.locator(".card.live").count();
  await page.fill("#line", "del d['nobody']");
  await page.click("#run-line");
  await toTheEnd(page);
  await says(page, "sentence", /KeyError/);
  assert.equal(await page.locator(".card.live").count(), before);
});

pageTest("a broken program says where, a long one can be cancelled, and the screen stays", async ({ page }) => {
  const size = await text(page, "sizeof");
  await page.fill("#program", "d[1] = 1\nd[2 = 2\n");
  await page.click("#run-program");
  await says(page, "program-trouble", /line 2, column/);
  assert.equal(await text(page, "sizeof"), size);
  await page.fill("#program", "for i in range(5000000): d[i] = i\n");
  await page.click("#run-program");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.locator(".building").waitFor({ state: "detached" });
  assert.equal(await text(page, "sizeof"), size);
});

pageTest("a link leads back to the same place", async ({ page }) => {
  await page.fill("#line", "d['linked'] = 'ö'");
  await page.click("#run-line");
  await toTheEnd(page);
  await page.click("#share");
  const place = await text(page, "place");
  await page.reload();
  await page.locator(".card.live", { hasText: "'linked'" }).first().waitFor();
  assert.equal(await text(page, "place"), place);
});

pageTest("a broken link is explained and the page opens all the same", async ({ page }) => {
  await page.getByRole("alert").filter({ hasText: "nosuch" }).waitFor();
  assert.equal(await text(page, "sizeof"), "184 bytes");
}, { path: "#v=1&table=nosuch&program=d" });

pageTest("it opens on a phone, in the dark, without motion", async ({ page, shot }) => {
  const { scrollWidth, innerWidth } = await page.evaluate(() => ({
    scrollWidth: document.documentElement.scrollWidth,
    innerWidth: window.innerWidth,
  }));
  assert.ok(scrollWidth <= innerWidth, `the page is ${scrollWidth} wide in a window of ${innerWidth}`);
  assert.deepEqual(await faults(page), []);
  await page.getByRole("button", { name: "Program", exact: true }).click();
  await page.fill("#line", "d['still'] = 1");
  await page.click("#run-line");
  await page.locator(".card.live", { hasText: "'still'" }).first().waitFor();
  assert.equal(await page.locator("#play").getAttribute("aria-label"), "Play (Space)", "nothing plays by itself");
  await shot("narrow, dark");
}, { viewport: { width: 390, height: 844 }, dark: true, reducedMotion: true });

pageTest("a line, another table, and Undo twice: the page lives and stands where it did", async ({ page }) => {
  const before = await page.locator(".card.live").allInnerTexts();
  const opening = await page.inputValue("#table");
  const isTable = (name) => page.waitForFunction((name) => document.getElementById("table").value === name, name);
  await page.fill("#line", "d['x'] = 1");
  await page.click("#run-line");
  await page.selectOption("#table", "cpython-3.13");
  await isTable("cpython-3.13");
  await page.click("#undo");
  await isTable(opening);
  await page.click("#undo");
  await page.locator("#undo:disabled").waitFor();
  assert.equal(await page.locator("#crash").isVisible(), false);
  assert.deepEqual(await page.locator(".card.live").allInnerTexts(), before);
});
