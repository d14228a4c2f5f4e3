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
  const told = page.locator("#map-0-slots [role=gridcell][aria-selected=true]");
  await map.waitFor();
  const box = await map.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.locator("#map-0-slots .tip.shown").waitFor();
  assert.match(await page.locator("#map-0-slots .tip").innerText(), /^slot [\d,]+: /);
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await told.waitFor({ state: "attached" });
  const slot = async () => Number((await told.textContent()).match(/^slot ([\d,]+)/)[1].replaceAll(",", ""));
  const first = await slot();
  await map.focus();
  await page.keyboard.press("ArrowRight");
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

pageTest("the colour of a key tells which operation put it in, in a table of one array and of two", async ({ page }) => {
  const canvas = "#map-0-slots canvas:first-child";
  const menu = page.locator(".colouring");
  const offers = (...titles) =>
    page.waitForFunction(
      (titles) => [...document.querySelectorAll(".colouring option")].map((option) => option.textContent).join() === titles,
      titles.join(),
      { timeout: 60_000 },
    );
  await page.selectOption("#table", "cpython-3.13");
  await run(page, "insert_uuids(d, 100000, seed=1)\ndelete_random(d, seed=2)", 200_000);
  await page.fill("#timeline", "90000");
  for (const [table, orders] of [["cpython-3.13", ["entry order"]], ["cpython-2.7", []]]) {
    await page.selectOption("#table", table);
    await offers("state", "probe length", "age", ...orders, "hash bits");
    await menu.selectOption("state");
    await page.waitForTimeout(1_000);
    const plain = await picture(page, canvas);
    await menu.focus();
    await page.keyboard.type("age");
    assert.equal(await menu.inputValue(), "age");
    assert.equal(await page.locator(".ramp").textContent(), "oldestnewest");
    const map = await page.locator("#map-0-slots").boundingBox();
    const tip = page.locator("#map-0-slots .tip");
    const told = async () => {
      const y = map.y + map.height / 2;
      for (let x = map.x + 20; x < map.x + map.width; x += 7) {
        await page.mouse.move(x, y);
        await page.waitForTimeout(40);
        const number = (await tip.textContent()).match(/ = .*, put in by operation ([\d,]+)$/)?.[1];
        if (number) return Number(number.replaceAll(",", ""));
      }
      return null;
    };
    await page.waitForTimeout(1_000);
    const aged = await picture(page, canvas);
    assert.notEqual(aged, plain, "it is coloured by age");
    const operation = await told();
    assert.ok(operation >= 1 && operation <= 90_000, `put in by operation ${operation}`);
    await page.mouse.move(0, 0);
    // Far away and back: what is seen depends on the moment alone.
    await page.fill("#timeline", "150000");
    await page.waitForTimeout(600);
    await page.fill("#timeline", "90000");
    await page.waitForTimeout(1_500);
    assert.equal(await picture(page, canvas), aged);
  }
  await page.selectOption("#table", "cpython-3.13");
  await offers("state", "probe length", "age", "entry order", "hash bits");
  await menu.selectOption("entry order");
  assert.equal(await page.locator(".ramp").textContent(), "firstlast");
  await page.selectOption("#table", "cpython-2.7");
  await offers("state", "probe length", "age", "hash bits");
  assert.equal(await menu.inputValue(), "state", "a table without entries has no order of them");
  await page.click("#view-lab");
  const lab = page.locator(".lab-tables .colouring").first();
  await lab.waitFor({ state: "attached" });
  const there = await lab.locator("option").allTextContents();
  assert.ok(there.includes("probe length") && !there.includes("age"), "the lab does not remember who put a key in");
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
    drawn.add(await picture(page, ".chart canvas:first-of-type"));
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

/** Two fingers on a touch screen: from these two points to those, in a few moves. */
async function pinch(page, from, to) {
  const touch = await page.context().newCDPSession(page);
  await touch.send("Emulation.setTouchEmulationEnabled", { enabled: true, maxTouchPoints: 2 });
  const send = (type, points) =>
    touch.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  await send("touchStart", [from[0]]);
  await send("touchStart", from);
  for (let i = 1; i <= 8; i++) {
    const at = (finger) => [0, 1].map((axis) => from[finger][axis] + ((to[finger][axis] - from[finger][axis]) * i) / 8);
    await send("touchMove", [at(0), at(1)]);
    await page.waitForTimeout(16);
  }
  await send("touchEnd", []);
  await touch.detach();
}

pageTest("two fingers zoom the map and the chart", async ({ page }) => {
  await run(page, LARGE, 39_000);
  const middle = async (selector) => {
    const { x, y, width, height } = await page.locator(selector).boundingBox();
    return { x: x + width / 2, y: y + height / 2 };
  };
  const spread = ({ x, y }) => [[[x - 30, y], [x + 30, y]], [[x - 150, y], [x + 150, y]]];
  const whole = await picture(page, "#map-0-slots canvas:first-child");
  await pinch(page, ...spread(await middle("#map-0-slots")));
  await page.waitForTimeout(200);
  assert.notEqual(await picture(page, "#map-0-slots canvas:first-child"), whole, "the map is nearer");
  const before = await page.locator("#place").innerText();
  const seen = () => page.locator(".seen").evaluate((node) => (node.classList.contains("shown") ? node.getBoundingClientRect().width : Infinity));
  assert.equal(await seen(), Infinity);
  await pinch(page, ...spread(await middle(".chart")));
  await page.locator(".seen.shown").waitFor();
  const once = await seen();
  await pinch(page, ...spread(await middle(".chart")));
  await page.waitForFunction((once) => document.querySelector(".seen").getBoundingClientRect().width < once, once);
  assert.notEqual(await page.locator("#place").innerText(), before, "the first finger stood somewhere");
});

pageTest("the small picture leads to every part of the map", async ({ page }) => {
  await run(page, LARGE, 39_000);
  const map = await page.locator("#map-0-slots").boundingBox();
  const cell = page.locator("#map-0-slots [role=gridcell]").nth(7);
  const slot = async () => Number((await cell.textContent()).match(/^slot ([\d,]+)/)[1].replaceAll(",", ""));
  await page.mouse.move(map.x + map.width / 2, map.y + map.height / 2);
  for (let i = 0; i < 12; i++) await page.mouse.wheel(0, -250);
  await page.waitForTimeout(300);
  const middle = await slot();
  await page.mouse.click(map.x + 20, map.y + 10);
  await page.waitForTimeout(500);
  const above = await slot();
  assert.ok(above < middle / 2, `${above} is above ${middle}`);
  assert.equal(await page.locator(".inspector h2").count(), 0, "no slot was selected");
  await page.mouse.move(map.x + 20, map.y + 10);
  await page.mouse.down();
  for (let y = 10; y <= 80; y += 10) await page.mouse.move(map.x + 60, map.y + y);
  await page.mouse.up();
  await page.waitForTimeout(200);
  assert.ok((await slot()) > middle, "dragged below the middle");
});

pageTest("a screen reader gets the slots around, as few in a table of any size", async ({ page }) => {
  for (const [program, operations, slots] of [["for i in range(300): d[i] = i", 300, 512], [LARGE, 39_000, 65_536]]) {
    await run(page, program, operations);
    const map = page.locator("#map-0-slots");
    await page.locator(".map-head h3", { hasText: slots.toLocaleString("en") }).first().waitFor();
    await map.focus();
    await page.keyboard.press("ArrowRight");
    const grid = map.getByRole("grid");
    await grid.locator("[aria-selected=true]").waitFor({ state: "attached" });
    assert.equal(await grid.getByRole("row").count(), 3);
    assert.equal(await grid.getByRole("gridcell").count(), 15);
    const [rows, columns] = await grid.evaluate((node) => [node.ariaRowCount, node.ariaColCount].map(Number));
    assert.equal(rows * columns, slots);
    const active = () => map.evaluate((node) => document.getElementById(node.getAttribute("aria-activedescendant"))?.textContent);
    const number = async () => Number((await active()).match(/^slot ([\d,]+): ./)[1].replaceAll(",", ""));
    const first = await number();
    for (const [key, by] of [["ArrowRight", 1], ["ArrowDown", columns], ["ArrowLeft", -1], ["ArrowUp", -columns]]) {
      const before = await number();
      await page.keyboard.press(key);
      await page.waitForFunction((old) => !document.querySelector("[aria-activedescendant]")?.getAttribute("aria-activedescendant").endsWith(`-${old}`), before);
      assert.equal(await number(), before + by, key);
    }
    assert.equal(await number(), first);
    assert.equal(await page.evaluate(() => document.activeElement.id), "map-0-slots", "the focus stays on the map");
  }
});

pageTest("while time runs or is dragged, a screen reader is told little", async ({ page }) => {
  await run(page, LARGE, 39_000);
  const count = () =>
    page.evaluate(() => {
      window.watching?.disconnect();
      window.messages = 0;
      // Text that changes inside any live region is read out.
      const live = "[aria-live], [role=status], [role=alert], [role=log]";
      window.watching = new MutationObserver((changes) => {
        if (changes.some(({ target }) => (target.parentElement ?? target).closest(live))) window.messages += 1;
      });
      window.watching.observe(document.body, { subtree: true, childList: true, characterData: true });
    });
  const told = async (since) => {
    const [messages, seconds] = [await page.evaluate(() => window.messages), (Date.now() - since) / 1000];
    assert.ok(messages >= 1 && messages <= 2 * seconds + 1, `${messages} messages in ${seconds} seconds`);
  };
  await count();
  let start = Date.now();
  await page.click("#to-start");
  await page.click("#play");
  await page.waitForTimeout(1_500);
  await told(start);
  assert.equal(await page.locator("#map-0-slots [role=gridcell]").count(), 0, "no slots while they change faster than anybody reads");
  await page.click("#play");
  await page.locator("#map-0-slots [role=gridcell]").first().waitFor({ state: "attached" });
  await count();
  start = Date.now();
  for (let i = 0; i < 60; i++) {
    await page.fill("#timeline", String(i * 500));
    await page.waitForTimeout(16);
  }
  await told(start);
});

pageTest("the gauge and the map of a large table are in view above the panel of time", async ({ page }) => {
  await page.selectOption("#table", "cpython-3.13");
  await run(page, LARGE, 39_000);
  const box = (selector) => page.locator(selector).first().boundingBox();
  const time = await box(".time");
  for (const selector of [".gauge", "#map-0-slots"]) {
    const { y, height } = await box(selector);
    assert.ok(y >= 0 && y + height <= time.y, `${selector} ends at ${y + height}, the panel begins at ${time.y}`);
  }
}, { viewport: { width: 1440, height: 900 } });
