// Scripts run in real Python, in the worker that the page uses, here under Node.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { gunzipSync } from "node:zlib";
import { launch, open, serve } from "./harness.mjs";

const root = new URL("../../", import.meta.url);
const scripts = new URL("python/tests/scripts/", root);

/** The files of the Python package, by name. */
async function packageSources() {
  const names = (await readdir(new URL("python/dictoscope/", root))).filter((name) => name.endsWith(".py"));
  const read = (name) => readFile(new URL(`python/dictoscope/${name}`, root), "utf8");
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(name)])));
}

async function loaded() {
  const worker = new Worker(new URL("worker-in-node.mjs", import.meta.url));
  const sources = await packageSources();
  const heard = [];
  let wake = () => {};
  worker.on("message", (message) => {
    heard.push(message);
    wake();
  });
  worker.on("error", (error) => {
    heard.push({ type: "failed", message: String(error) });
    wake();
  });
  const until = async (...types) => {
    for (;;) {
      const found = heard.find((one) => types.includes(one.type));
      if (found) return found;
      await new Promise((resolve) => (wake = resolve));
    }
  };
  worker.postMessage({ type: "load", pyodide: new URL("node_modules/pyodide/", root).href, sources });
  const ready = await until("ready", "failed");
  if (ready.type === "failed") {
    await worker.terminate();
    assert.fail(ready.message);
  }
  return {
    worker,
    version: ready.version,
    heard,
    until,
    async run(source, options = {}) {
      heard.length = 0;
      worker.postMessage({ type: "run", source, ...options });
      const done = await until("done", "failed");
      const text = (error) => heard.filter((one) => one.type === "print" && one.error === error).map((one) => one.text).join("");
      const packed = Buffer.concat(heard.filter((one) => one.type === "trace").map((one) => Buffer.from(one.bytes)));
      const trace = packed.length ? gunzipSync(packed).toString().trimEnd().split("\n").map((line) => JSON.parse(line)) : [];
      return { ...done, out: text(false), errors: text(true), trace };
    },
  };
}

test("scripts run in Python, are recorded, and are stopped", { timeout: 240_000 }, async (t) => {
  const python = await loaded();
  assert.match(python.version, /^3\.14\./);
  try {
    await t.test("each prints the sizes of the release that is asked for", async () => {
      const expected = JSON.parse(await readFile(new URL("expected.json", scripts), "utf8"));
      for (const [version, release] of [["3.9", [3, 9, 18]], ["3.13", [3, 13, 0]], ["3.15", [3, 15, 2]]]) {
        for (const [name, by] of Object.entries(expected)) {
          // Messages are those of the interpreter that runs it, so what ends in one is left out.
          if (!by[version] || by[version].error) continue;
          const told = await python.run(await readFile(new URL(name, scripts), "utf8"), { name, release });
          assert.equal(told.errors, "", name);
          assert.deepEqual(told.out.trimEnd().split("\n"), by[version].out, `${name} of ${version}`);
          assert.deepEqual([told.code, told.trace.at(-1)], [0, ["stop", "end"]]);
        }
      }
    });

    await t.test("the question's script: every operation, with its line", async () => {
      const source = await readFile(new URL("02-uuids.py", scripts), "utf8");
      const told = await python.run(source, { release: [3, 13, 0] });
      assert.equal(told.out, "full 100000 5242960\nempty 0 5242960\ncopied 64\n");
      const count = (name, line) => told.trace.filter((one) => one[0] === name && one[2] === line).length;
      assert.deepEqual([count("set", 9), count("del", 16), count("become", 25)], [100_000, 100_000, 1]);
      assert.equal(told.trace[0].bits, 32);
    });

    await t.test("hashes are those of a 64-bit build, or left to who replays", async () => {
      const told = await python.run("class A:\n  def __hash__(self): return 2**62 + 5\nd = {A(): 1, 'a': 2, object(): 3}\n");
      const keys = told.trace.filter((one) => one[0] === "k").map((one) => one[2]);
      assert.equal(BigInt(keys[0]), 2n ** 62n);
      assert.equal(keys[1], null, JSON.stringify(told.trace));
      assert.ok(keys[2] > 2 ** 40, "an address that is made up");
    });

    await t.test("what goes wrong is said, with what ran until then", async () => {
      const failed = await python.run("d = {'a': 1}\nd['b'] = 2\nprint('so far')\nd['x']\nd['never'] = 1\n");
      assert.deepEqual([failed.code, failed.out], [1, "so far\n"]);
      assert.match(failed.errors, /line 4.*KeyError: 'x'/s);
      assert.doesNotMatch(failed.errors, /package/);
      assert.equal(failed.trace.filter((one) => one[0] === "set").length, 1);
      const wrong = await python.run("d = {\n");
      assert.equal(wrong.code, 2);
      assert.match(wrong.message, /^line 1: /);
      assert.match((await python.run("import socket")).errors, /socket: a script in this page has no network/);
      assert.match((await python.run("open('data.csv')")).errors, /has no files, so 'data\.csv'/);
      assert.match((await python.run("input()")).errors, /no more answers/);
      assert.equal((await python.run("print(input('n? '))", { answers: ["5"] })).out, "n? 5\n5\n");
      const long = await python.run("d = {}\nfor n in range(10**9): d[n % 7] = n", { operations: 1000 });
      assert.equal(long.code, 3);
      assert.match(long.errors, /stopped after 1000/);
      const loud = await python.run("for n in range(200000): print('0123456789')");
      assert.ok(loud.out.length < 1_200_000 && loud.out.endsWith("(more was printed than is shown)\n"));
    });

    await t.test("one that never ends is ended with its worker, and its trace is there", async () => {
      python.heard.length = 0;
      python.worker.postMessage({ type: "run", source: await readFile(new URL("13-endless.py", scripts), "utf8"), operations: null });
      await python.until("trace", "done");
      while (python.heard.filter((one) => one.type === "trace").length < 4) await new Promise((resolve) => setTimeout(resolve, 20));
      await python.worker.terminate();
      const packed = Buffer.concat(python.heard.filter((one) => one.type === "trace").map((one) => Buffer.from(one.bytes)));
      const lines = gunzipSync(packed).toString().trimEnd().split("\n");
      assert.ok(lines.length > 10_000, `${lines.length} lines`);
      lines.forEach((line) => JSON.parse(line));
    });
  } finally {
    await python.worker.terminate();
  }
});

