// The page that cannot go on, or not even begin: each way is made to happen, and the panel says what a person can do.

import assert from "node:assert/strict";
import { pageTest, setup } from "./harness.mjs";

setup();

const panel = "#crash:not([hidden])";
const part = (page, name) => page.locator(`#crash [data-crash=${name}]`);
const isShown = (page) => page.locator(panel).isVisible();

/** What was provoked is taken out of the problems; some of it must be there. */
function provoked(problems, pattern) {
  const rest = problems.filter((problem) => !pattern.test(problem));
  assert.ok(rest.length < problems.length, `nothing like ${pattern} in:\n${problems.join("\n")}`);
  problems.splice(0, Infinity, ...rest);
}

async function run(page, line) {
  // In a narrow window the program is under one of the tabs.
  if (!(await page.locator("#line").isVisible())) await page.getByRole("button", { name: "Program", exact: true }).click();
  await page.fill("#line", line);
  await page.click("#run-line");
}

/** Runs a line and waits until it is on the page and in the address. */
async function keep(page, line, key) {
  await run(page, line);
  await page.locator("#to-end").click({ timeout: 1_000 }).catch(() => {});
  await page.locator(".card.live", { hasText: key }).first().waitFor();
  // The address follows the place a moment later.
  await page.waitForFunction((word) => {
    const done = document.getElementById("place").innerText.match(/^(\d+) of \1 /)?.[1];
    return done && location.hash.includes(word) && new URLSearchParams(location.hash.slice(1)).get("at") === done;
  }, line.split("'")[1]);
}

/** The panel tells of a bug, and its link leads back to the line that was run. */
async function leadsBack(page, key, shot) {
  await page.locator(panel).waitFor();
  assert.match(await part(page, "title").innerText(), /bug in Dictoscope/);
  assert.match(await part(page, "program").innerText(), new RegExp(`d\\['${key}'\\]`));
  await shot?.();
  await part(page, "again").click();
  await page.locator(".card.live", { hasText: `'${key}'` }).first().waitFor();
  assert.equal(await isShown(page), false);
}

pageTest("a panic of Rust's shows the panel, and the link leads back", async ({ page, problems, shot }) => {
  await keep(page, "d['kept'] = 1", "'kept'");
  // Yew panics where the browser refuses an attribute.
  await page.evaluate(() => {
    const { setAttribute } = Element.prototype;
    Element.prototype.setAttribute = function (...how) {
      Element.prototype.setAttribute = setAttribute;
      throw new DOMException("refused by the test", "InvalidCharacterError");
    };
  });
  await page.click("#keys");
  await page.locator(panel).waitFor();
  assert.match(await part(page, "message").textContent(), /panicked at/);
  await leadsBack(page, "kept", () => shot("stopped, wide"));
  provoked(problems, /panicked|unreachable|refused by the test/);
});

pageTest("an exception of the browser's within Rust shows the panel, on a phone in the dark too", async ({ page, problems, shot }) => {
  await keep(page, "d['kept'] = 1", "'kept'");
  await page.fill("#line", "d['typed'] = 2");
  await page.evaluate(() => {
    Performance.prototype.now = () => { throw new Error("refused by the test"); };
  });
  await page.click("#run-line");
  await page.locator(panel).waitFor();
  assert.match(await part(page, "program").innerText(), /d\['typed'\] = 2/, "what was typed is there");
  await leadsBack(page, "kept", () => shot("stopped, narrow, dark"));
  provoked(problems, /refused by the test/);
}, { viewport: { width: 390, height: 844 }, dark: true });

pageTest("something thrown that is no error shows the panel when it broke something off", async ({ page, problems }) => {
  await keep(page, "d['kept'] = 1", "'kept'");
  await page.evaluate(() => {
    CanvasRenderingContext2D.prototype.clearRect = () => { throw "refused by the test"; };
    CanvasRenderingContext2D.prototype.fillRect = CanvasRenderingContext2D.prototype.clearRect;
    CanvasRenderingContext2D.prototype.setTransform = CanvasRenderingContext2D.prototype.clearRect;
  });
  await page.keyboard.press("Escape");
  await page.locator("#op-back").click();
  await leadsBack(page, "kept");
  // A thrown string has neither message nor stack.
  provoked(problems, /^uncaught: /);
});

/** The module with its memory limited to so many pages of 64 KiB. */
function limited(wasm, most) {
  const number = (n) => {
    const bytes = [];
    do bytes.push((n & 127) | (n > 127 ? 128 : 0));
    while ((n >>>= 7));
    return bytes;
  };
  let at = 8;
  const read = () => {
    let n = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++];
      n |= (byte & 127) << shift;
      if (byte < 128) return n;
    }
  };
  while (at < wasm.length) {
    const [start, id] = [at, wasm[at++]];
    const size = read();
    if (id === 5) {
      const end = at + size;
      read();
      read();
      const section = [...number(1), 1, ...number(read()), ...number(most)];
      return Buffer.concat([wasm.subarray(0, start), Buffer.from([5, ...number(section.length), ...section]), wasm.subarray(end)]);
    }
    at += size;
  }
  throw new Error("the module has no memory");
}

pageTest("out of memory says so, and the link leads back", async ({ page, problems, server, shot }) => {
  await keep(page, "d['kept'] = 1", "'kept'");
  await run(page, "for i in range(20000000): d[i] = i");
  await page.locator(panel).waitFor({ timeout: 60_000 });
  assert.match(await part(page, "title").innerText(), /out of memory/);
  assert.match(await part(page, "program").innerText(), /d\['kept'\]/);
  await shot("out of memory");
  server.edit = (_name, body) => body;
  await part(page, "again").click();
  await page.locator(".card.live", { hasText: "'kept'" }).first().waitFor();
  provoked(problems, /unreachable/);
}, { edit: (name, body) => (name.endsWith(".wasm") ? limited(body, 640) : body) });

