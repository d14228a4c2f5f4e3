// What Trunk runs when all files of a build are there and not yet published (a hook in Trunk.toml): the licences of what
// is compiled in, and files of their own for scripts that Trunk writes inline, which the page's policy refuses. That is
// the one of `trunk serve` which reloads the page.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { licenses } from "./licenses.mjs";

const dir = process.env.TRUNK_STAGING_DIR;
if (!dir) throw new Error("Trunk runs this; it sets TRUNK_STAGING_DIR");

await writeFile(join(dir, "licenses.txt"), await licenses());

const page = join(dir, "index.html");
let html = await readFile(page, "utf8");
for (const [tag, script] of html.matchAll(/<script>(.*?)<\/script>/gs)) {
  // `trunk serve` puts the address into the document only.
  const external = script
    .replace("'{{__TRUNK_ADDRESS__}}'", "location.host")
    .replace("'{{__TRUNK_WS_BASE__}}'", "new URL('./', location).pathname");
  await writeFile(join(dir, "reload.js"), external);
  html = html.replace(tag, () => '<script src="./reload.js" defer></script>');
}
if (/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/i.test(html)) throw new Error("index.html has something inline, which its policy refuses");
await writeFile(page, html);
