// Where everything stands, in every window, scenario and number of tables, however one came there.

import assert from "node:assert/strict";
import { faults, resize, settled, WINDOWS } from "./geometry.mjs";
import { pageTest, setup } from "./harness.mjs";

setup();

const SCENARIOS = [
  "living", "experiment", "experiment-churn", "experiment-compact", "shrink", "reuse", "collide", "copy-holes", "popitem",
  "str-only", "same-deletes", "endless",
];
const LONG = ["experiment", "experiment-churn", "experiment-compact"];
const MANY = ["cpython-3.13", "swiss", "backward-shift", "robin-hood"];

/** Waits until `scenario` is there with `tables` tables and nothing is being built. */
async function there(page, tables) {
  await page.waitForFunction(
    (tables) => !document.querySelector(".building") && Math.max(1, document.querySelectorAll(".side").length) === tables,
    tables, { timeout: 90_000 },
  );
  await settled(page);
}

/** Opens a scenario by the menu, with its first `count` tables or with others beside them. */
async function arrange(page, id, count) {
  await page.selectOption("#scenario", id);
  await page.waitForFunction((id) => !document.querySelector(".building") && document.getElementById("scenario").value === id, id, { timeout: 90_000 });
  const panel = page.locator(".compare");
  if (!(await panel.isVisible())) await page.click("#compare");
  await panel.waitFor();
  const choices = () => panel.locator("fieldset").count();
  for (let n = await choices(); n > count; n--) {
    await panel.getByRole("button", { name: `Remove table ${n}` }).click();
    await page.waitForFunction((n) => document.querySelectorAll(".compare fieldset").length === n, n - 1);
  }
  for (let n = await choices(); n < count; n++) {
    await page.click("#add-table");
    await page.waitForFunction((n) => document.querySelectorAll(".compare fieldset").length === n, n + 1);
  }
  const fits = [];
  await there(page, count);
  fits.push(await faults(page, {}));
  await panel.getByRole("button", { name: "Close" }).click();
  await panel.waitFor({ state: "detached" });
  await there(page, count);
  return fits.flat();
}

/** The faults at every place in an operation that has something to show. */
async function stepping(page, say) {
  for (let step = 0; step < 4; step++) {
    await page.keyboard.press("ArrowRight");
    await settled(page);
    await say(`after ${step + 1} steps`);
  }
}

for (const count of [1, 2, 4]) {
  for (const id of SCENARIOS) {
    pageTest(`${id} with ${count === 1 ? "one table" : `${count} tables`} stands right in every window`, async ({ page }) => {
      const wrong = [];
      const say = async (where) => (await faults(page, {})).forEach((fault) => wrong.push(`${where}: ${fault}`));
      (await arrange(page, id, count)).forEach((fault) => wrong.push(`by the menu: ${fault}`));
      await say("by the menu");
      if (count === 4 && !LONG.includes(id)) await stepping(page, say);
      for (const window of WINDOWS) {
        await resize(page, window);
        await say(`resized to ${window.join("×")}`);
      }
      assert.deepEqual(wrong, []);
    }, { viewport: { width: 1440, height: 900 } });
  }
}

/** A link that opens a scenario's program on some tables. */
const link = (tables) => `#v=1&${tables.map((table) => `table=${table}`).join("&")}&program=${encodeURIComponent("for i in range(12): d[i * 8] = i\ndel d[8]\ndel d[16]\nd[3] = 3")}&at=14`;

for (const [width, height] of WINDOWS) {
  pageTest(`tables stand right in a window of ${width}×${height}, by link and by going back`, async ({ page, server }) => {
    const wrong = [];
    const say = async (where) => (await faults(page, {})).forEach((fault) => wrong.push(`${where}: ${fault}`));
    for (const count of [1, 2, 3, 4, 1]) {
      await page.goto("about:blank");
      await page.goto(server.url + link(MANY.slice(0, count)));
      await there(page, count);
      await say(`${count} tables by link`);
    }
    // Back to four tables, from one that was reached by a changed address.
    await page.goto(server.url + link(MANY));
    await there(page, 4);
    await page.goto(server.url + link(MANY.slice(0, 1)));
    await there(page, 1);
    await page.goBack();
    await there(page, 4);
    await say("4 tables by going back");
    assert.deepEqual(wrong, []);
  }, { viewport: { width, height } });
}
