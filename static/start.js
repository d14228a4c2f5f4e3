// Starts the page. Trunk writes the names of its two files into the document (Trunk.toml), so that nothing stands inline.
(window.dictoscope?.start ?? ((run) => run()))(async () => {
  const { module, wasm } = document.getElementById("files").dataset;
  const at = (name) => new URL(name, document.baseURI).href;
  const { default: init } = await import(at(module));
  await init({ module_or_path: at(wasm) });
});
