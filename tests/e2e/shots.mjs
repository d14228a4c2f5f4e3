// Screenshots of the built page: `./dev shots [dir]`.

import { launch, open, serve, shot, shots } from "./harness.mjs";

/** name, how the page is opened, what is done before the picture is taken. */
const PICTURES = [
  ["wide", { viewport: { width: 1440, height: 900 } }, async () => {}],
  ["narrow", { viewport: { width: 390, height: 844 } }, async () => {}],
  ["dark", { viewport: { width: 1440, height: 900 }, dark: true }, async () => {}],
];

const dir = process.argv[2] ?? shots;
const server = await serve();
const browser = await launch();
try {
  for (const [name, options, prepare] of PICTURES) {
    const { page, problems, close } = await open(browser, server.url, options);
    await prepare(page);
    await shot(page, name, dir);
    for (const problem of problems) console.error(`${name}: ${problem}`);
    await close();
    console.log(`${dir}/${name}.png`);
  }
} finally {
  await browser.close();
  await server.close();
}
