"""Whoever uses the drivers alone reads their docstrings: every public name has one, or its protocol has it for it."""

import ast
from collections.abc import Iterator

from tests.rules.sources import place, python_files, tree

PROTOCOLS = {"kkt_drivers/kkt.py": "Kkt", "kkt_drivers/transport/base.py": "Transport"}
Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _public(body: list[ast.stmt]) -> list[Documented]:
    found = [node for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    return [node for node in found if not node.name.startswith("_")]


def _promised() -> set[str]:
    """Methods that a protocol describes."""
    classes = [
        node
        for path in python_files("kkt_drivers")
        for node in _public(tree(path).body)
        if PROTOCOLS.get(place(path)) == node.name
    ]
    return {method.name for node in classes for method in _public(node.body) if ast.get_docstring(method)}


def _silent() -> Iterator[str]:
    promised = _promised()
    for path in python_files("kkt_drivers"):
        # Emulators are what tests use, chips what one transport uses.
        if "/emulator/" in str(path) or path.name == "usb_chips.py":
            continue
        for node in _public(tree(path).body):
            if not ast.get_docstring(node):
                yield f"{place(path)}: {node.name}"
            if isinstance(node, ast.ClassDef):
                methods = [method for method in _public(node.body) if method.name not in promised]
                yield from (f"{place(path)}: {node.name}.{m.name}" for m in methods if not ast.get_docstring(m))


def test_every_public_name_of_the_drivers_says_what_its_signature_cannot() -> None:
    assert list(_silent()) == []
