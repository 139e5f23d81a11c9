"""The auditor: knows what was asked, what the FNs' and the operator's archives hold, and what the server reported.

It reads the archives by itself and trusts no table of the server and no code of its drivers.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from kkt_drivers.emulator.memory import ArchiveEntry
from kkt_drivers.emulator.ofd import OfdDocument

_RECEIPT = 3
_INCOME = 1
_UNFINISHED = ("COMPUTED", "QUEUED", "REGISTERING", "UNCERTAIN")
_USER_REQUISITE, _REQUISITE_VALUE = 1084, 1086


class Asked(msgspec.Struct, frozen=True):
    """An event as the billing system sent it, and the one receipt that must come of it."""

    key: str
    account: str
    kopecks: int
    sign: int = _INCOME


class Reported(msgspec.Struct, frozen=True):
    """A receipt as the server showed it at some moment; no FD number: not registered yet."""

    receipt_id: str
    key: str
    state: str
    fn_number: str | None
    fd_number: int | None
    fiscal_sign: int | None
    total_kopecks: int
    refused_with: int | None = None  # the operator has it, and this is what he has against it


class Auditor:
    """Collects sentences that should not be there."""

    def __init__(self) -> None:
        self.asked: dict[str, Asked] = {}  # by key
        self.problems: list[str] = []
        self.closed_kopecks = 0  # what the receipts of months add up to, which belong to no event of an account
        self.out_of_service: set[str] = set()  # FNs that nobody can bring to hand over what they have
        self.cancelled: set[str] = set()  # a person said that these receipts shall not be made
        self.parked: set[str] = set()  # refused so often that others went on meanwhile
        self._keys: dict[str, str] = {}  # receipt id -> key
        self._reported: dict[str, Reported] = {}
        self._restored = False

    def ask(self, asked: Asked) -> None:
        """An event is about to be sent."""
        self.asked[asked.key] = asked

    def promise(self, key: str, receipt_id: str) -> None:
        """An answer of the API or a list: the receipt of an event. A key has one, and no two keys share one."""
        if self._keys.setdefault(receipt_id, key) != key:
            self._say(f"receipt {receipt_id} was promised for {self._keys[receipt_id]} and for {key}")
        others = [one for one, its in self._keys.items() if its == key and one != receipt_id]
        if others and not self._restored:
            self._say(f"{key} has the receipts {', '.join([*others, receipt_id])}")

    def restored(self) -> None:
        """The database is an older one: what it reported since does not bind it, what it promised it promises anew."""
        self._restored = True
        self._reported.clear()

    def hear(self, reported: Iterable[Reported], archives: dict[str, list[ArchiveEntry]]) -> None:
        """What the server shows now must be true now, and stay so."""
        reported = list(reported)
        for one in reported:
            if one.key in self.asked:
                self.promise(one.key, one.receipt_id)
            if one.state == "REFUSED":
                self.parked.add(one.key)
            earlier = self._reported.get(one.receipt_id)
            if earlier is not None and earlier.fd_number is not None and _place(earlier) != _place(one):
                self._say(f"receipt {one.receipt_id} was reported as {_place(earlier)}, now as {_place(one)}")
            if one.fd_number is not None and one != earlier:
                self._check_report(one, archives)
            self._reported[one.receipt_id] = one
        self._check_heads(reported)

    def _check_heads(self, reported: list[Reported]) -> None:
        """Of what is shown at one moment: no receipt is made while an earlier one of its account is not."""
        first_unmade: dict[str, int] = {}
        for one in reported:
            if one.state in _UNFINISHED and one.key in self.asked:
                account = self.asked[one.key].account
                first_unmade[account] = min(int(one.receipt_id), first_unmade.get(account, int(one.receipt_id)))
        for one in reported:
            asked = self.asked.get(one.key)
            if asked is None or one.fd_number is None or self._restored:
                continue
            unmade = str(first_unmade.get(asked.account, one.receipt_id))
            if int(unmade) < int(one.receipt_id) and self._keys[unmade] not in self.parked:
                self._say(f"receipt {one.receipt_id} of account {asked.account} is made, {unmade} before it is not")

    def whose(self, entry: ArchiveEntry) -> str | None:
        """The key of the event whose receipt this document is; None: of no event of an account.

        A receipt that was computed after the backup has another id in the restored books than in its document: then the
        amount tells, each of which comes once.
        """
        key = self._keys.get(receipt_id_in(entry.tlv) or "")
        if key is None and self._restored:
            alike = (
                one.key for one in self.asked.values() if (one.kopecks, one.sign) == (entry.total_kopecks, entry.sign)
            )
            key = next(alike, None)
        return key

    def _check_report(self, one: Reported, archives: dict[str, list[ArchiveEntry]]) -> None:
        archive = archives.get(one.fn_number or "", [])
        if not 1 <= (one.fd_number or 0) <= len(archive):
            self._say(f"receipt {one.receipt_id} is reported as {_place(one)}, which does not exist")
            return
        entry = archive[(one.fd_number or 0) - 1]
        found = (receipt_id_in(entry.tlv), entry.fiscal_sign, entry.total_kopecks)
        ours = found[0] == one.receipt_id or (self._restored and self.whose(entry) == one.key)
        if not ours or found[1:] != (one.fiscal_sign, one.total_kopecks):
            self._say(f"receipt {one.receipt_id} is reported as {_place(one)}, where {found} stands")
        if one.state == "OFD_ACKED" and not entry.confirmed:
            self._say(f"receipt {one.receipt_id} is reported as confirmed; its FN has no confirmation")
        if one.refused_with and one.refused_with != entry.confirmation_code:
            self._say(f"the operator is reported to refuse {one.receipt_id}: {one.refused_with}; its FN knows better")

    def close(self, archives: dict[str, list[ArchiveEntry]], operator: list[OfdDocument]) -> list[str]:
        """The last look, when everything has come to its end."""
        places: dict[str, list[str]] = {}
        of_months = 0
        for fn_number, archive in archives.items():
            if [entry.fd_number for entry in archive] != list(range(1, len(archive) + 1)):
                self._say(f"FN {fn_number}: FD numbers have gaps")
            for entry in archive:
                if entry.form == _RECEIPT:
                    key = self.whose(entry)
                    of_months += 0 if key else self._month(fn_number, entry)
                    name = key or f"receipt {receipt_id_in(entry.tlv)}"
                    places.setdefault(name, []).append(f"{fn_number}/{entry.fd_number}")
                    if key:
                        self._check_entry(f"FD {entry.fd_number} of FN {fn_number}", self.asked[key], entry)
            self._check_order(fn_number, archive)
        for name, where in places.items():
            if len(where) > 1:
                self._say(f"{name} stands {len(where)} times: {', '.join(where)}")
        if of_months != self.closed_kopecks:
            self._say(f"the receipts of months say {of_months} kopecks, the bills {self.closed_kopecks}")
        self._check_reports(places)
        self._check_operator(archives, operator)
        return self.problems

    def _check_reports(self, places: dict[str, list[str]]) -> None:
        registered = {one.key for one in self._reported.values() if one.fd_number is not None}
        for key in self.asked:
            if key in self.cancelled:
                if key in places:
                    self._say(f"the receipt of {key} was cancelled and stands in {', '.join(places[key])}")
            elif key not in places:
                self._say(f"the receipt of {key} is in no archive")
            elif key not in registered:
                self._say(f"the receipt of {key} is in {places[key][0]} and was never reported as registered")

    def _month(self, fn_number: str, entry: ArchiveEntry) -> int:
        if not self.closed_kopecks or entry.sign != _INCOME:
            self._say(f"FD {entry.fd_number} of FN {fn_number}: nobody asked for it")
        return entry.total_kopecks or 0

    def _check_entry(self, where: str, asked: Asked, entry: ArchiveEntry) -> None:
        if (entry.total_kopecks, entry.sign) != (asked.kopecks, asked.sign):
            self._say(f"{where}: sign {entry.sign} and {entry.total_kopecks} instead of {asked.kopecks} of {asked.key}")

    def _check_order(self, fn_number: str, archive: list[ArchiveEntry]) -> None:
        """Receipts of one account never overtake each other: ids ascend. Restored books may give them others."""
        last: dict[str, int] = {}
        for entry in archive:
            receipt_id = receipt_id_in(entry.tlv) if entry.form == _RECEIPT else None
            key = self._keys.get(receipt_id or "")
            if receipt_id is None or key is None or key in self.parked or self._restored:
                continue
            account = self.asked[key].account
            if last.get(account, 0) > int(receipt_id):
                self._say(f"FN {fn_number}: receipt {receipt_id} came behind its account's {last[account]}")
            last[account] = int(receipt_id)

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
                if document is None and entry.form == _RECEIPT and fn_number not in self.out_of_service:
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
