"""The auditor: knows what was asked, what the FNs' and the operator's archives hold, and what the server reported.

It reads the archives by itself and trusts no table of the server and no code of its drivers.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from kkt_drivers.emulator.memory import ArchiveEntry
from kkt_drivers.emulator.ofd import OfdDocument

_RECEIPT = 3
_INCOME = 1
_USER_REQUISITE, _REQUISITE_VALUE = 1084, 1086


class Asked(msgspec.Struct, frozen=True):
    """A payment as the billing system sent it, with the receipt that the server's answer promised for it."""

    key: str
    account: str
    kopecks: int
    receipt_id: str


class Reported(msgspec.Struct, frozen=True):
    """A receipt as the server showed it at some moment; no FD number: not registered yet."""

    receipt_id: str
    state: str
    fn_number: str | None
    fd_number: int | None
    fiscal_sign: int | None
    total_kopecks: int


class Auditor:
    """Collects sentences that should not be there."""

    def __init__(self) -> None:
        self.asked: dict[str, Asked] = {}  # by receipt id
        self.problems: list[str] = []
        self._reported: dict[str, Reported] = {}

    def promise(self, asked: Asked) -> None:
        """An answer of the API. The same key never gets another receipt, and no two share one."""
        known = self.asked.setdefault(asked.receipt_id, asked)
        if known != asked:
            self._say(f"receipt {asked.receipt_id} was promised for {known.key} and for {asked.key}")

    def hear(self, reported: Iterable[Reported], archives: dict[str, list[ArchiveEntry]]) -> None:
        """What the server shows now must be true now, and stay so."""
        for one in reported:
            earlier = self._reported.get(one.receipt_id)
            if earlier is not None and earlier.fd_number is not None and _place(earlier) != _place(one):
                self._say(f"receipt {one.receipt_id} was reported as {_place(earlier)}, now as {_place(one)}")
            if one.fd_number is not None and one != earlier:
                self._check_report(one, archives)
            self._reported[one.receipt_id] = one

    def _check_report(self, one: Reported, archives: dict[str, list[ArchiveEntry]]) -> None:
        archive = archives.get(one.fn_number or "", [])
        if not 1 <= (one.fd_number or 0) <= len(archive):
            self._say(f"receipt {one.receipt_id} is reported as {_place(one)}, which does not exist")
            return
        entry = archive[(one.fd_number or 0) - 1]
        found = (receipt_id_in(entry.tlv), entry.fiscal_sign, entry.total_kopecks)
        if found != (one.receipt_id, one.fiscal_sign, one.total_kopecks):
            self._say(f"receipt {one.receipt_id} is reported as {_place(one)}, where {found} stands")
        if one.state == "OFD_ACKED" and not entry.confirmed:
            self._say(f"receipt {one.receipt_id} is reported as confirmed; its FN has no confirmation")

    def close(self, archives: dict[str, list[ArchiveEntry]], operator: list[OfdDocument]) -> list[str]:
        """The last look, when everything has come to its end."""
        places: dict[str, list[str]] = {}
        for fn_number, archive in archives.items():
            if [entry.fd_number for entry in archive] != list(range(1, len(archive) + 1)):
                self._say(f"FN {fn_number}: FD numbers have gaps")
            for entry in archive:
                if entry.form == _RECEIPT:
                    places.setdefault(receipt_id_in(entry.tlv) or "?", []).append(f"{fn_number}/{entry.fd_number}")
                    self._check_entry(fn_number, entry)
            self._check_order(fn_number, archive)
        for receipt_id, where in places.items():
            if len(where) > 1:
                self._say(f"receipt {receipt_id} stands {len(where)} times: {', '.join(where)}")
        for receipt_id, asked in self.asked.items():
            if receipt_id not in places:
                self._say(f"receipt {receipt_id} of {asked.key} is in no archive")
            elif receipt_id not in self._reported or self._reported[receipt_id].fd_number is None:
                self._say(f"receipt {receipt_id} is in {places[receipt_id][0]} and was never reported as registered")
        self._check_operator(archives, operator)
        return self.problems

    def _check_entry(self, fn_number: str, entry: ArchiveEntry) -> None:
        where = f"FD {entry.fd_number} of FN {fn_number}"
        asked = self.asked.get(receipt_id_in(entry.tlv) or "")
        if asked is None:
            self._say(f"{where}: nobody asked for it")
        elif (entry.total_kopecks, entry.sign) != (asked.kopecks, _INCOME):
            self._say(f"{where}: sign {entry.sign} and {entry.total_kopecks} instead of {asked.kopecks} of {asked.key}")

    def _check_order(self, fn_number: str, archive: list[ArchiveEntry]) -> None:
        """Receipts of one account never overtake each other: ids ascend."""
        last: dict[str, tuple[int, datetime]] = {}
        for entry in archive:
            asked = self.asked.get(receipt_id_in(entry.tlv) or "") if entry.form == _RECEIPT else None
            if asked is not None:
                earlier = last.get(asked.account)
                if earlier is not None and earlier[0] > int(asked.receipt_id):
                    self._say(f"FN {fn_number}: receipt {asked.receipt_id} came behind its account's {earlier[0]}")
                last[asked.account] = (int(asked.receipt_id), entry.issued_at)

    def _check_operator(self, archives: dict[str, list[ArchiveEntry]], operator: list[OfdDocument]) -> None:
        held = {(one.fn_number, one.fd_number): one for one in operator}
        for one in operator:
            if one.conflict:
                self._say(f"the operator got two documents {one.fd_number} of FN {one.fn_number}")
        for key, times in Counter((one.fn_number, one.fd_number) for one in operator).items():
            if times > 1:
                self._say(f"the operator has {times} documents {key}")
        for fn_number, archive in archives.items():
            for entry in archive:
                document = held.get((fn_number, entry.fd_number))
                if document is None and entry.form == _RECEIPT:
                    self._say(f"the operator never got FD {entry.fd_number} of FN {fn_number}")
                elif entry.confirmed and document is None:
                    self._say(f"FD {entry.fd_number} of FN {fn_number} is confirmed and the operator has it not")

    def _say(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


def _place(one: Reported) -> str:
    return f"FD {one.fd_number} of FN {one.fn_number}, sign {one.fiscal_sign}"


def tags(tlv: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and value, one after another: uint16, uint16, bytes. FFD 1.2, table 1."""
    at = 0
    while at + 4 <= len(tlv):
        tag, size = int.from_bytes(tlv[at : at + 2], "little"), int.from_bytes(tlv[at + 2 : at + 4], "little")
        yield tag, tlv[at + 4 : at + 4 + size]
        at += 4 + size


def receipt_id_in(tlv: bytes) -> str | None:
    """The id that the server put into a receipt as a requisite of the user."""
    for tag, value in tags(tlv):
        if tag == _USER_REQUISITE:
            return dict(tags(value)).get(_REQUISITE_VALUE, b"").decode("cp866")
    return None
