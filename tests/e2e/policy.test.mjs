// What a careful deployment asks for: a strict policy (the server of these tests sends it with every file), and the
// notices of what is compiled in.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { dist, pageTest, POLICY, setup } from "./harness.mjs";

setup();

test("the page carries the policy, and nothing of it stands inline", async () => {
  const html = await readFile(join(dist, "index.html"), "utf8");
  assert.ok(html.includes(`content="${POLICY}"`));
  assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:/i);
});

pageTest("every part of the page works under the policy", async ({ page }) => {
  await page.evaluate(() => {
    window.refused = [];
    addEventListener("securitypolicyviolation", (event) => window.refused.push(`${event.effectiveDirective} ${event.sample}`));
  });
  for (const table of ["cpython-3.13", "swiss", "incremental"]) {
    await page.selectOption("#table", table);
    await page.waitForTimeout(300);
  }
  await page.selectOption("#scenario", "experiment");
  await page.waitForFunction(() => document.getElementById("place")?.innerText.includes(" of 200,000 "));
  for (const tab of await page.locator(".chart, .tabs button").all()) await tab.click({ timeout: 1_000 }).catch(() => {});
  for (const list of await page.locator(".left select").all()) {
    const values = await list.evaluate((list) => Array.from(list.options, (option) => option.value));
    for (const value of values) await list.selectOption(value, { timeout: 1_000 }).catch(() => {});
  }
  await page.click("#play");
  await page.waitForTimeout(500);
  await page.click("#view-lab");
  await page.waitForFunction(() => /^tick 0 of [\d,]+$/.test(document.getElementById("lab-place")?.innerText), null, { timeout: 90_000 });
  assert.ok((await page.evaluate(() => document.querySelector(".key i[style]").style.background)) !== "", "styles reach their elements");
  assert.deepEqual(await page.evaluate(() => window.refused), []);
});

pageTest("About leads to the notices of all that is compiled in", async ({ page, server }) => {
  const href = await page.locator(".about a", { hasText: "Licences" }).getAttribute("href");
  const notices = await (await fetch(new URL(href, server.url))).text();
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const args = ["tree", "--locked", "--offline", "--target", "wasm32-unknown-unknown", "--edges", "no-dev", "--prefix", "none", "--format", "{p}"];
  const tree = execFileSync("cargo", args, { cwd: root, encoding: "utf8" });
  const crates = new Set(Array.from(tree.matchAll(/^(\S+) v(\S+)/gm), ([, name, version]) => `${name} ${version}`));
  crates.delete(Array.from(crates)[0]);
  assert.ok(crates.size > 50);
  for (const crate of crates) assert.ok(notices.includes(`\n${crate}: `), `${crate} is compiled in and not named`);
  assert.match(notices, /Rust's standard library 1\./);
  const numbers = Array.from(notices.matchAll(/texts ([\d, ]+)/g), ([, list]) => list.split(", ")).flat();
  for (const number of new Set(numbers.filter(Boolean))) assert.ok(notices.includes(`\nText ${number.trim()}\n`), number);
  assert.match(notices, /Permission is hereby granted, free of charge/);
});
