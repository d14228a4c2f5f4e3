// The page as one file: it opens from a disk and in a notebook's frame, and asks for nothing.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { dist, launch } from "./harness.mjs";

let folder;
let browser;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "dictoscope-"));
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

async function opened(name) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const problems = [];
  page.on("console", (message) => problems.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => problems.push(`uncaught: ${error}`));
  page.on("request", (request) => problems.push(`request: ${request.url().slice(0, 100)}`));
  const url = pathToFileURL(join(folder, name)).href;
  await page.goto(url);
  return { page, problems, url };
}

test("one file, from a disk and in frames with and without an origin", { timeout: 120_000 }, async () => {
  const file = join(folder, "dictoscope.html");
  execFileSync("python3", [fileURLToPath(new URL("../../python/one_page.py", import.meta.url)), dist, file]);
  const text = await readFile(file, "utf8");
  const inAttribute = text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  const frame = (more) => `<iframe ${more} srcdoc="${inAttribute}" style="width:1200px;height:700px"></iframe>`;
  await writeFile(join(folder, "host.html"), `<!doctype html><meta charset="utf-8">${frame('sandbox="allow-scripts"')}${frame("")}`);

  const alone = await opened("dictoscope.html");
  await alone.page.locator("#stage").waitFor();
  assert.deepEqual(alone.problems, [`request: ${alone.url.slice(0, 100)}`], "only the file itself");

  const host = await opened("host.html");
  const frames = host.page.frames().slice(1);
  assert.equal(frames.length, 2);
  for (const one of frames) await one.locator("#stage").waitFor();
  assert.deepEqual(host.problems, [`request: ${host.url.slice(0, 100)}`]);
});
