// A soak: the same rounds of programs, tables side by side and the lab, over and over. What the page holds must stay flat.
//
// node tests/e2e/soak.mjs [minutes]   (./dev soak)
//
// Each minute it prints linear memory, JavaScript's heap after a collection, and the number of nodes. From the tenth
// minute on (or from a third of a shorter run) none may be more than a tenth above what it was then.

import { launch, open, serve } from "./harness.mjs";

const MINUTES = Number(process.argv[2]) || 30;
const SETTLED = Math.min(10, MINUTES / 3);
const TOLERANCE = 1.1;

const PROGRAMS = [
  "insert_uuids(d, 20000)\ndelete_random(d)\n",
  "for i in range(50000): d[i] = i\nd = dict(d)\n",
  "insert_strings(d, 3000)\nmixed(d, 20000)\ndelete_all(d)\n",
];

/** Lets the page's linear memory be seen: keeps that of the module that is instantiated. */
function keepMemory() {
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const real = WebAssembly[name].bind(WebAssembly);
    WebAssembly[name] = async (...args) => {
      const result = await real(...args);
      window.linearMemory = (result.instance ?? result).exports.memory;
      return result;
    };
  }
}

const server = await serve();
const browser = await launch();
const { page, problems, close } = await open(browser, server.url);
await page.addInitScript(keepMemory);
await page.reload();
await page.locator("#stage").waitFor();
const session = await page.context().newCDPSession(page);
await session.send("Performance.enable");

/** Waits until nothing is being built. */
const built = () => page.waitForFunction(() => !document.getElementById("building"), undefined, { timeout: 120_000 });

async function round(nth) {
  await page.locator("#view-tables").click();
  await page.selectOption("#table", nth % 2 ? "cpython-3.13" : "cpython-2.7");
  await built();
  for (const program of PROGRAMS) {
    await page.fill("#program", program);
    await page.click("#run-program");
    await built();
    await page.keyboard.press("Escape");
    await page.fill("#timeline", "1000000");
    await page.waitForTimeout(100);
  }
  await page.fill("#line", "insert_ints(d, 500)");
  await page.click("#run-line");
  await built();
  await page.click("#undo");
  await built();
  await page.selectOption("#scenario", "same-deletes");
  await built();
  await page.locator("#view-lab").click();
  await page.fill("#lab-timeline", String(200 + (nth % 5) * 100)).catch(() => {});
  await page.waitForTimeout(500);
  await page.locator("#view-tables").click();
}

/** Megabytes of linear memory and of JavaScript's heap, and nodes. */
async function held() {
  await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  const metric = (name) => metrics.find((metric) => metric.name === name).value;
  const linear = await page.evaluate(() => window.linearMemory.buffer.byteLength);
  return { linear: linear / 2 ** 20, heap: metric("JSHeapUsedSize") / 2 ** 20, nodes: metric("Nodes") };
}

const start = Date.now();
const minute = () => (Date.now() - start) / 60_000;
let rounds = 0;
let settled = null;
let grown = [];
console.log("minute  rounds  linear MB  heap MB  nodes");
for (let next = 1; minute() < MINUTES && !problems.length && !grown.length; next++) {
  while (minute() < Math.min(next, MINUTES) && !problems.length) await round(rounds++);
  const now = await held();
  const cells = [minute().toFixed(1), rounds, now.linear.toFixed(1), now.heap.toFixed(1), now.nodes];
  console.log([6, 8, 11, 9, 7].map((width, nth) => String(cells[nth]).padStart(width)).join(""));
  if (minute() < SETTLED) continue;
  settled ??= now;
  grown = Object.keys(now).filter((what) => now[what] > settled[what] * TOLERANCE);
}
for (const problem of problems) console.log(problem);
for (const what of grown) console.log(`${what} is not flat: more than ${TOLERANCE} times what it was at minute ${SETTLED.toFixed(1)}`);
const passed = !problems.length && !grown.length && settled;
console.log(passed ? "flat, and no message on the console" : "FAILED");
await close();
await browser.close();
await server.close();
process.exitCode = passed ? 0 : 1;
