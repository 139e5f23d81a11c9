"""What the documents say is so: commands exist, links lead somewhere, words of the glossary are in the code."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rules.sources import PACKAGES, ROOT, files, place

DOCUMENTS = files(".md")
GLOSSARY = ROOT / "docs/glossary.md"

_FENCE = re.compile(r"^```(?:sh|bash|shell|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
# At the start of a command, after its own variables: `apt-get install make gcc` names no target.
_START = r"(?:^|&& |; |\$ )(?:\w+=\S+ )*"
_MAKE = re.compile(_START + r"make ([a-z]+(?: [a-z]+)*)", re.MULTILINE)
_COMMAND = re.compile(_START + r"(?:\S*/)?fiscal-server ([a-z][a-z-]*)", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_IDENTIFIER = re.compile(r"`([^`]+)`")
_FILE = re.compile(r"(?:[\w*-][\w.*-]*/)*[\w*-]+\.(?:py|pyx|pyi|sql|toml|csv|html|css|js|md)|(?:[a-z_]+/){2,}")

MADE_UP = frozenset({"name.pyx", "name.pyi"})
"""In recipes."""


def _shell(text: str) -> str:
    return "\n".join(_FENCE.findall(text))


def _make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_make_commands_in_documents_exist() -> None:
    missing = {
        f"{place(path)}: make {target}"
        for path in DOCUMENTS
        for words in _MAKE.findall(_shell(path.read_text()))
        for target in words.split()
        if target not in _make_targets()
    }
    assert missing == set()


def _commands() -> list[str]:
    """First words after `fiscal-server` in shell blocks: the command, without what it is applied to."""
    return sorted({command for path in DOCUMENTS for command in _COMMAND.findall(_shell(path.read_text()))})


@pytest.mark.parametrize("command", _commands())
def test_fiscal_server_commands_in_documents_exist(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fiscal_server", command, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", DOCUMENTS, ids=place)
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for link in _LINK.findall(path.read_text()):
        if re.match(r"[a-z]+:", link):
            continue  # a test run must not depend on other people's servers
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=place)
def test_files_that_documents_name_exist(path: Path) -> None:
    """Whole, from the root or from a folder that is spoken of; `*` stands for any."""
    named = {one.strip("/") for one in _IDENTIFIER.findall(path.read_text()) if _FILE.fullmatch(one)}
    assert [one for one in sorted(named - MADE_UP) if not any(ROOT.rglob(one))] == []


def _anchors(path: Path) -> set[str]:
    """Anchors as code hosts make them of headings: lower case, spaces to hyphens, other signs dropped."""
    if path.suffix != ".md":
        return set()
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(path.read_text())
    }


def _glossary_identifiers() -> list[str]:
    """Names in backticks in the first column of the glossary's tables."""
    if not GLOSSARY.exists():
        return []
    found: set[str] = set()
    for line in GLOSSARY.read_text().splitlines():
        if line.startswith("|") and not set(line) <= set("|-: "):
            for text in _IDENTIFIER.findall(line.split("|")[1]):
                found |= set(re.findall(r"[A-Za-z_]\w*", text))
    return sorted(found)


def test_every_identifier_of_the_glossary_exists() -> None:
    code = "\n".join(path.read_text() for suffix in (".py", ".pyx", ".sql") for path in files(suffix, *PACKAGES))
    words = set(re.findall(r"[A-Za-z_]\w*", code))
    assert [name for name in _glossary_identifiers() if name not in words] == []
