"""What is wrong with a document: findings, and the document under the eyes of the rules. Words are Russian, for people.

A finding says what is wrong, what to do, by which table, and how sure that table is.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from accounting.receipts.codes import DocumentForm, FfdVersion
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.forms import VERSION_NAMES
from kkt_drivers.ffd.tags import TAGS
from kkt_drivers.ffd.tree import Node


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"  # breaks a published rule: expect a refusal by the FN or by the operator's control
    WARNING = "warning"  # breaks a rule that only one source gives or that we inferred
    NOTE = "note"  # allowed, but unusual


class Certainty(StrEnum):
    """How sure the rule itself is."""

    CONFIRMED = ""
    ONE_SOURCE = "один источник"
    INFERRED = "вывод"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a rule says of a document."""

    rule: str  # short name, stable
    severity: Severity
    tag: int
    text: str  # what is wrong
    advice: str  # what to do
    source: str  # table or point of the order, or where else it is from
    certainty: Certainty = Certainty.CONFIRMED
    where: str = ""  # path inside the document, as 1059[2]/1043


_ORDER = "приказ ЕД-7-20/662@"
_TABLES: Mapping[FfdVersion, Mapping[DocumentForm, str]] = MappingProxyType(
    {
        FfdVersion.FFD_1_05: {
            DocumentForm.REGISTRATION: "15–17",
            DocumentForm.RE_REGISTRATION: "15–17",
            DocumentForm.SHIFT_OPENING: "18",
            DocumentForm.SETTLEMENTS_REPORT: "19",
            DocumentForm.RECEIPT: "20–26",
            DocumentForm.BSO: "20–26",
            DocumentForm.CORRECTION_RECEIPT: "27–29",
            DocumentForm.BSO_CORRECTION: "27–29",
            DocumentForm.SHIFT_CLOSING: "30",
            DocumentForm.FN_CLOSING: "31",
            DocumentForm.OPERATOR_CONFIRMATION: "32–34",
        },
        FfdVersion.FFD_1_1: {
            DocumentForm.REGISTRATION: "49",
            DocumentForm.RE_REGISTRATION: "50",
            DocumentForm.SHIFT_OPENING: "56",
            DocumentForm.SETTLEMENTS_REPORT: "57",
            DocumentForm.RECEIPT: "58–61",
            DocumentForm.BSO: "58–61",
            DocumentForm.CORRECTION_RECEIPT: "65",
            DocumentForm.BSO_CORRECTION: "65",
            DocumentForm.SHIFT_CLOSING: "68",
            DocumentForm.FN_CLOSING: "69",
            DocumentForm.OPERATOR_CONFIRMATION: "32–34",
        },
        FfdVersion.FFD_1_2: {
            DocumentForm.REGISTRATION: "87",
            DocumentForm.RE_REGISTRATION: "88",
            DocumentForm.SHIFT_OPENING: "94",
            DocumentForm.SETTLEMENTS_REPORT: "95",
            DocumentForm.RECEIPT: "96–119",
            DocumentForm.BSO: "96–119",
            DocumentForm.CORRECTION_RECEIPT: "120",
            DocumentForm.BSO_CORRECTION: "120",
            DocumentForm.SHIFT_CLOSING: "123",
            DocumentForm.FN_CLOSING: "124",
            DocumentForm.OPERATOR_CONFIRMATION: "32–34",
        },
    }
)


class Case(msgspec.Struct, frozen=True):
    """A document under examination."""

    form: DocumentForm
    version: FfdVersion
    document: Node

    @property
    def source(self) -> str:
        """The table that composes this form in this version."""
        return f"{_ORDER}, ФФД {VERSION_NAMES[self.version]}, табл. {_TABLES[self.version][self.form]}"

    @property
    def old(self) -> bool:
        """Whether this is 1.05, the version whose tables we know from the order itself."""
        return self.version is FfdVersion.FFD_1_05

    def error(self, rule: str, tag: int, text: str, advice: str, where: str = "") -> Finding:
        """A published rule is broken."""
        return self._finding((rule, Severity.ERROR, Certainty.CONFIRMED), tag, text, advice, where)

    def doubt(self, rule: str, tag: int, text: str, advice: str, where: str = "") -> Finding:
        """A rule is broken that one source gives."""
        return self._finding((rule, Severity.WARNING, Certainty.ONE_SOURCE), tag, text, advice, where)

    def guess(self, rule: str, tag: int, text: str, advice: str, where: str = "") -> Finding:
        """A rule is broken that we inferred."""
        return self._finding((rule, Severity.WARNING, Certainty.INFERRED), tag, text, advice, where)

    def note(self, rule: str, tag: int, text: str, advice: str, where: str = "") -> Finding:
        """Allowed and unusual."""
        return self._finding((rule, Severity.NOTE, Certainty.CONFIRMED), tag, text, advice, where)

    def _finding(
        self, kind: tuple[str, Severity, Certainty], tag: int, text: str, advice: str, where: str
    ) -> Finding:  # fmt: skip
        rule, severity, certainty = kind
        return Finding(
            rule=rule,
            severity=severity,
            tag=tag,
            text=text,
            advice=advice,
            source=self.source,
            certainty=certainty,
            where=where or str(tag),
        )


def named(tag: int) -> str:
    """``1020 «сумма расчета…»`` for texts."""
    info = TAGS.get(tag)
    return f"{tag} «{info.name}»" if info is not None and info.name else str(tag)


def roubles(kopecks: int) -> str:
    """Kopecks as people read them: 279,90."""
    sign, kopecks = ("-", -kopecks) if kopecks < 0 else ("", kopecks)
    return f"{sign}{kopecks // 100},{kopecks % 100:02d}"


def walk(node: Node, path: str = "") -> Iterator[tuple[Node, str]]:
    """Every node under this one with its path: ``1059[2]/1043``; brackets only where a tag repeats."""
    counts: dict[int, int] = {}
    for child in node.children:
        counts[child.tag] = counts.get(child.tag, 0) + 1
        place = f"[{counts[child.tag]}]" if len(node.all(child.tag)) > 1 else ""
        here = f"{path}/{child.tag}{place}" if path else f"{child.tag}{place}"
        yield child, here
        yield from walk(child, here)


def refuse(findings: list[Finding]) -> None:
    """Raises CodecError for the first finding that is an error: what, and what to do."""
    for finding in findings:
        if finding.severity is Severity.ERROR:
            raise CodecError(f"{finding.where}: {finding.text}; {finding.advice} ({finding.source})", tag=finding.tag)
