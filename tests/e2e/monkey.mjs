// A monkey: presses, types, drags and resizes at random on the built page, and looks whether the page minds.
//
// node tests/e2e/monkey.mjs [minutes] [seed…]   (./dev monkey)
//
// The seed chooses every act, among what the page offers at that moment; the acts of a run that failed are printed, the
// last ones last. It fails on a message on the console, a page that stopped, a page wider than its window, and a task of
// more than 250 ms while the machine has a processor to spare; and if at the end the link that the page gives does not
// lead `replay` to the cells that the page shows.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { loadavg, availableParallelism } from "node:os";
import { promisify } from "node:util";
import { launch, open, serve, shot } from "./harness.mjs";

const LONG_TASK = 250; // milliseconds
const LAST = 25; // acts that are printed of a run that failed
const REPLAY = process.env.REPLAY ?? "target/native/examples/replay";

const [minutes, ...seeds] = process.argv.slice(2).map(Number);
const DURATION = (minutes || 5) * 60_000;

const TEXTS = [
  "d['x'] = 1", "del d['x']", "d[1] = 1; d[2] = 2", "for i in range(40): d[i * 8] = i", "for i in range(30): del d[i * 8]",
  "insert_ints(d, 300)", "insert_random(d, 60)", "insert_colliding(d, 20)", "insert_strings(d, 50)", "insert_uuids(d, 3000)",
  "delete_oldest(d, 10)", "delete_random(d, 7)", "delete_all(d)", "churn(d, 90)", "mixed(d, 100)", "d.clear()", "d = dict(d)",
  "d = {**d}", "d.popitem()", "d = dict.fromkeys(range(70))", "d[1 // 0] = 1", "d[", "spam", "", "d[float('nan')] = 1",
  "insert_uuids(d, 200000)", "d['\u{1f600}'] = '<b>&amp;'", "d[(1, 'a', None)] = frozenset([1, 2])", "d[2 ** 70] = -1.5",
  "entries=500 strategy=sliced", "entries=x", "linear:load=0.5", "17", "0.25", "-1", "1e9", "  ",
];
const LINKS = [
  "#v=1&table=cpython-2.7&program=insert_ints(d%2C50)&at=20",
  "#v=1&table=swiss&table=linear&program=mixed(d%2C300)&take=5&program=d[1]=1&at=99",
  "#v=1&table=cpython-3.13&seed=5&none=7&program=insert_strings(d%2C40)%0Adelete_all(d)&at=50",
  "#v=1&lab=entries%3D2000&tick=100",
  "#v=1&table=nosuch&program=d",
  "#lab",
  "#",
];
const KEYS = [
  "ArrowRight", "ArrowLeft", "Shift+ArrowRight", "Shift+ArrowLeft", "Home", "End", "Space", "r", "Shift+R", "t", "Shift+T", "u", "c",
  "Shift+C", "e", "+", "-", "b", "l", "/", "?", "Escape", "Control+z", "Control+z", "Control+Shift+z", "Tab", "Shift+Tab", "Enter", "0", "p",
  "PageUp", "PageDown", "ArrowUp", "ArrowDown",
];
const SIZES = [[1280, 800], [390, 844], [360, 640], [768, 1024], [1024, 768], [1920, 1080], [1366, 768]];

/** Random numbers from 0 to 1 (mulberry32, Tommy Ettinger), the same for the same seed. */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What is on screen and can be used: a number for each, in the order of the document, marked in it. */
const offered = (page, selector) =>
  page.evaluate((selector) => {
    const isThere = (element) => {
      const { width, height } = element.getBoundingClientRect();
      return width > 0 && height > 0 && !element.disabled && getComputedStyle(element).visibility !== "hidden";
    };
    const all = [...document.querySelectorAll(selector)].filter(isThere);
    document.querySelectorAll("[data-monkey]").forEach((element) => element.removeAttribute("data-monkey"));
    all.forEach((element, nth) => element.setAttribute("data-monkey", String(nth)));
    return all.map((element) => element.id || element.getAttribute("aria-label") || element.textContent.trim().slice(0, 30) || element.tagName);
  }, selector);