test("the same worker in a browser, under the policy of a careful server", { timeout: 240_000 }, async () => {
  // The project's folder is served, with an empty page.
  const server = await serve(fileURLToPath(root));
  server.edit = (name, body) => (name === "index.html" ? '<!doctype html><title>t</title><link rel="icon" href="data:,"><main id="stage">.</main>' : body);
  const browser = await launch();
  try {
    const sources = await packageSources();
    const { page, problems } = await open(browser, server.url);
    const told = await page.evaluate(async (sources) => {
      const worker = new Worker("static/python-worker.js", { type: "module" });
      const heard = [];
      const until = (type) =>
        new Promise((resolve, reject) => {
          worker.onerror = (event) => reject(new Error(event.message));
          worker.onmessage = ({ data }) => {
            heard.push(data);
            if (data.type === type || data.type === "failed") resolve(data);
          };
        });
      const pyodide = new URL("node_modules/pyodide/", document.baseURI).href;
      worker.postMessage({ type: "load", pyodide, sources });
      const ready = await until("ready");
      const source = "import sys\nd = {}\nfor n in range(2000): d[n] = n\nprint(len(d), sys.getsizeof(d))\n";
      worker.postMessage({ type: "run", source, release: [3, 13, 0] });
      const done = await until("done");
      worker.postMessage({ type: "run", source: "while True: pass" });
      const start = performance.now();
      worker.terminate();
      const print = heard.filter((one) => one.type === "print").map((one) => one.text).join("");
      const loaded = Math.max(...heard.filter((one) => one.type === "progress").map((one) => one.loaded));
      return { ready, done, print, loaded, ended: performance.now() - start };
    }, sources);
    assert.equal(told.ready.type, "ready", told.ready.message);
    assert.deepEqual([told.done.code, told.print], [0, "2000 73808\n"]);
    assert.ok(told.loaded > 5_000_000, `${told.loaded} bytes were told of`);
    assert.ok(told.ended < 1000, `${told.ended} ms to end`);
    assert.deepEqual(problems, []);
  } finally {
    await browser.close();
    await server.close();
  }
});
