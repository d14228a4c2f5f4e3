"""The whole page as one HTML file that fetches nothing: `python3 python/one_page.py [DIST [FILE]]`, after `./dev build`.

Style sheet, script and WebAssembly (base64) stand in the file, which opens from a disk, in a mail, or in an iframe's `srcdoc`.
Its own policy (`Content-Security-Policy`) forbids every request.
"""
import base64
import glob
import gzip
import os
import re
import sys

# What is there must be allowed inline; `connect-src data:` and the like are not needed, since nothing is fetched.
POLICY = "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:"

# The glue expects its module by address and is given the bytes; unpacking takes what every browser that runs it has.
START = """
(window.dictoscope?.start ?? ((run) => run()))(async () => {
  const packed = Uint8Array.from(atob(document.getElementById('module').textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  await __wbg_init({ module_or_path: await new Response(stream).arrayBuffer() });
});
"""


def one(dist, pattern):
    found = glob.glob(os.path.join(dist, pattern))
    if len(found) != 1:
        sys.exit("one_page: %s has %d files %s: run ./dev build first" % (dist, len(found), pattern))
    with open(found[0], "rb") as file:
        return file.read()


def script(dist, name):
    """A script of the page, inline; but for those that fetch its files, and keep them for visits without a network."""
    if name.startswith(("offline-", "start-")):
        return ""
    return "<script>%s</script>" % one(dist, name).decode().replace("</script", "<\\/script")


def made(dist):
    """The text of the file."""
    page = one(dist, "index.html").decode()
    style = one(dist, "style-*.css").decode()
    glue = one(dist, "dictoscope-*.js").decode()
    icon = base64.b64encode(one(dist, "icon-*.svg")).decode()
    module = base64.b64encode(gzip.compress(one(dist, "dictoscope-*_bg.wasm"), 9, mtime=0)).decode()
    glue, exports = re.subn(r"^export \{[^}]*\};?\s*$", "", glue, flags=re.M)
    if exports != 1 or re.search(r"^import\b", glue, re.M):
        sys.exit("one_page: the script is not of the form that is known: one export, no import")
    glue = glue.replace("import.meta.url", "document.baseURI").replace("</script", "<\\/script")
    page = re.sub(r"<link rel=\"icon\"[^>]*>", lambda _: '<link rel="icon" href="data:image/svg+xml;base64,%s">' % icon, page)
    page = re.sub(r"<link rel=\"stylesheet\"[^>]*>", lambda _: "<style>%s</style>" % style, page)
    page = re.sub(r"<link rel=\"(?:modulepreload|preload)\"[^>]*>", "", page)
    page = re.sub(r"<template id=\"files\".*?</template>", "", page)
    page = re.sub(r"<script src=\"(?:\./)?([^\"]*)\"[^>]*></script>", lambda found: script(dist, found.group(1)), page)
    page, policies = re.subn(r"(http-equiv=\"content-security-policy\" content=)\"[^\"]*\"", r'\1"%s"' % POLICY, page)
    if policies != 1:
        sys.exit("one_page: index.html has %d policies where one was expected" % policies)
    tail = '<script type="application/octet-stream" id="module">%s</script>\n<script type="module">%s%s</script>\n</body>' % (module, glue, START)
    before, body, after = page.rpartition("</body>")
    left = re.findall(r"(?:src|href)=\"(?!data:|\?|\./\")[^\"]*\"", before)
    if not body or left:
        sys.exit("one_page: index.html still refers to %s" % left)
    return before + tail + after


def main(dist="dist", path=None):
    path = path or os.path.join(dist, "dictoscope.html")
    with open(path, "w", encoding="utf-8") as file:
        file.write(made(dist))
    print("%s: %d kB, nothing is fetched" % (path, os.path.getsize(path) // 1024))


if __name__ == "__main__":
    main(*sys.argv[1:])