/** One monkey on one page. */
class Monkey {
  constructor(opened, seed) {
    Object.assign(this, opened);
    this.random = random(seed);
    this.acts = [];
  }

  choose(list) {
    return list[Math.floor(this.random() * list.length)];
  }

  /** Chooses among the elements that match; gives a locator and writes the act down. Null if there is none. */
  async pick(selector, act) {
    const names = await offered(this.page, selector);
    if (!names.length) return null;
    const nth = Math.floor(this.random() * names.length);
    this.acts.push(`${act} ${names[nth]}`);
    return this.page.locator(`[data-monkey="${nth}"]`);
  }

  async press() {
    const key = this.choose(KEYS);
    this.acts.push(`key ${key}`);
    await this.page.keyboard.press(key);
  }

  async click() {
    const target = await this.pick("button, [role=button], summary, a[href^='#']", "click");
    // It may be gone by now, or under something: a person would not be told either.
    await target?.click({ timeout: 500 }).catch(() => {});
  }

  async type() {
    const field = await this.pick("input:not([type=range]):not([type=checkbox]), textarea", "type into");
    if (!field) return;
    const text = this.choose(TEXTS);
    this.acts.push(`  ${JSON.stringify(text)}`);
    await field.fill(text, { timeout: 500 }).catch(() => {});
    if (this.random() < 0.8) await this.page.keyboard.press(this.random() < 0.8 ? "Enter" : "Control+Enter");
  }

  async select() {
    const menu = await this.pick("select", "choose in");
    if (!menu) return;
    const values = await menu.evaluate((select) => [...select.options].filter((o) => !o.disabled).map((o) => o.value)).catch(() => []);
    if (!values.length) return;
    const value = this.choose(values);
    this.acts.push(`  ${value}`);
    await menu.selectOption(value, { timeout: 500 }).catch(() => {});
  }

  async drag() {
    const { width, height } = this.page.viewportSize();
    const [x, y, toX, toY] = [width, height, width, height].map((most) => Math.floor(this.random() * most));
    this.acts.push(`drag ${x},${y} to ${toX},${toY}`);
    await this.page.mouse.move(x, y);
    await this.page.mouse.down();
    await this.page.mouse.move((x + toX) / 2, (y + toY) / 2, { steps: 3 });
    await this.page.mouse.move(toX, toY, { steps: 3 });
    await this.page.mouse.up();
  }

  async slide() {
    const slider = await this.pick("input[type=range]", "slide");
    const box = await slider?.boundingBox({ timeout: 500 }).catch(() => null);
    if (!box) return;
    await this.page.mouse.move(box.x + box.width * this.random(), box.y + box.height / 2);
    await this.page.mouse.down();
    await this.page.mouse.move(box.x + box.width * this.random(), box.y + box.height / 2, { steps: 5 });
    await this.page.mouse.up();
  }

  async wheel() {
    const canvas = await this.pick("canvas, main", "wheel over");
    const box = await canvas?.boundingBox({ timeout: 500 }).catch(() => null);
    if (!box) return;
    const { width, height } = this.page.viewportSize();
    const [x, y] = [box.x + box.width * this.random(), box.y + box.height * this.random()];
    await this.page.mouse.move(Math.min(Math.max(x, 0), width - 1), Math.min(Math.max(y, 0), height - 1));
    await this.page.mouse.wheel(0, (this.random() - 0.5) * 600);
    if (this.random() < 0.3) await this.page.mouse.dblclick(Math.min(x, width - 1), Math.min(y, height - 1));
  }

  async resize() {
    const [width, height] = this.choose(SIZES);
    this.acts.push(`resize ${width} × ${height}`);
    await this.page.setViewportSize({ width, height });
  }

