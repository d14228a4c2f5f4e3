// Opens the built page in Chromium, from a file server under a sub-path, and reports everything that goes wrong on it.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { mkdir, readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../../", import.meta.url));
export const dist = join(root, "dist");
export const shots = join(root, "tests/e2e/shots");

const BASE = "/sub/path/";
/** What a careful server sends: the page must work under it. */
export const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'";
const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
};

/**
 * Serves the files of `dir`: `url` is the page's address. While `unplugged` is true no request gets an answer; `edit`
 * may change a file that is served, give `null` for one that is not there, or `{ body, headers }` or `{ status, headers }`.
 * `names` says under which name a file lies that is asked for. `headers` are sent with every file.
 */
export async function serve(dir = dist, headers = {}) {
  const server = createServer(async (request, response) => {
    if (handle.unplugged) return request.socket.destroy();
    const { pathname } = new URL(request.url, "http://localhost");
    const name = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    try {
      if (!name.startsWith(BASE)) throw new Error("outside of the page's path");
      const file = normalize(decodeURIComponent(name.slice(BASE.length - 1))).slice(1);
      const edited = handle.edit(file, await readFile(join(dir, handle.names(file))));
      const { status = 200, body, headers: others } = typeof edited === "string" || Buffer.isBuffer(edited) ? { body: edited } : edited;
      const type = TYPES[extname(name)] ?? "application/octet-stream";
      response.writeHead(status, { "content-type": type, "content-security-policy": POLICY, ...headers, ...others }).end(body);
    } catch {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found");
    }
  });
  const handle = {
    unplugged: false,
    edit: (_name, body) => body,
    names: (name) => name,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  handle.url = `http://127.0.0.1:${server.address().port}${BASE}`;
  return handle;
}

/** The browser, with the same switches as the tests that wasm-pack runs. */
export async function launch() {
  const switches = JSON.parse(await readFile(join(root, "webdriver.json"), "utf8"))["goog:chromeOptions"].args;
  return chromium.launch({
    executablePath: process.env.CHROME ?? "/usr/bin/chromium",
    args: switches.filter((arg) => !arg.startsWith("--headless")),
  });
}

/**
 * Opens the page in a context of its own (nothing stored, no cache).
 *
 * `problems` collects what may not happen: console errors and warnings, uncaught exceptions, failed requests and
 * requests to any other machine. `path` is added to the address (`#…`, `?…`), `init` runs in the page before its own
 * scripts, and `ready` is what must be there.
 */
export async function open(browser, url, options = {}) {
  const { viewport = { width: 1280, height: 800 }, dark = false, reducedMotion = false, path = "", ready = "#stage", init } = options;
  const context = await browser.newContext({
    viewport,
    colorScheme: dark ? "dark" : "light",
    reducedMotion: reducedMotion ? "reduce" : "no-preference",
  });
  const page = await context.newPage();
  if (init) await page.addInitScript(init);
  const problems = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.stack ?? error}`));
  page.on("requestfailed", (request) => {
    // A test that follows a link leaves the page, and the browser drops what it was still fetching for it (the icon, which
    // it asks for last). That is no failure of the page's; whatever the page needs and lacks shows in the other checks.
    const why = request.failure()?.errorText;
    if (why !== "net::ERR_ABORTED") problems.push(`failed: ${request.url()} ${why}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) problems.push(`status ${response.status()}: ${response.url()}`);
  });
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && origin !== new URL(url).origin) problems.push(`foreign: ${request.url()}`);
  });
  await page.goto(url + path);
  await page.locator(ready).waitFor();
  return { page, context, problems, close: () => context.close() };
}

/** Saves a picture of what the window shows as `<name>.png`. */
export async function shot(page, name, dir = shots) {
  await mkdir(dir, { recursive: true });
  await page.screenshot({ path: join(dir, `${name}.png`) });
}

let server;
let browser;

/** Call once in a test file: a server and a browser for all its tests. */
export function setup() {
  before(async () => {
    server = await serve();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
}

/**
 * A test on a page of its own. `body` gets `{ page, context, problems, server, shot }`; the test fails if `problems` is
 * not empty at its end, so a body that provokes a problem checks it and takes it out. `edit` is the server's while the
 * test runs. A failure leaves a picture.
 */
export function pageTest(name, body, options = {}) {
  test(name, { timeout: 120_000 }, async () => {
    if (options.edit) server.edit = options.edit;
    const opened = await open(browser, server.url, options);
    const { page, problems } = opened;
    try {
      await body({ ...opened, server, shot: (as) => shot(page, as) });
      assert.deepEqual(problems, [], "the page had problems");
    } catch (error) {
      await shot(page, `failed ${name.replaceAll(/[^a-z0-9]+/gi, " ")}`).catch(() => {});
      if (problems.length) error.message += `\nproblems on the page:\n${problems.join("\n")}`;
      throw error;
    } finally {
      server.edit = (_name, body) => body;
      server.names = (name) => name;
      server.unplugged = false;
      await opened.close();
    }
  });
}
