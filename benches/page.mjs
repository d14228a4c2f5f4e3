// The built page in a real browser: `./dev bench page [part…]`, the parts being load, build and the numbers of slots.
//
// Times of the main thread come from the browser's own trace: for each frame the tasks that ran since the frame before.
// "cpu" is what the thread worked, "wall" what passed while it did; on a busy machine they differ. Times in the engine
// come from the page's User Timing, which it keeps when `measure` is in its address.

import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { dist, launch, open, serve } from "../tests/e2e/harness.mjs";

/** Slots, the table, a program that has so many while it plays, its number of operations, and where to play from. */
const SIZES = [
  [8, "cpython-3.13", "for i in range(200000): d[i % 4] = i", 200_000, 100_000],
  [256, "cpython-3.13", "for i in range(200000): d[i % 150] = i", 200_000, 100_000],
  [1_024, "cpython-3.13", "for i in range(200000): d[i % 600] = i", 200_000, 100_000],
  [262_144, "cpython-3.13", "insert_uuids(d, 100000, seed=1)\ndelete_random(d, seed=2)", 200_000, 90_000],
  [1_048_576, "cpython-3.13", "insert_ints(d, 400000)\ndelete_random(d, 200000, seed=2)", 600_000, 360_000],
  // CPython's dict would need more inserts than a program may have; this one begins with all its slots.
  [16_777_216, "linear:size=16777216", "insert_ints(d, 1400000)\ndelete_random(d, 300000, seed=2)", 1_700_000, 1_300_000],
];
const EXPERIMENT = SIZES[3];

const CATEGORIES = [
  "devtools.timeline",
  "disabled-by-default-devtools.timeline",
  "blink.user_timing",
  "__metadata",
];

/** Lines of the table that is printed last. */
const inEngine = [];

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const quantile = (numbers, q) => {
  const all = sorted(numbers);
  return all.length ? all[Math.min(all.length - 1, Math.floor(q * all.length))] : NaN;
};
const median = (numbers) => quantile(numbers, 0.5);
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const ms = (number, digits = 1) => number.toFixed(digits);

/** What the renderer's main thread did while `body` ran. */
async function traced(browser, page, body) {
  await browser.startTracing(page, { categories: CATEGORIES });
  await body();
  const { traceEvents: events } = JSON.parse((await browser.stopTracing()).toString());
  const tasks = new Map();
  for (const event of events) {
    if (event.name !== "RunTask" || event.ph !== "X") continue;
    const thread = `${event.pid} ${event.tid}`;
    if (!tasks.has(thread)) tasks.set(thread, []);
    tasks.get(thread).push(event);
  }
  const mains = events.filter((e) => e.name === "thread_name" && e.args.name === "CrRendererMain");
  const work = (thread) => sum((tasks.get(thread) ?? []).map((e) => e.tdur ?? 0));
  const main = mains.map((e) => `${e.pid} ${e.tid}`).sort((a, b) => work(b) - work(a))[0];
  const here = (e) => `${e.pid} ${e.tid}` === main;
  return {
    tasks: (tasks.get(main) ?? []).sort((a, b) => a.ts - b.ts),
    frames: events.filter((e) => e.name === "FireAnimationFrame" && here(e)).sort((a, b) => a.ts - b.ts),
    marks: events.filter((e) => e.cat?.includes("blink.user_timing")),
  };
}

/** Milliseconds of main thread for each frame, frames a second, and the tasks longer than 50 ms. */
function perFrame({ tasks, frames }) {
  const cpu = [];
  const wall = [];
  let at = -1;
  let next = 0;
  for (const task of tasks) {
    let starts = false;
    while (next < frames.length && frames[next].ts <= task.ts + task.dur) {
      starts ||= frames[next].ts >= task.ts;
      next += 1;
    }
    if (starts) {
      at += 1;
      cpu.push(0);
      wall.push(0);
    }
    if (at < 0) continue;
    cpu[at] += (task.tdur ?? task.dur) / 1000;
    wall[at] += task.dur / 1000;
  }
  const seconds = frames.length > 1 ? (frames.at(-1).ts - frames[0].ts) / 1e6 : NaN;
  const long = tasks.filter((task) => task.dur > 50_000);
  return {
    cpu,
    wall,
    // Several callbacks of one frame run in one task.
    rate: (cpu.length - 1) / seconds,
    long: long.length,
    longest: Math.max(0, ...tasks.map((task) => task.dur / 1000)),
    longestCpu: Math.max(0, ...tasks.map((task) => (task.tdur ?? 0) / 1000)),
  };
}

