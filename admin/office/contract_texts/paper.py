"""The text of a contract as a PDF of A4 pages; fonts are inside, the system's are not asked."""

from importlib import resources
from typing import Any, Final

import msgspec
import typst
from markdown_it.tree import SyntaxTreeNode

from admin.office.contract_texts.filling import Filled

_LEAVES: Final = {"softbreak": "break", "hardbreak": "break"}


def draw_pdf(filled: Filled, title: str, language: str) -> bytes:
    """The file; ``title`` stands in its properties and beside the numbers of its pages."""
    template = resources.files(__package__).joinpath("contract.typ").read_bytes()
    blocks = [_node(one) for one in SyntaxTreeNode(filled.tokens).children]
    paper = msgspec.json.encode({"title": title, "language": language.partition("_")[0], "blocks": blocks})
    inputs = {"paper": paper.decode("utf-8")}
    return bytes(typst.compile(template, format="pdf", sys_inputs=inputs, ignore_system_fonts=True))


def _node(node: SyntaxTreeNode) -> dict[str, Any]:
    """What the drawing asks of a piece of text: its kind, its words, what is in it."""
    kind = _LEAVES.get(node.type, node.type)
    inner = node.children[0].children if node.children and node.children[0].type == "inline" else node.children
    drawn: dict[str, Any] = {"kind": kind, "inside": [_node(one) for one in inner]}
    if node.type in ("text", "code_inline", "code_block", "fence"):
        drawn["text"] = node.content
    if node.type == "heading":
        drawn["level"] = int(node.tag[1:])
    if node.type == "link":
        drawn["href"] = str(node.attrs.get("href", ""))
    if node.type == "ordered_list":
        drawn["start"] = int(node.attrs.get("start", 1))
    if node.type == "paragraph":
        drawn["is_tight"] = node.hidden
    if node.type in ("th", "td"):
        drawn["align"] = str(node.attrs.get("class", ""))
    return drawn
