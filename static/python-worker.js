// Runs a script in real Python: a module worker with Pyodide and the recorder of python/dictoscope.
//
//   to it     { type: "load", pyodide, sources }      where pyodide.mjs and the files beside it are; the package's files,
//                                                     { "recorder.py": text, … }
//             { type: "run", source, name, release, answers, operations }
//   from it   { type: "progress", loaded }            bytes of Pyodide so far
//             { type: "ready", version }              or { type: "failed", message }
//             { type: "print", text, error }          what the script prints
//             { type: "trace", bytes }                the next piece of the trace (docs/trace.md)
//             { type: "done", code, message }         its exit code; 2 with a message if it is no Python
//
// To stop a script, whatever it does, end the worker: what it sent until then is whole gzip members.

// What is printed goes in pieces, and not without end.
const PIECE = 1 << 15;
const MOST_PRINTED = 1 << 20;

let python;

/** Tells how much of what is fetched has come. */
function watched(fetching) {
  let loaded = 0;
  return async (...asked) => {
    const answer = await fetching(...asked);
    if (!answer.body) return answer;
    const counting = new TransformStream({
      transform(piece, out) {
        loaded += piece.byteLength;
        postMessage({ type: "progress", loaded });
        out.enqueue(piece);
      },
    });
    return new Response(answer.body.pipeThrough(counting), { status: answer.status, headers: answer.headers });
  };
}

async function load({ pyodide, sources }) {
  if (globalThis.fetch) globalThis.fetch = watched(globalThis.fetch);
  const { loadPyodide } = await import(new URL("pyodide.mjs", pyodide).href);
  python = await loadPyodide();
  python.FS.mkdirTree("/package/dictoscope");
  for (const [name, text] of Object.entries(sources)) python.FS.writeFile(`/package/dictoscope/${name}`, text);
  python.runPython("import sys; sys.path.append('/package'); import dictoscope.inpage");
  postMessage({ type: "ready", version: python.runPython("'%d.%d.%d' % sys.version_info[:3]") });
}

/** Takes what is printed, byte by byte as it may come, and posts it in pieces. */
function printer(error) {
  const decoder = new TextDecoder();
  let waiting = "";
  let printed = 0;
  const flush = () => {
    if (waiting) postMessage({ type: "print", text: waiting, error });
    waiting = "";
  };
  return {
    flush,
    write(bytes) {
      const text = decoder.decode(bytes, { stream: true });
      if (printed < MOST_PRINTED) {
        waiting += text;
        printed += text.length;
        if (printed >= MOST_PRINTED) waiting += "\n(more was printed than is shown)\n";
        if (waiting.length >= PIECE || printed >= MOST_PRINTED) flush();
      }
      return bytes.length;
    },
  };
}

function run({ source, name = "script.py", release = null, answers = [], operations = 5_000_000 }) {
  const printers = [printer(false), printer(true)];
  python.setStdout(printers[0]);
  python.setStderr(printers[1]);
  const post = (piece) => {
    const bytes = piece.toJs();
    piece.destroy();
    printers.forEach((one) => one.flush());
    postMessage({ type: "trace", bytes }, [bytes.buffer]);
  };
  const inpage = python.pyimport("dictoscope.inpage");
  // Python's None is undefined here; null is something else.
  const told = inpage.run(source, name, post, python.toPy(release ?? undefined), python.toPy(answers), operations ?? undefined);
  const [code, message] = told.toJs();
  told.destroy();
  inpage.destroy();
  printers.forEach((one) => one.flush());
  postMessage({ type: "done", code, message });
}

addEventListener("message", async ({ data }) => {
  try {
    if (data.type === "load") await load(data);
    else if (data.type === "run") run(data);
  } catch (error) {
    postMessage({ type: "failed", message: String(error?.message ?? error) });
  }
});
