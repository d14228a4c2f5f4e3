// What one did is there after a reload, Back, a crash, in a tab that was duplicated or thrown away: the address follows.

import assert from "node:assert/strict";
import { pageTest, setup } from "./harness.mjs";

setup();

const text = (page, id) => page.locator(`#${id}`).innerText();
const LINK = "#v=1&table=cpython-2.7&program=d['linked'] = 1&at=1";

async function toTheEnd(page) {
  await page.locator("#to-end").click({ timeout: 1_000 }).catch(() => {});
  await page.locator("#to-end:disabled").waitFor();
}

async function run(page, line) {
  await page.fill("#line", line);
  await page.click("#run-line");
  await toTheEnd(page);
}

/** Waits until the address holds `word`, decoded. */
const follows = (page, word) =>
  page.waitForFunction((word) => decodeURIComponent(location.hash.replaceAll("+", " ")).includes(word), word);

/** Waits until the address says the place where the page stands, at the end of its operations. */
const followsToTheEnd = (page) =>
  page.waitForFunction(() => {
    const done = document.getElementById("place").innerText.match(/^(\d+) of \1 /)?.[1];
    return done && new URLSearchParams(location.hash.slice(1)).get("at") === done;
  });

/** A program of about `size` characters, as an editor would paste it. */
const long = (size) => `${"# a comment that says nothing at all, to make the program long ...\n".repeat(Math.ceil(size / 67))}d['long'] = 1\n`;

async function program(page, text) {
  await page.evaluate((text) => {
    const area = document.getElementById("program");
    area.value = text;
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }, text);
  await page.waitForTimeout(50);
  await page.click("#run-program");
  await page.locator(".building").waitFor({ state: "detached" });
  await page.waitForFunction(() => document.getElementById("place").innerText.includes("of 1 "));
  await toTheEnd(page);
}

pageTest("the page as it opens has a plain address, and what was typed is there after a reload", async ({ page, server }) => {
  await page.waitForTimeout(600);
  assert.equal(page.url(), server.url);
  await run(page, "d['typed'] = 'ö & b'");
  const place = await text(page, "place");
  await follows(page, "d['typed'] = 'ö & b'");
  await page.reload();
  await page.locator(".card.live", { hasText: "'typed'" }).first().waitFor();
  await page.waitForFunction((place) => document.getElementById("place").innerText === place, place);
});

pageTest("a tab that is thrown away the moment after is as it was", async ({ page }) => {
  await run(page, "d['late'] = 1");
  await page.reload();
  await page.locator(".card.live", { hasText: "'late'" }).first().waitFor();
});

pageTest("the address follows the steps and does not pile up", async ({ page }) => {
  await page.evaluate(() => {
    window.changes = 0;
    const { replaceState } = history;
    history.replaceState = function (...how) { window.changes++; return replaceState.apply(this, how); };
  });
  const before = await page.evaluate(() => history.length);
  for (let i = 0; i < 30; i++) await page.keyboard.press(i % 2 ? "Shift+ArrowRight" : "Shift+ArrowLeft");
  await page.keyboard.press("Home");
  await follows(page, "&at=0");
  assert.ok((await page.evaluate(() => window.changes)) < 12);
  assert.equal(await page.evaluate(() => history.length), before);
});

pageTest("Back from another page, and back to an earlier link, give the same page", async ({ page }) => {
  await run(page, "d['first'] = 1");
  await followsToTheEnd(page);
  await page.evaluate((link) => (location.hash = link), LINK);
  await page.locator(".card.live", { hasText: "'linked'" }).first().waitFor();
  await run(page, "d['second'] = 2");
  await followsToTheEnd(page);
  await page.goto("about:blank");
  await page.goBack();
  await page.locator(".card.live", { hasText: "'second'" }).first().waitFor();
  await page.goBack();
  await page.locator(".card.live", { hasText: "'first'" }).first().waitFor();
  await page.goForward();
  await page.locator(".card.live", { hasText: "'second'" }).first().waitFor();
});

pageTest("a link that cannot be opened is told of, and takes nothing away", async ({ page }) => {
  await run(page, "d['here'] = 1");
  await follows(page, "'here'");
  await page.evaluate(() => (location.hash = "v=1&table=nosuch&program=d"));
  await page.getByRole("alert").filter({ hasText: "nosuch" }).waitFor();
  await follows(page, "'here'");
  await page.reload();
  await page.locator(".card.live", { hasText: "'here'" }).first().waitFor();
});

