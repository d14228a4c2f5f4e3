// What a browser's module worker has and Node's lacks, and then the page's worker.
import { parentPort } from "node:worker_threads";

globalThis.postMessage = (message, transfer) => parentPort.postMessage(message, transfer);
globalThis.addEventListener = (_, listener) => parentPort.on("message", (data) => listener({ data }));
await import("../../static/python-worker.js");