function row(name, frames) {
  const pair = (times) => `${ms(median(times), 2)} / ${ms(quantile(times, 0.95), 2)}`;
  console.log(
    `| ${name} | ${pair(frames.cpu)} | ${pair(frames.wall)} | ${ms(frames.rate)} | ${frames.long} | ` +
      `${ms(frames.longestCpu)} / ${ms(frames.longest)} |`,
  );
}

/** What the page measured itself under this name since it was last asked, in milliseconds. */
const measured = (page, name) =>
  page.evaluate((name) => {
    const times = performance.getEntriesByName(name, "measure").map((entry) => entry.duration);
    performance.clearMeasures(name);
    return times;
  }, name);

/** The page with a program built, standing before operation `at`. */
async function built(browser, server, [, table, program, ops, at]) {
  const link = new URLSearchParams([["v", "1"], ["table", table], ["program", program], ["at", String(at)]]);
  const opened = await open(browser, server.url, { path: `?measure#${link}` });
  await opened.page.waitForFunction(
    (ops) => (document.querySelector("#place")?.textContent ?? "").replaceAll(",", "").includes(`of ${ops} operations`),
    ops,
    { timeout: 300_000, polling: 50 },
  );
  await opened.page.waitForTimeout(500);
  return opened;
}

/** In the engine: seeks to random operations, one step back, one operation back. */
async function engine(page, ops) {
  const settle = () => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const times = {};
  await measured(page, "command");
  await page.evaluate(async (ops) => {
    const timeline = document.querySelector("#timeline");
    let seed = 1;
    for (let i = 0; i < 100; i++) {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      timeline.value = String(Math.floor((seed / 2147483648) * ops));
      timeline.dispatchEvent(new Event("input", { bubbles: true }));
      await new Promise((done) => requestAnimationFrame(done));
    }
  }, ops);
  await settle();
  times.jump = await measured(page, "command");
  for (const [name, button] of [["step", "#step-back"], ["back", "#op-back"]]) {
    await page.evaluate(async (button) => {
      for (let i = 0; i < 100; i++) {
        document.querySelector(button).click();
        await new Promise((done) => requestAnimationFrame(done));
      }
    }, button);
    await settle();
    times[name] = await measured(page, "command");
  }
  return times;
}

async function drag(page) {
  const box = await page.locator("#timeline").boundingBox();
  const y = box.y + box.height / 2;
  const x = (part) => box.x + 4 + part * (box.width - 8);
  await page.mouse.move(x(0.5), y);
  await page.mouse.down();
  for (let i = 0; i <= 240; i++) {
    await page.mouse.move(x(0.5 + 0.48 * Math.sin(i / 24)), y);
    await page.waitForTimeout(12);
  }
  await page.mouse.up();
}

/** Stands before operation `at`. */
const seek = (page, at) =>
  page.evaluate((at) => {
    const timeline = document.querySelector("#timeline");
    timeline.value = String(at);
    timeline.dispatchEvent(new Event("input", { bubbles: true }));
  }, at);

async function size(browser, server, scene) {
  const [slots, , , ops, at] = scene;
  const { page, problems, close } = await built(browser, server, scene);
  const shown = Number((await page.locator("#slots").innerText()).replaceAll(/\D/g, ""));
  if (shown !== slots) console.log(`(${slots} slots were wanted, there are ${shown})`);
  const name = slots.toLocaleString("en");
  await page.locator("#play").click();
  await page.waitForTimeout(500);
  const play = () => traced(browser, page, () => page.waitForTimeout(4000));
  row(`${name}: play`, perFrame(await play()));
  await page.locator("#play").click();
  if (scene === EXPERIMENT) {
    await seek(page, at);
    const colour = page.locator(".colouring").first();
    const choose = async () => {
      await colour.selectOption("age");
      await page.waitForTimeout(1000);
    };
    row(`${name}: by age, until every slot is`, perFrame(await traced(browser, page, choose)));
    await page.locator("#play").click();
    await page.waitForTimeout(500);
    row(`${name}: by age, play`, perFrame(await play()));
    await page.locator("#play").click();
    await colour.selectOption("state");
  }
  row(`${name}: drag`, perFrame(await traced(browser, page, () => drag(page))));
  await seek(page, at);
  await page.waitForTimeout(300);
  for (const part of ["tick", "paint", "frame"]) await measured(page, part);
  const times = await engine(page, ops);
  for (const part of ["paint", "frame"]) times[part] = await measured(page, part);
  const pair = (times) => `${ms(median(times), 3)} / ${ms(quantile(times, 0.95), 3)}`;
  inEngine.push(`| ${name} | ${["jump", "step", "back", "paint", "frame"].map((part) => pair(times[part])).join(" | ")} |`);
  for (const problem of problems) console.log(`problem: ${problem}`);
  await close();
}

