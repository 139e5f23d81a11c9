"""Texts of handbooks: what people format is formatted, and nothing of what they write becomes the page's own."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.office.rich_text import beginning, render

ALLOWED = {
    "p", "br", "strong", "em", "s", "ul", "ol", "li", "a", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "code",
    "pre", "hr", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"href", "title", "start", "class", "style"}
EVIL = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "<javascript:alert(1)>",
    "![x](https://spy.example/pixel.png)",
    '[x](https://a.example "\\" onmouseover=alert(1) \\"")',
    "[x]: javascript:alert(1)\n\n[x]",
    "```html onload=alert(1)\n</code><script>alert(1)</script>\n```",
    "|<svg onload=alert(1)>|\n|-|\n|<b>|",
    "<svg><style><img src=x></style>",
    '<https://a.example/?"onclick=alert(1)>',
)


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def check(text: str) -> str:
    page = str(render(text))
    parser = _Elements()
    parser.feed(page)
    for tag, attributes in parser.found:
        assert tag in ALLOWED, (text, page)
        assert attributes.keys() <= ATTRIBUTES, (text, page)
        address = (attributes.get("href") or "").strip().lower()
        assert address.partition(":")[0] not in ("javascript", "data", "vbscript", "file"), (text, page)
        assert (attributes.get("style") or "").removeprefix("text-align:") in ("", "left", "right", "center"), page
    return page


def test_what_people_format_is_formatted() -> None:
    page = check(
        "# Банк\n\n**Срок** до *пятницы*\n\n- раз\n- два\n\n|а|б|\n|-|-|\n|1|2|\n\n[сайт](https://nalog.gov.ru)"
    )
    for part in ("<h1>Банк</h1>", "<strong>Срок</strong>", "<li>раз</li>", "<td>1</td>", 'href="https://nalog.gov.ru"'):
        assert part in page, part


@pytest.mark.parametrize("text", EVIL)
def test_what_would_be_obeyed_is_shown(text: str) -> None:
    check(text)


@given(
    st.lists(st.sampled_from([*EVIL, "\n", " ", "*", "`", "[", "](", ")", "<", ">", '"', "|", "&", "x"])).map("".join)
)
def test_no_mixture_of_them_is_obeyed(text: str) -> None:
    check(text)


def test_the_beginning_of_a_text_is_one_line() -> None:
    assert beginning("раз\n\nдва") == "раз два"
    assert beginning("# С кем говорить?\n\nС директором") == "С кем говорить? С директором"
    assert beginning("## Счёт\n\n- **один**, [два](https://two.example)\n- `три`\n\n2 * 2 < 5") == (
        "Счёт: один, два три 2 * 2 < 5"
    )
    assert beginning("слово " * 100, 20) == "слово слово слово с…"
