"""``1CClientBankExchange`` 1.01-1.03 as a grammar: what stands in which section, nothing decided.

Text of lines ``Ключ=Значение``: a header, sections of settlement accounts, sections of documents, ``КонецФайла``. Keys
that nobody knows are kept. A line without ``=`` goes on with the value before it (reconciliation reference 2.1; format:
v8.1c.ru, "Стандарт обмена с системами Клиент банка").
"""

import re
from typing import Final

import msgspec

from accounting.reconciliation.incoming.findings import FileRefused, Finding
from accounting.reconciliation.incoming.limits import MAX_PAYMENTS
from accounting.reconciliation.incoming.reading import decodings, lines_of

FIRST_LINE: Final = "1CClientBankExchange"
_DECLARED: Final = {"windows": "cp1251", "dos": "cp866"}
_ALL: Final = ("utf-8", "cp1251", "cp866")
_KEY: Final = re.compile(r"[^\W_][\w-]{0,63}")
_ENCODING_KEY: Final = "Кодировка"
_MUST_STAND: Final = (_ENCODING_KEY, "СекцияРасчСчет", "СекцияДокумент", "КонецФайла", "РасчСчет", "ВерсияФормата")
_ACCOUNT: Final = ("СекцияРасчСчет", "КонецРасчСчет")
_DOCUMENT: Final = ("СекцияДокумент", "КонецДокумента")
_END: Final = "КонецФайла"


class Section(msgspec.Struct, frozen=True):
    """Keys of one section with their values, and the line on which it begins. ``title``: the kind of a document."""

    line: int
    title: str
    values: dict[str, str]

    def get(self, *names: str) -> str:
        """The first of these keys that says something; empty when none does."""
        return next((value for name in names if (value := self.values.get(name, "").strip())), "")

    def joined(self, name: str) -> str:
        """A key, or the same key numbered from 1 where the text was cut into pieces."""
        pieces = [self.values.get(f"{name}{number}", "").strip() for number in range(1, 7)]
        return self.get(name) or " ".join(piece for piece in pieces if piece)


class Exchange(msgspec.Struct, frozen=True):
    """The file."""

    encoding: str
    header: Section
    accounts: list[Section]
    documents: list[Section]


def read_exchange(content: bytes) -> Exchange:
    """Raises FileRefused for what is no whole file of this format."""
    encoding, text = _decoded(content)
    lines = lines_of(text)
    if lines[0].strip() != FIRST_LINE:
        raise FileRefused(Finding.NOT_A_STATEMENT)
    exchange = Exchange(encoding, Section(1, "", {}), [], [])
    section, closed_by = exchange.header, ""
    last_key = ""
    for number, line in enumerate(lines[1:], 2):
        key, equals, value = line.partition("=")
        key = key.strip()
        if key == _END and not equals:
            if closed_by:
                raise FileRefused(Finding.SECTION_NOT_CLOSED, line=section.line, value=section.title)
            return exchange
        if key in (_ACCOUNT[0], _DOCUMENT[0]):
            if closed_by:
                raise FileRefused(Finding.SECTION_NOT_CLOSED, line=section.line, value=section.title)
            section, closed_by = _opened(exchange, number, key, value)
            last_key = ""
        elif key in (_ACCOUNT[1], _DOCUMENT[1]) and not equals:
            if key != closed_by:
                raise FileRefused(Finding.SECTION_NOT_CLOSED, line=number, value=key)
            section, closed_by, last_key = exchange.header, "", ""
        elif equals and _KEY.fullmatch(key):
            section.values[key] = value.strip()
            last_key = key
        elif last_key and line.strip():
            section.values[last_key] = f"{section.values[last_key]} {line.strip()}".strip()
    raise FileRefused(Finding.FILE_CUT_OFF)


def _opened(exchange: Exchange, number: int, key: str, value: str) -> tuple[Section, str]:
    """A new section and the line that will close it."""
    if key == _ACCOUNT[0]:
        section, closed_by = Section(number, key, {}), _ACCOUNT[1]
        exchange.accounts.append(section)
    else:
        section, closed_by = Section(number, value.strip() or key, {}), _DOCUMENT[1]
        exchange.documents.append(section)
        if len(exchange.documents) > MAX_PAYMENTS:
            raise FileRefused(Finding.TOO_MANY_LINES, most=MAX_PAYMENTS)
    return section, closed_by


def _decoded(content: bytes) -> tuple[str, str]:
    """Encoding and text. Banks write UTF-8 and say Windows, so strict UTF-8 first, then what is declared, then the
    rest; right is the one in which the keys of the format stand."""
    declared = re.search(rb"=\s*(windows|dos)\s*[\r\n]", content[:4096], re.IGNORECASE)
    wanted = _DECLARED[declared[1].decode("ascii").lower()] if declared else "cp1251"
    order = dict.fromkeys(("utf-8", wanted, *_ALL))
    if not content.removeprefix(b"\xef\xbb\xbf").startswith(FIRST_LINE.encode()):
        raise FileRefused(Finding.NOT_A_STATEMENT)
    for encoding, text in decodings(content.removeprefix(b"\xef\xbb\xbf"), tuple(order)):
        if any(f"\n{key}" in text or f"\r{key}" in text for key in _MUST_STAND):
            return encoding, text
    raise FileRefused(Finding.UNREADABLE_TEXT, value="UTF-8, Windows-1251, DOS (866)")