async function build(browser, server) {
  const totals = [];
  const slices = [];
  for (let run = 0; run < 5; run++) {
    const { page, close } = await built(browser, server, EXPERIMENT);
    const ticks = [...(await measured(page, "tick")), ...(await measured(page, "command"))];
    totals.push(sum(ticks));
    slices.push(Math.max(...ticks));
    await close();
  }
  console.log(`\n200,000 operations built and recorded: ${ms(median(totals))} ms, the longest slice ${ms(median(slices))} ms (medians of 5)`);
}

async function load(browser, server) {
  const cpu = [];
  const wall = [];
  const names = new Set();
  for (let run = 0; run < 7; run++) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    page.on("response", (response) => names.add(new URL(response.url()).pathname.split("/").at(-1) || "index.html"));
    await page.addInitScript(() => {
      new MutationObserver((_, observer) => {
        if (!document.querySelector("#play")) return;
        observer.disconnect();
        performance.mark("interactive");
      }).observe(document, { childList: true, subtree: true });
    });
    const trace = await traced(browser, page, async () => {
      await page.goto(server.url);
      await page.locator("#play").waitFor();
      await page.waitForTimeout(300);
    });
    // The clock of the thread itself: what it worked since it was started.
    const mark = trace.marks.find((event) => event.name === "interactive" && event.tts);
    if (mark) cpu.push(mark.tts / 1000);
    wall.push(await page.evaluate(() => performance.getEntriesByName("interactive")[0].startTime));
    await context.close();
  }
  console.log(`\nTo interactive, cold: ${ms(median(wall))} ms, main-thread cpu ${ms(median(cpu))} ms (medians of 7)\n`);
  const kinds = {};
  for (const name of names) {
    const bytes = await readFile(join(dist, name)).catch(() => null);
    if (!bytes) continue;
    const kind = (kinds[extname(name).slice(1)] ??= [0, 0, 0]);
    kind[0] += bytes.length;
    kind[1] += gzipSync(bytes, { level: 9 }).length;
    kind[2] += brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  }
  console.log("| bytes | raw | gzip | brotli |\n|---|---|---|---|");
  const all = Object.entries(kinds).sort((a, b) => b[1][0] - a[1][0]);
  all.push(["all", [0, 1, 2].map((i) => sum(all.map(([, kind]) => kind[i])))]);
  for (const [kind, bytes] of all) console.log(`| ${kind} | ${bytes.map((n) => n.toLocaleString("en")).join(" | ")} |`);
}

const wanted = process.argv.slice(2);
const wants = (part) => !wanted.length || wanted.includes(part);
// Isolated, so that the page's clock has steps of 5 µs instead of 100.
const server = await serve(dist, {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
});
const browser = await launch();
try {
  console.log(`${cpus().length} × ${cpus()[0].model.trim()}, Chromium ${browser.version()} headless, 1280×800, software rendering`);
  if (wants("load")) await load(browser, server);
  if (wants("build")) await build(browser, server);
  console.log("\n| ms of main thread per frame: median / p95 | cpu | wall | frames/s | tasks > 50 ms | longest task: cpu / wall |\n|---|---|---|---|---|---|");
  for (const scene of SIZES) if (wants(String(scene[0]))) await size(browser, server, scene);
  console.log("\n| ms in the engine: median / p95 | random jump | one step back | one operation back | painters | words |\n|---|---|---|---|---|---|");
  console.log(inEngine.join("\n"));
} finally {
  await browser.close();
  await server.close();
}
