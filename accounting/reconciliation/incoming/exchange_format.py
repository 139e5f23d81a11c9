"""``1CClientBankExchange`` 1.01-1.03 as a grammar: what stands in which section, nothing decided.

Text of lines ``Ключ=Значение``: a header, sections of settlement accounts, sections of documents, ``КонецФайла``. Keys
that nobody knows are kept. A line without ``=`` goes on with the value before it (reconciliation reference 2.1; format:
v8.1c.ru, "Стандарт обмена с системами Клиент банка").
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from accounting.reconciliation.incoming.findings import FileRefused, Finding
from accounting.reconciliation.incoming.limits import MAX_PAYMENTS
from accounting.reconciliation.incoming.reading import BOM, encodings_of, lines_of

FIRST_LINE: Final = "1CClientBankExchange"
_DECLARED: Final = {"windows": "cp1251", "dos": "cp866"}
_ALL: Final = ("utf-8", "cp1251", "cp866")
_KEY: Final = re.compile(r"[^\W_][\w-]{0,63}")
_ENCODING_KEY: Final = "Кодировка"
_MUST_STAND: Final = (_ENCODING_KEY, "СекцияРасчСчет", "СекцияДокумент", "КонецФайла", "РасчСчет", "ВерсияФормата")
_ACCOUNT: Final = ("СекцияРасчСчет", "КонецРасчСчет")
_DOCUMENT: Final = ("СекцияДокумент", "КонецДокумента")
_CLOSED_BY: Final = dict((_ACCOUNT, _DOCUMENT))
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
    """The file but for its documents: those are gone through one at a time (``documents_of``)."""

    encoding: str
    header: Section
    accounts: list[Section]


def read_exchange(content: bytes) -> Exchange:
    """Raises FileRefused for what is no whole file of this format."""
    exchange = Exchange(encoding := _encoding(content), Section(1, "", {}), [])
    documents = 0
    for opened_by, section in _sections(content.removeprefix(BOM), encoding):
        if opened_by == _DOCUMENT[0]:
            documents += 1
            if documents > MAX_PAYMENTS:
                raise FileRefused(Finding.TOO_MANY_LINES, most=MAX_PAYMENTS)
        elif opened_by == _ACCOUNT[0]:
            exchange.accounts.append(section)
        else:
            exchange.header.values.update(section.values)
    return exchange


def documents_of(content: bytes, exchange: Exchange) -> Iterator[Section]:
    """The documents of a file that ``read_exchange`` has found whole, in its order."""
    for opened_by, section in _sections(content.removeprefix(BOM), exchange.encoding):
        if opened_by == _DOCUMENT[0]:
            yield section


def _sections(content: bytes, encoding: str) -> Iterator[tuple[str, Section]]:
    """Every section when it is closed, with the key that opens it; last, under no key, the header. Raises
    FileRefused."""
    lines = lines_of(content, encoding)
    if next(lines, "").strip() != FIRST_LINE:
        raise FileRefused(Finding.NOT_A_STATEMENT)
    header = section = Section(1, "", {})
    opened_by = closed_by = last_key = ""
    for number, line in enumerate(lines, 2):
        key, equals, value = line.partition("=")
        key = key.strip()
        if closed_by and ((key == _END and not equals) or key in _CLOSED_BY):
            raise FileRefused(Finding.SECTION_NOT_CLOSED, line=section.line, value=section.title)
        if key == _END and not equals:
            yield "", header
            return
        if key in _CLOSED_BY:
            title = (value.strip() or key) if key == _DOCUMENT[0] else key
            section, opened_by, closed_by, last_key = Section(number, title, {}), key, _CLOSED_BY[key], ""
        elif key in (_ACCOUNT[1], _DOCUMENT[1]) and not equals:
            if key != closed_by:
                raise FileRefused(Finding.SECTION_NOT_CLOSED, line=number, value=key)
            yield opened_by, section
            section, opened_by, closed_by, last_key = header, "", "", ""
        elif equals and _KEY.fullmatch(key):
            section.values[key] = value.strip()
            last_key = key
        elif last_key and line.strip():
            section.values[last_key] = f"{section.values[last_key]} {line.strip()}".strip()
    raise FileRefused(Finding.FILE_CUT_OFF)


def _encoding(content: bytes) -> str:
    """Banks write UTF-8 and say Windows, so strict UTF-8 first, then what is declared, then the rest; right is the one
    in which the keys of the format stand. Raises FileRefused."""
    declared = re.search(rb"=\s*(windows|dos)\s*[\r\n]", content[:4096], re.IGNORECASE)
    wanted = _DECLARED[declared[1].decode("ascii").lower()] if declared else "cp1251"
    content = content.removeprefix(BOM)
    if not content.startswith(FIRST_LINE.encode()):
        raise FileRefused(Finding.NOT_A_STATEMENT)
    for encoding in encodings_of(content, tuple(dict.fromkeys(("utf-8", wanted, *_ALL)))):
        keys = (key.encode(encoding) for key in _MUST_STAND)
        if any(b"\n" + key in content or b"\r" + key in content for key in keys):
            return encoding
    raise FileRefused(Finding.UNREADABLE_TEXT, value="UTF-8, Windows-1251, DOS (866)")
