"""The files that the rules look at."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("accounting", "kkt_drivers", "fiscal_server", "admin")
# Made by builds, or not ours.
_NOT_OURS = {"build", "dist", "node_modules", "var", "__pycache__"}


def python_files(*folders: str) -> list[Path]:
    return files(".py", *folders)


@functools.cache
def files(suffix: str, *folders: str) -> list[Path]:
    """Sorted; suffix "" means every file. Without folders: the whole repository."""
    starts = [ROOT / folder for folder in folders] if folders else [ROOT]
    return sorted(path for start in starts for path in _walk(start) if path.name.endswith(suffix))


def _walk(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.name in _NOT_OURS or path.name.startswith(".") or path.name.endswith(".egg-info"):
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


@functools.cache
def nodes(path: Path) -> list[ast.AST]:
    """Of the whole tree: walking it takes longer than parsing the file."""
    return list(ast.walk(tree(path)))


def place(path: Path, node: ast.expr | ast.stmt | None = None) -> str:
    """`accounting/receipts/vat.py:41`, as an editor opens it."""
    name = str(path.relative_to(ROOT))
    return name if node is None else f"{name}:{node.lineno}"


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an expression made of names; empty for any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""