  async theme() {
    const [colorScheme, reducedMotion] = [this.choose(["light", "dark"]), this.choose(["reduce", "no-preference", "no-preference"])];
    this.acts.push(`theme ${colorScheme}, motion ${reducedMotion}`);
    await this.page.emulateMedia({ colorScheme, reducedMotion });
  }

  async follow() {
    const link = this.choose(LINKS);
    this.acts.push(`follow ${link}`);
    await this.page.evaluate((link) => (location.hash = link), link);
  }

  async go() {
    const way = this.choose(["reload", "back", "forward"]);
    this.acts.push(way);
    // Not out of the page: what was before it is nothing of ours.
    if (way === "back" && !(await this.page.evaluate(() => history.state?.monkey ?? history.length > 2))) return;
    if (way === "reload") await this.page.reload();
    else await this.page.evaluate((way) => history[way](), way);
    await this.page.waitForTimeout(100);
    if (this.page.url() === "about:blank") await this.page.goForward();
    await this.page.locator("#stage").waitFor();
  }

  async wait() {
    await this.page.waitForTimeout(this.random() * 400);
  }

  /** One act. */
  async act() {
    const kinds = [
      [26, this.press], [26, this.click], [16, this.type], [10, this.select], [5, this.slide], [4, this.drag], [5, this.wheel],
      [2, this.resize], [1, this.theme], [2, this.follow], [1, this.go], [8, this.wait],
    ];
    let left = this.random() * kinds.reduce((sum, [weight]) => sum + weight, 0);
    const [, kind] = kinds.find(([weight]) => (left -= weight) < 0);
    await kind.call(this);
  }

  /** What is wrong with the page now; null if nothing. */
  async complaint() {
    if (this.problems.length) return this.problems.join("\n");
    const { crashed, wide, window: width } = await this.page.evaluate(() => ({
      crashed: document.getElementById("crash")?.hidden === false && document.getElementById("crash").innerText,
      wide: document.documentElement.scrollWidth,
      window: innerWidth,
    }));
    if (crashed) return `the page stopped: ${crashed}`;
    if (wide > width) return `the page is ${wide} wide in a window of ${width}`;
    return null;
  }
}

/** Written by the page for every task over 50 ms: when it began and how long it took. */
function watchTasks() {
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) window.longTasks.push({ startTime, duration });
  }).observe({ type: "longtask", buffered: true });
}

const replay = async (link) => {
  const { stdout } = await promisify(execFile)(REPLAY, ["--link", link], { maxBuffer: 1 << 28 });
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
};

/** What the page shows of each table: its numbers, and the cards of the one that is told about. */
const shown = (page) =>
  page.evaluate(() => {
    const number = (text) => Number(text?.replaceAll(/[^\d]/g, "") || NaN);
    const of = (id) => number(document.getElementById(id)?.innerText);
    const sides = [...document.querySelectorAll("article.side")];
    const numbers = sides.map((side) => {
      const told = side.querySelector(".gauge-line p").innerText.split(" · ");
      const [sizeof, len, slots] = [told[0], told[1], told.at(-1)].map(number);
      return { len, sizeof, slots };
    });
    // The slots that are probed, not the entries beside them: those have an id.
    const cards = [...document.querySelectorAll("g.card[id^=slot-]")].map((card) => ({
      slot: Number(card.id.slice(5)),
      look: ["live", "tombstone", "empty"].find((look) => card.classList.contains(look)),
      label: card.querySelector("title")?.textContent ?? "",
    }));
    return { numbers: sides.length ? numbers : [{ len: of("len"), sizeof: of("sizeof"), slots: of("slots") }], cards };
  });

/** What replay says of slot `slot`, as a look and the `repr` of its key. */
function expected(state, slot) {
  if (state.indices) {
    const index = state.indices[slot];
    if (index === -1) return ["empty", ""];
    return index === -2 ? ["tombstone", ""] : ["live", state.entries[index][1]];
  }
  const cell = state.table[slot];
  if (cell === null) return ["empty", ""];
  return cell === "dummy" ? ["tombstone", ""] : ["live", cell[1]];
}

