"""Runs the package's tests under every Python that is here, and says which were not.

    python3 tests/everywhere.py [VERSION …]
"""
import concurrent.futures
import glob
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
VERSIONS = ["2.7", "3.6", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"]
# Where there is no package: the one file to copy.
ONE_FILE = ("2.7", "3.6")


def folders():
    """Where Pythons are looked for: where `./dev pythons` puts them, pyenv's, the PATH."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    tools = os.environ.get("DICTOSCOPE_TOOLS") or os.path.join(cache, "dictoscope", "tools")
    found = [os.path.join(os.environ.get("DICTOSCOPE_PYTHONS") or os.path.join(tools, "pythons"), "bin")]
    root = os.environ.get("PYENV_ROOT") or os.path.join(os.path.expanduser("~"), ".pyenv")
    found += sorted(glob.glob(os.path.join(root, "versions", "*", "bin")))
    return found + [one for one in os.environ.get("PATH", "").split(os.pathsep) if "shims" not in one]


def find(version):
    """The executable of this version, or None. pyenv's come first: they have CPython's own tests."""
    for folder in sorted(folders(), key=lambda one: "versions" not in one):
        name = os.path.join(folder, "python" + version)
        if os.access(name, os.X_OK):
            ask = "import sys; print('%d.%d' % sys.version_info[:2])"
            told = subprocess.run([name, "-c", ask], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            if told.stdout.decode().strip() == version:
                return name
    return None


def run(version):
    """What to print of this version, and whether something failed."""
    executable = find(version)
    if executable is None:
        return "SKIPPED: there is no Python %s here" % version, False
    tests = ["test_recorder.py"] if version in ONE_FILE else sorted(
        name for name in os.listdir(HERE) if name.startswith("test_") and name.endswith(".py")
    )
    start = time.time()
    env = dict(os.environ, PYTHONPATH=os.path.dirname(HERE), PYTHONDONTWRITEBYTECODE="1")
    for name in ("PYENV_VERSION", "PYTHONHASHSEED"):
        env.pop(name, None)
    code = "import sys, unittest; sys.path.insert(0, sys.argv.pop(1)); unittest.main(None, verbosity=2)"
    command = [executable, "-c", code, HERE] + [name[:-3] for name in tests]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    told = done.stdout.decode("utf-8", "replace")
    if done.returncode:
        return "FAILED under Python %s\n%s" % (version, told), True
    ran = [line for line in told.splitlines() if line.startswith(("Ran ", "OK"))]
    skipped = ["\n        under Python %s %s" % (version, line) for line in told.splitlines() if "SKIPPED" in line]
    return "Python %-5s %s (%.1f s)%s" % (version, "; ".join(ran), time.time() - start, "".join(skipped)), False


def main(wanted):
    failed = False
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for told, bad in pool.map(run, wanted or VERSIONS):
            print(told, flush=True)
            failed = failed or bad
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
