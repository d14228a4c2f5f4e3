// The notices of everything that is compiled into the page, as its licences ask for: every crate that Cargo builds for
// wasm32 but for those of tests, and Rust's standard library. Without a network: the texts are those in the crates.

import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../", import.meta.url));
const NOTICE = /^(licen[sc]e|copying|copyright|notice|unlicense)/i;

/** The crates of the page, by name. */
async function crates() {
  const args = ["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", "wasm32-unknown-unknown"];
  const { stdout } = await run("cargo", args, { cwd: root, maxBuffer: 1 << 28 });
  const { packages, resolve } = JSON.parse(stdout);
  const deps = new Map(resolve.nodes.map((node) => [node.id, node.deps]));
  const wanted = new Set();
  const ways = [resolve.root];
  while (ways.length) {
    for (const { pkg, dep_kinds } of deps.get(ways.pop())) {
      if (wanted.has(pkg) || dep_kinds.every(({ kind }) => kind === "dev")) continue;
      wanted.add(pkg);
      ways.push(pkg);
    }
  }
  const found = packages.filter(({ id }) => wanted.has(id));
  return found.sort((a, b) => (a.name + a.version < b.name + b.version ? -1 : 1));
}

/** The texts of the files that look like a licence in `dir`. */
async function texts(dir) {
  const names = (await readdir(dir, { withFileTypes: true })).filter((file) => file.isFile() && NOTICE.test(file.name));
  return Promise.all(names.map(({ name }) => readFile(join(dir, name), "utf8")));
}

/** The permission of MIT for a crate that names the licence and carries no text of it. */
async function mit(authors) {
  const text = await readFile(join(root, "LICENSE-MIT"), "utf8");
  return text.replace(/^Copyright .*$/m, `Copyright (c) ${authors.join(", ") || "its authors"}`);
}

/** All notices as one text. */
export async function licenses() {
  const numbers = new Map();
  const number = (text) => {
    const plain = text.replace(/\r\n?/g, "\n").trim();
    if (!numbers.has(plain)) numbers.set(plain, numbers.size + 1);
    return numbers.get(plain);
  };
  const lines = [];
  for (const { name, version, license, authors, repository, manifest_path: manifest } of await crates()) {
    let own = await texts(dirname(manifest));
    if (!own.length) {
      if (!/\bMIT\b/.test(license ?? "")) throw new Error(`${name} ${version} (${license}) carries no licence text, and this file knows none for it`);
      own = [await mit(authors)];
    }
    lines.push(`${name} ${version}: ${license ?? "see the text"}; texts ${own.map(number).join(", ")}${repository ? `; ${repository}` : ""}`);
  }
  const rust = (await run("rustc", ["--version"], { cwd: root })).stdout.trim().replace(/^rustc /, "");
  const own = await Promise.all(["LICENSE-MIT", "LICENSE-APACHE"].map((name) => readFile(join(root, name), "utf8")));
  const theirs = await mit(["The Rust Project Contributors"]);
  return `Dictoscope is licensed under MIT or Apache-2.0, as you like: texts ${own.map(number).join(", ")}.

Compiled into it are, each under the licence and with the notices named:

Rust's standard library ${rust}: MIT OR Apache-2.0; texts ${[theirs, own[1]].map(number).join(", ")}; https://github.com/rust-lang/rust
${lines.join("\n")}

${[...numbers].map(([text, nth]) => `${"=".repeat(80)}\nText ${nth}\n\n${text}\n`).join("\n")}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(await licenses());