pageTest("the lab comes back too", async ({ page }) => {
  await page.click("#view-lab");
  await page.waitForFunction(() => /^tick 0 of [\d,]+$/.test(document.getElementById("lab-place").innerText), null, { timeout: 90_000 });
  await page.fill("#lab-timeline", "1200");
  await page.locator("#lab-timeline").blur();
  await follows(page, "tick=1200");
  await page.reload();
  await page.waitForFunction(() => document.getElementById("lab-place")?.innerText.startsWith("tick 1,200 of"), null, { timeout: 90_000 });
});

pageTest("what is too long for an address is kept for the tab", async ({ page, server, context, problems }) => {
  await program(page, long(60_000));
  await page.waitForFunction(() => /^#tab=\w+&at=1$/.test(location.hash));
  await page.keyboard.press("Home");
  await page.waitForFunction(() => /^#tab=\w+&at=0$/.test(location.hash));
  const token = page.url();
  await page.reload();
  await page.waitForFunction(() => document.getElementById("program")?.value.includes("d['long'] = 1"));
  assert.match(await text(page, "place"), /^0 of 1/);
  await run(page, "d['more'] = 1");
  await page.waitForTimeout(600);
  await page.reload();
  await page.locator(".card.live", { hasText: "'more'" }).first().waitFor();
  // Anywhere else the address says what to do.
  const other = await context.newPage();
  await other.goto(token);
  await other.getByRole("alert").filter({ hasText: "Copy link" }).waitFor();
  await other.locator(".card.live").first().waitFor();
  await other.close();
  // What Copy link gives opens there.
  await page.evaluate(() => (navigator.clipboard.writeText = (text) => ((window.copied = text), Promise.resolve())));
  await page.click("#share");
  await page.waitForFunction(() => window.copied);
  const link = await page.evaluate(() => window.copied);
  const elsewhere = await context.newPage();
  await elsewhere.goto(link);
  await elsewhere.locator(".card.live", { hasText: "'more'" }).first().waitFor();
  assert.equal(new URL(link).origin + new URL(link).pathname, server.url);
  assert.deepEqual(problems, []);
});

pageTest("a program too long for any link says so", async ({ page }) => {
  await program(page, long(970_000));
  await page.click("#share");
  await page.getByRole("alert").filter({ hasText: "too long for a link" }).waitFor();
  await page.waitForFunction(() => location.hash.startsWith("#tab="));
  await page.reload();
  await page.waitForFunction(() => document.getElementById("program")?.value.includes("d['long'] = 1"));
});

const refuses = () => {
  Object.defineProperty(window, "sessionStorage", { get() { throw new DOMException("no", "SecurityError"); } });
  Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } });
};

pageTest("storage that throws is survived: then the long link stands in the address", async ({ page }) => {
  await program(page, long(60_000));
  await page.waitForFunction(() => location.hash.length > 60_000);
  await page.reload();
  await page.waitForFunction(() => document.getElementById("program")?.value.includes("d['long'] = 1"));
}, { init: refuses });

pageTest("storage that is full, and an address that cannot be changed, are survived", async ({ page }) => {
  await program(page, long(60_000));
  await run(page, "d['alive'] = 1");
  await page.locator(".card.live", { hasText: "'alive'" }).first().waitFor();
  await page.waitForTimeout(600);
}, {
  init: () => {
    Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
    history.replaceState = () => { throw new DOMException("too often", "SecurityError"); };
  },
});

pageTest("in a sandboxed frame it opens, works and says nothing", async ({ page, server, problems }) => {
  // The frame's page is another origin to its parent.
  await page.goto(`${server.url}licenses.txt`);
  await page.evaluate((url) => {
    const frame = document.createElement("iframe");
    frame.sandbox = "allow-scripts allow-forms";
    Object.assign(frame, { src: url, width: 1200, height: 800 });
    document.body.append(frame);
  }, server.url);
  problems.length = 0;
  const frame = page.frameLocator("iframe");
  await page.waitForTimeout(2_000);
  assert.equal(await frame.locator("#crash").isVisible(), false, problems.join("\n"));
  await frame.locator("#line").fill("d['boxed'] = 1");
  await frame.locator("#run-line").click();
  await frame.locator("#to-end").click({ timeout: 1_000 }).catch(() => {});
  await frame.locator(".card.live", { hasText: "'boxed'" }).first().waitFor();
  await page.waitForTimeout(600);
}, { edit: (name, body) => (name === "licenses.txt" ? { body: '<!doctype html><link rel="icon" href="data:,">', headers: { "content-type": "text/html", "content-security-policy": "" } } : { body, headers: { "access-control-allow-origin": "*" } }) });