const html = (body) => ({ body, headers: { "content-type": "text/html; charset=utf-8" } });
const isModule = (name) => /^dictoscope-\w+\.js$/.test(name);
const half = (body) => body.subarray(0, body.length / 2);

for (const [what, edit] of [
  ["its WebAssembly is not there", (name, body) => (name.endsWith(".wasm") ? null : body)],
  ["its WebAssembly is cut short", (name, body) => (name.endsWith(".wasm") ? half(body) : body)],
  ["HTML comes for its WebAssembly", (name, body) => (name.endsWith(".wasm") ? html("<p>not found</p>") : body)],
  ["its module is not there", (name, body) => (isModule(name) ? null : body)],
  ["its module is cut short", (name, body) => (isModule(name) ? half(body) : body)],
  ["its module is cut between two statements", (name, body) => (isModule(name) ? body.subarray(0, body.indexOf("export")) : body)],
  ["HTML comes for its module", (name, body) => (isModule(name) ? html("<p>not found</p>") : body)],
  ["the script that starts it is not there", (name, body) => (name.startsWith("start-") ? null : body)],
  ["the script that starts it is cut short", (name, body) => (name.startsWith("start-") ? half(body) : body)],
  ["HTML comes for the script that starts it", (name, body) => (name.startsWith("start-") ? html("<p>not found</p>") : body)],
  ["its style sheet is not there", (name, body) => (name.startsWith("style-") ? null : body)],
]) {
  pageTest(`the page says that it could not start: ${what}`, async ({ page, problems, server }) => {
    assert.match(await part(page, "title").innerText(), /could not start/);
    assert.match(await part(page, "program").innerText(), /d\['linked'\] = 1/, "the link's program is not lost");
    server.edit = (_name, body) => body;
    await part(page, "again").click();
    await page.locator(".card.live", { hasText: "'linked'" }).first().waitFor();
    problems.length = 0;
  }, { edit, ready: panel, path: "#v=1&table=cpython-2.7&program=d['linked'] = 1&at=1" });
}

pageTest("a browser without WebAssembly is told so", async ({ page, problems, shot }) => {
  assert.match(await part(page, "title").innerText(), /cannot run the page/);
  assert.match(await part(page, "text").innerText(), /WebAssembly/);
  await shot("no WebAssembly");
  assert.deepEqual(problems.splice(0).filter((problem) => !/preload/.test(problem)), []);
}, { ready: panel, init: () => delete globalThis.WebAssembly });

pageTest("what others do wrong is not the end of the page", async ({ page, problems }) => {
  await page.evaluate(() => {
    setTimeout(() => { throw new Error("an extension's"); });
    setTimeout(() => { throw "a string"; });
    setTimeout(() => { throw null; });
    Promise.reject(new TypeError("an extension's promise"));
    Promise.reject();
    dispatchEvent(new ErrorEvent("error", { message: "ResizeObserver loop completed with undelivered notifications." }));
    for (const [tag, attribute] of [["script", "src"], ["img", "src"], ["link", "href"]]) {
      const element = document.createElement(tag);
      if (tag === "link") element.rel = "stylesheet";
      element[attribute] = "./not-there.js";
      document.body.append(element);
    }
    // Somebody else's listener, called while Rust is at work.
    addEventListener("hashchange", () => { throw new Error("another listener's"); }, true);
    const { focus } = HTMLElement.prototype;
    addEventListener("focusin", () => { throw new Error("a listener within"); }, true);
    HTMLElement.prototype.focus = function (...how) { return focus.apply(this, how); };
  });
  await page.keyboard.press("/");
  await page.keyboard.type("d['alive'] = 1\n");
  await page.locator("#to-end").click({ timeout: 1_000 }).catch(() => {});
  await page.locator(".card.live", { hasText: "'alive'" }).first().waitFor();
  await page.waitForTimeout(500);
  assert.equal(await isShown(page), false);
  provoked(problems, /extension's|a string|null|undefined|not-there|a listener within|uncaught|ResizeObserver|404/);
});

for (const [what, init] of [
  ["refuses", () => { navigator.clipboard.writeText = () => Promise.reject(new DOMException("no", "NotAllowedError")); }],
  ["throws", () => { navigator.clipboard.writeText = () => { throw new TypeError("no"); }; }],
  ["is not there", () => Object.defineProperty(Navigator.prototype, "clipboard", { value: undefined })],
]) {
  pageTest(`a clipboard that ${what} is told of, with the link to copy by hand`, async ({ page, shot }) => {
    await page.click("#share");
    await page.getByRole("alert").filter({ hasText: "did not let" }).waitFor();
    assert.equal(await page.locator("#share").innerText(), "Copy link");
    const link = await page.inputValue("#shared");
    assert.match(link, /#v=\d&/);
    assert.equal(await page.evaluate(() => getSelection().toString() || document.activeElement.value), link);
    if (what === "refuses") await shot("link by hand");
    await page.getByRole("button", { name: "Close" }).click();
    await run(page, "d['alive'] = 1");
    await page.locator("#to-end").click({ timeout: 1_000 }).catch(() => {});
    await page.locator(".card.live", { hasText: "'alive'" }).first().waitFor();
  }, { init });
}
