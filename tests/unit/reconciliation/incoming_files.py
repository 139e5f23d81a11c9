"""Bank statements and payment registers as banks write them, invented: writers for every shape that is read.

They share no code with the readers. Shapes: reconciliation reference 2.1 and 2.2; all names and numbers are invented.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

OURS = "40702810000000000001"
SECOND = "40702810000000000002"


def roubles(kopecks: int, sign: str = ".") -> str:
    """450.00"""
    return f"{'-' if kopecks < 0 else ''}{abs(kopecks) // 100}{sign}{abs(kopecks) % 100:02d}"


# --- statements -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Document:
    """A document of a statement; with the defaults a payment of a private person to our account."""

    number: str = "9001"
    kopecks: int = 45_000
    purpose: str = "ЛС 0001234567; Интернет за 10.2026"
    payer: str = "ПЛАТЕЛЬЩИК 1"
    payer_account: str = "40817810000000000007"
    payer_inn: str = ""
    receiver_account: str = OURS
    receiver_inn: str = ""
    dated: str = "17.11.2026"
    credited: str = "17.11.2026"
    spent: str = ""
    amount: str = ""
    more: tuple[tuple[str, str], ...] = ()

    def lines(self) -> list[str]:
        rows = [
            ("Номер", self.number), ("Дата", self.dated), ("Сумма", self.amount or roubles(self.kopecks)),
            ("КвитанцияДата", ""), ("ДатаПоступило", self.credited), ("ДатаСписано", self.spent),
            ("ПлательщикСчет", self.payer_account), ("Плательщик", self.payer), ("ПлательщикИНН", self.payer_inn),
            ("ПолучательСчет", self.receiver_account), ("ПолучательИНН", self.receiver_inn),
            ("НазначениеПлатежа", self.purpose), *self.more,
        ]  # fmt: skip
        return [
            "СекцияДокумент=Платежное поручение",
            *(f"{key}={value}" for key, value in rows),
            "КонецДокумента",
        ]


@dataclass(frozen=True)
class Days:
    """A section of a settlement account; without amounts they are what the documents give."""

    account: str = OURS
    begins: str = "17.11.2026"
    ends: str = "17.11.2026"
    opening: int = 10_000_000
    received: int | None = None
    spent: int | None = None
    closing: int | None = None


def payout(kopecks: int = 9_900_000) -> Document:
    """What a bank hands over for a register."""
    return Document(
        number="512", kopecks=kopecks, payer="ПАО БАНК (реестр 77 от 16.11.2026)", payer_inn="7700000001",
        payer_account="30233810000000000009",
        purpose="Перечисление платежей физлиц по реестру 77 от 16.11.2026 сумма 100000.00 комиссия 1000.00",
    )  # fmt: skip


def spending(kopecks: int = 120_000) -> Document:
    """Money that we pay."""
    return Document(
        number="31", kopecks=kopecks, payer="ООО ПРИМЕР", payer_account=OURS, payer_inn="7700000016",
        receiver_account="40702810000000000999", receiver_inn="7700000002", purpose="Оплата по счету 17",
        credited="", spent="17.11.2026",
    )  # fmt: skip


def statement(
    documents: Sequence[Document],
    sections: Sequence[Days] | None = None,
    *,
    encoding: str = "cp1251",
    declared: str = "Windows",
    version: str = "1.03",
    line_end: str = "\r\n",
    last: str = "КонецФайла",
) -> bytes:
    """A whole file."""
    given = [Days()] if sections is None else sections
    lines = [
        "1CClientBankExchange", f"ВерсияФормата={version}", f"Кодировка={declared}", "Отправитель=Банк",
        "Получатель=1С:Предприятие", "ДатаСоздания=18.11.2026", "ВремяСоздания=06:00:01", "ДатаНачала=17.11.2026",
        "ДатаКонца=17.11.2026", *(f"РасчСчет={days.account}" for days in given),
    ]  # fmt: skip
    for days in given:
        lines += _section(days, documents)
    for document in documents:
        lines += document.lines()
    if last:
        lines.append(last)
    return (line_end.join(lines) + line_end).encode(encoding)


def _section(days: Days, documents: Sequence[Document]) -> list[str]:
    received = sum(one.kopecks for one in documents if one.receiver_account == days.account)
    spent = sum(one.kopecks for one in documents if one.payer_account == days.account)
    received = days.received if days.received is not None else received
    spent = days.spent if days.spent is not None else spent
    closing = days.closing if days.closing is not None else days.opening + received - spent
    return [
        "СекцияРасчСчет", f"ДатаНачала={days.begins}", f"ДатаКонца={days.ends}", f"РасчСчет={days.account}",
        f"НачальныйОстаток={roubles(days.opening)}", f"ВсегоПоступило={roubles(received)}",
        f"ВсегоСписано={roubles(spent)}", f"КонечныйОстаток={roubles(closing)}", "КонецРасчСчет",
    ]  # fmt: skip


# --- registers --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Paid:
    """A payment of a register. Its fee is kept by the bank."""

    account: str = "0001234567"
    kopecks: int = 45_000
    fee: int = 450
    operation: str = "800123456789ABCD"
    day: tuple[int, int, int] = (16, 11, 2026)
    time: tuple[int, int, int] = (10, 15, 2)
    month: tuple[int, int] = (10, 2026)
    payer: str = "ПЛАТЕЛЬЩИК 1"
    document: str = ""

    @property
    def net(self) -> int:
        return self.kopecks - self.fee


def many(count: int) -> list[Paid]:
    """Different payments of different accounts."""
    return [
        replace(
            Paid(), account=f"{1234567 + n:010d}", kopecks=45_000 + n, fee=450, operation=f"8001234567{n:06d}",
            payer=f"ПЛАТЕЛЬЩИК {n}", document=f"2026100{n:04d}",
        )
        for n in range(count)
    ]  # fmt: skip


def total_line(payments: Sequence[Paid], *, total: str | None = None, encoding: str = "cp1251") -> bytes:
    """Shape (a): by position, with a line of totals."""
    lines = [
        f"{p.day[0]:02d}-{p.day[1]:02d}-{p.day[2]};{p.time[0]:02d}-{p.time[1]:02d}-{p.time[2]:02d};8047;0123 0045;"
        f"{p.operation};{p.account};{p.payer};УЛ. МИРА 1-2;{p.month[0]:02d}{p.month[1] % 100:02d};"
        f"{roubles(p.kopecks)};{roubles(p.net)};{roubles(p.fee)}"
        for p in payments
    ]
    lines.append(totals_of(payments) if total is None else total)
    return "".join(f"{line}\r\n" for line in lines if line).encode(encoding)


def totals_of(payments: Sequence[Paid]) -> str:
    """The line of totals of shape (a)."""
    paid, net, fee = (sum(getattr(p, name) for p in payments) for name in ("kopecks", "net", "fee"))
    return f"={len(payments)};{roubles(paid)};{roubles(net)};{roubles(fee)};512;17-11-2026"


def named_fields(payments: Sequence[Paid], *, encoding: str = "cp1251") -> bytes:
    """Shape (b): some values by position, the others by name."""
    return "".join(
        f"8047;0123;{p.day[0]:02d}/{p.day[1]:02d}/{p.day[2]};{p.time[0]:02d}:{p.time[1]:02d}:{p.time[2]:02d};"
        f"{roubles(p.kopecks)};{roubles(p.fee)};CLIENTNO: {p.account};method_pay: 11;CLIENTDOCNO: {p.document};"
        f"CounterVal_1: 125.4;CounterVal_2: 88\n"
        for p in payments
    ).encode(encoding)


HEADER = ("№", "Дата", "Время", "Номер операции", "Лицевой счет", "ФИО", "Период", "Сумма", "Комиссия")
PREAMBLE = ("Реестр принятых платежей", "Банк: ПАО ПРИМЕР", "")


def table_rows(payments: Sequence[Paid], *, total: int | None = None) -> list[list[str]]:
    """Shape (c): a table with something above it, and a row of totals below."""
    rows = [
        [
            str(n), f"{p.day[0]:02d}.{p.day[1]:02d}.{p.day[2]}", f"{p.time[0]:02d}:{p.time[1]:02d}:{p.time[2]:02d}",
            p.operation, p.account, p.payer, f"{p.month[0]:02d}.{p.month[1]}", roubles(p.kopecks, ","),
            roubles(p.fee, ","),
        ]
        for n, p in enumerate(payments, 1)
    ]  # fmt: skip
    whole = sum(p.kopecks for p in payments) if total is None else total
    fees = roubles(sum(p.fee for p in payments), ",")
    return [[line] for line in PREAMBLE] + [
        list(HEADER),
        *rows,
        ["Итого:", "", "", "", "", "", "", roubles(whole, ","), fees],
    ]


def table_csv(rows: Sequence[Sequence[str]], *, encoding: str = "cp1251") -> bytes:
    """The table as text; a cell with a delimiter or a quote is quoted."""
    return "".join(";".join(_quoted(cell) for cell in row) + "\r\n" for row in rows).encode(encoding)


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in ';"') else cell


def table_xlsx(rows: Sequence[Sequence[str]], *, numbers: Sequence[int] = ()) -> bytes:
    """The table as XLSX (ECMA-376), written by hand; cells of the columns ``numbers`` are numbers where they can be."""
    body = "".join(f'<row r="{n}">{_row(n, row, numbers)}</row>' for n, row in enumerate(rows, 1))
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1"'
        f' Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="Реестр" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1"'
        f' Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return out.getvalue()


def _row(number: int, row: Sequence[str], numbers: Sequence[int]) -> str:
    cells = []
    for place, cell in enumerate(row):
        name = f"{chr(ord('A') + place)}{number}"
        plain = cell.replace(",", ".")
        if place in numbers and plain.replace(".", "", 1).removeprefix("-").isdecimal():
            cells.append(f'<c r="{name}"><v>{plain}</v></c>')
        elif cell:
            cells.append(f'<c r="{name}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>')
    return "".join(cells)


def fixed_places(payments: Sequence[Paid], *, total: str | None = None) -> bytes:
    """Values at fixed places, kopecks, with a line of totals."""
    lines = [
        f"{p.day[2]}{p.day[1]:02d}{p.day[0]:02d}{p.time[0]:02d}{p.time[1]:02d}{p.time[2]:02d}"
        f"{p.operation:16.16}{p.account:16.16}{p.kopecks:012d}{p.fee:09d}"
        for p in payments
    ]
    paid, fee = sum(p.kopecks for p in payments), sum(p.fee for p in payments)
    lines.append(f"T{len(payments):06d}{paid:014d}{fee:011d}" if total is None else total)
    return "".join(f"{line}\r\n" for line in lines if line).encode("cp1251")
