// Screenshots of the built page: `./dev shots [dir [name…]]`, by default all of them into tests/e2e/shots.

import { launch, open, serve, shot, shots } from "./harness.mjs";

const WIDE = { viewport: { width: 1440, height: 900 } };

const waitFor = (page, id, text) =>
  page.waitForFunction(([id, text]) => document.getElementById(id)?.innerText.includes(text), [id, text]);

/** Into the operation the page opens before, to where its search steps over a tombstone. */
async function intoTheSearch(page) {
  for (let i = 1; i <= 3; i++) {
    await page.keyboard.press("ArrowRight");
    await waitFor(page, "place", `step ${i} of`);
  }
}

/** The 100,000 UUIDs, most of them deleted again. */
async function duringTheDeletes(page) {
  await page.selectOption("#scenario", "experiment");
  await waitFor(page, "place", " of 200,000 ");
  await page.fill("#timeline", "185000");
  await page.locator("#timeline").blur();
  await waitFor(page, "place", "185,000 of");
}

async function twoArrays(page) {
  await page.selectOption("#table", "cpython-3.12");
  await page.locator(".shelf", { hasText: "entries" }).waitFor();
  await intoTheSearch(page);
}

/** Two tables alive in the lab, while keys are deleted. */
async function inTheLab(page) {
  await page.click("#view-lab");
  await page.waitForFunction(() => /^tick 0 of [\d,]+$/.test(document.getElementById("lab-place").innerText), null, { timeout: 60_000 });
  await page.fill("#lab-timeline", "13200");
  await page.locator("#lab-timeline").blur();
  await waitFor(page, "lab-place", "tick 13,200 of");
  await page.waitForTimeout(1_000);
}

/** Name, how the page is opened, what is done before the picture is taken. */
const PICTURES = [
  ["wide", WIDE, intoTheSearch],
  ["experiment", { viewport: { width: 1120, height: 800 } }, duringTheDeletes],
  ["arrays", WIDE, twoArrays],
  ["lab", WIDE, inTheLab],
  ["dark", { ...WIDE, dark: true }, intoTheSearch],
  ["narrow", { viewport: { width: 390, height: 844 } }, intoTheSearch],
];

const [dir = shots, ...names] = process.argv.slice(2);
const unknown = names.find((name) => !PICTURES.some(([known]) => known === name));
if (unknown) {
  console.error(`there is no picture ${unknown}; there are ${PICTURES.map(([name]) => name).join(", ")}`);
  process.exit(2);
}
const server = await serve();
const browser = await launch();
try {
  for (const [name, options, prepare] of PICTURES.filter(([name]) => !names.length || names.includes(name))) {
    const { page, problems, close } = await open(browser, server.url, options);
    await prepare(page);
    await shot(page, name, dir);
    for (const problem of problems) {
      console.error(`${name}: ${problem}`);
      process.exitCode = 1;
    }
    await close();
    console.log(`${dir}/${name}.png`);
  }
} finally {
  await browser.close();
  await server.close();
}
