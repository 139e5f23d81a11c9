"""Message catalogues: texts out of the sources into the template, the template into every language, .po into .mo.

Run by ``make messages``; ``make messages ARGS=pl`` begins another language. Msgids are the Russian texts themselves, so
every literal with Russian letters in the modules of a domain is one; docstrings are for readers of the code, and what
is printed on receipts is not translated. The .mo files are kept in the repository beside their .po: a clone, a wheel
and a server without Babel all have them.
"""

import ast
import io
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jinja2.ext
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
_NOT_KEPT = (
    b'"POT-Creation',
    b'"PO-Revision',
    b'"Last-Tr',
    b'"Language-Team',
    b'"Report-Msgid',
    b'"Generated',
    b'"Project-Id',
)
TEMPLATE_KEYWORDS = {"_": 0, "counted": 1}
"""Functions of templates that say texts, and which of their arguments the text is."""
_RUSSIAN = re.compile("[А-Яа-яЁё]")


@dataclass(frozen=True)
class Domain:
    """Texts that are translated together: ``folder``/locale/<language>/LC_MESSAGES/<name>.po."""

    name: str
    folder: Path
    left_out: frozenset[str]
    """Modules whose Russian literals are no texts for people who choose a language."""
    also: tuple[Path, ...] = ()
    """Modules elsewhere that say texts of this domain."""

    @property
    def template(self) -> Path:
        return self.folder / "locale" / f"{self.name}.pot"

    def sources(self) -> list[Path]:
        """The modules whose texts are translated."""
        return [*sorted(path for path in self.folder.rglob("*.py") if path.name not in self.left_out), *self.also]

    def templates(self) -> list[Path]:
        """The Jinja templates whose texts are translated."""
        return sorted(self.folder.rglob("*.html"))

    def catalogues(self) -> list[Path]:
        """The .po of each language."""
        return sorted(self.folder.glob(f"locale/*/LC_MESSAGES/{self.name}.po"))


DOMAINS = (
    Domain("panel", ROOT / "admin", left_out=frozenset({"texts.py"})),
    Domain(
        "receipts",
        ROOT / "accounting" / "receipts",
        left_out=frozenset({"texts.py", "recalculation.py", "relief.py"}),  # what registers print
        also=(
            ROOT / "fiscal_server" / "commands" / "receipts.py",
            ROOT / "fiscal_server" / "cassette" / "alarms.py",
            ROOT / "fiscal_server" / "intake" / "replay.py",
            ROOT / "fiscal_server" / "intake" / "correction_replay.py",
            ROOT / "accounting" / "reconciliation" / "incoming" / "findings.py",
            ROOT / "fiscal_server" / "api" / "import_lines.py",
            ROOT / "fiscal_server" / "commands" / "import_money.py",
            ROOT / "fiscal_server" / "webhooks" / "endpoint_alarms.py",
            ROOT / "fiscal_server" / "api" / "problem_kinds.py",
            ROOT / "fiscal_server" / "api" / "problem_pages.py",
            *sorted((ROOT / "accounting" / "office").glob("*.py")),
        ),
    ),
)


def texts_of(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of each Russian literal that is no docstring. Raises ValueError for an f-string that is Russian."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)) or id(node) in docstrings:
            continue
        if _RUSSIAN.search(node.value):
            if id(node) in inside:
                raise ValueError(f"line {node.lineno}: an f-string cannot be translated: {node.value!r}")
            yield node.lineno, node.value


def texts_of_template(source: str) -> Iterator[str]:
    """The msgids of a Jinja template: what `_()` says, and the forms of `counted()`."""
    found = jinja2.ext.babel_extract(io.BytesIO(source.encode()), tuple(TEMPLATE_KEYWORDS), (), {"silent": "false"})
    for _, function, arguments, _ in found:
        message = (arguments if isinstance(arguments, tuple) else (arguments,))[TEMPLATE_KEYWORDS[function]]
        if message:  # else it is said of a variable, whose texts stand in a module
            yield message


@cache
def _texts(domain: Domain) -> tuple[tuple[str, str], ...]:
    """Every text of a domain with the file it stands in. Read once: each catalogue asks for all of them."""
    found = [(path, text) for path in domain.sources() for _, text in texts_of(path.read_text("utf-8"))]
    found += [(path, text) for path in domain.templates() for text in texts_of_template(path.read_text("utf-8"))]
    return tuple((os.path.relpath(path, ROOT), text) for path, text in found)


def template(domain: Domain) -> Catalog:
    """All msgids of a domain with the places they come from."""
    header = f"# Texts of {domain.name} that people read; the msgids are Russian. Updated by `make messages`."
    catalogue = Catalog(project="fiscal-server", charset="utf-8", fuzzy=False, header_comment=header)
    for path, text in _texts(domain):
        # Without line numbers: else every change of a line would change the catalogues.
        catalogue.add(text, locations=[(path, None)], flags=["python-brace-format"] if "{" in text else [])
    return catalogue


def po_bytes(catalogue: Catalog) -> bytes:
    """The catalogue as text, without anything that changes from run to run."""
    out = io.BytesIO()
    write_po(out, catalogue, width=120, ignore_obsolete=True, sort_by_file=True)
    return b"".join(line for line in out.getvalue().splitlines(keepends=True) if not line.startswith(_NOT_KEPT))


class _Compiled(Catalog):
    """A catalogue whose header says nothing that changes from run to run or with Babel."""

    mime_headers = (("Content-Type", "text/plain; charset=utf-8"),)  # type: ignore[assignment]


def mo_bytes(po: bytes) -> bytes:
    """The compiled catalogue; texts that are fuzzy or empty stay out of it, and the Russian one is said."""
    compiled = _Compiled(fuzzy=False)
    for message in read_po(io.BytesIO(po)):
        if message.id and not message.fuzzy:
            compiled.add(message.id, message.string)
    out = io.BytesIO()
    write_mo(out, compiled)
    return out.getvalue()


def updated(domain: Domain, language: str, po: bytes) -> bytes:
    """A language's .po with the msgids of today: new ones empty, old ones gone."""
    catalogue = read_po(io.BytesIO(po), locale=language)
    fresh = template(domain)
    catalogue.update(fresh, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = fresh.header_comment
    return po_bytes(catalogue)


def begin(domain: Domain, language: str) -> None:
    """An empty catalogue of another language; one that is there stays as it is."""
    path = domain.folder / "locale" / language / "LC_MESSAGES" / f"{domain.name}.po"
    if not path.exists():
        path.parent.mkdir(parents=True)
        path.write_bytes(updated(domain, language, po_bytes(Catalog(locale=language, fuzzy=False))))


def main(languages: list[str]) -> int:
    """Write template, .po and .mo of every domain; say how much of each language is missing."""
    for domain in DOMAINS:
        domain.template.parent.mkdir(exist_ok=True)
        domain.template.write_bytes(po_bytes(template(domain)))
        for language in languages:
            begin(domain, language)
        for path in domain.catalogues():
            path.write_bytes(updated(domain, path.parents[1].name, path.read_bytes()))
            path.with_suffix(".mo").write_bytes(mo_bytes(path.read_bytes()))
            rows = [message for message in read_po(io.BytesIO(path.read_bytes())) if message.id]
            missing = sum(not message.string for message in rows)
            print(f"{path.relative_to(ROOT)}: {len(rows)} texts, {missing} not translated")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