/** The page, come to rest, shows what its own link leads `replay` to. Gives a line about it. */
async function compare(page) {
  if (await page.locator("#view-lab[aria-pressed=true]").count()) await page.locator("#view-tables").click();
  await page.setViewportSize({ width: 1280, height: 800 });
  // A build goes on to its end; time stops; then all words are those of where the reader stands.
  await page.locator("#building").waitFor({ state: "detached", timeout: 120_000 });
  await page.keyboard.press("Escape");
  await page.evaluate(() => document.activeElement?.blur());
  await page.locator("#to-end").click({ timeout: 2_000 }).catch(() => {});
  await page.waitForTimeout(1_000);
  await page.locator("#share").click();
  await page.waitForTimeout(300);
  const link = await page.evaluate(() => location.href);
  const focus = Number(new URLSearchParams(new URL(link).hash.slice(1)).get("focus") ?? 0);
  const states = await replay(link);
  const found = await shown(page);
  assert.deepEqual(found.numbers, states.map(({ len, sizeof, slots }) => ({ len, sizeof, slots })), `the numbers of ${link}`);
  const state = states[focus];
  for (const { slot, look, label } of found.cards) {
    // Beyond them are those of the array that a table is moving to.
    if (slot >= state.slots) break;
    const [wanted, key] = expected(state, slot);
    assert.equal(look, wanted, `slot ${slot} of ${link}`);
    // A long key is cut on the card.
    if (key && key.length < 20) assert.ok(label.includes(key), `slot ${slot}: ${label}, not ${key}; of ${link}`);
  }
  const slots = states.map((state) => state.slots).join(", ");
  return `compared with replay: tables of ${slots} slots, ${found.cards.length} cards`;
}

async function run(browser, url, seed) {
  const opened = await open(browser, url);
  const { page } = opened;
  const monkey = new Monkey(opened, seed);
  await page.context().addInitScript(watchTasks);
  await page.reload();
  await page.locator("#stage").waitFor();
  const start = Date.now();
  const long = [];
  let failure = null;
  try {
    while (!failure && Date.now() - start < DURATION) {
      await monkey.act();
      failure = await monkey.complaint();
      const tasks = await page.evaluate(() => window.longTasks?.splice(0) ?? []);
      const spare = availableParallelism() - loadavg()[0];
      for (const { duration } of tasks.filter(({ duration }) => duration > LONG_TASK)) {
        long.push({ duration, act: monkey.acts.at(-1), spare });
        if (spare > 0) failure ??= `a task of ${Math.round(duration)} ms with ${spare.toFixed(1)} processors idle`;
      }
    }
    const compared = failure ? "" : await compare(page);
    failure ??= await monkey.complaint();
    const worst = long.reduce((most, { duration }) => Math.max(most, duration), 0);
    console.log(
      `seed ${seed}: ${monkey.acts.length} acts in ${((Date.now() - start) / 60_000).toFixed(1)} minutes; ` +
        `${long.length} tasks over ${LONG_TASK} ms, the longest ${Math.round(worst)} ms (load ${loadavg()[0].toFixed(1)}); ${compared}`,
    );
    for (const { duration, act, spare } of long) console.log(`  ${Math.round(duration)} ms after: ${act} (idle ${spare.toFixed(1)})`);
  } catch (error) {
    failure = [error.message, ...opened.problems].join("\n");
  }
  if (failure) {
    console.log(`seed ${seed} FAILED after ${monkey.acts.length} acts:\n${failure}\nthe last acts:\n${monkey.acts.slice(-LAST).join("\n")}`);
    console.log(`at ${page.url().slice(0, 2_000)}`);
    await shot(page, `monkey ${seed}`).catch(() => {});
  }
  await opened.close();
  return !failure;
}

const server = await serve();
const browser = await launch();
let passed = true;
for (const seed of seeds.length ? seeds : [1, 2, 3]) passed = (await run(browser, server.url, seed)) && passed;
await browser.close();
await server.close();
process.exitCode = passed ? 0 : 1;
