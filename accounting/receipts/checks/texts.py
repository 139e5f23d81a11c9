"""Texts of a finished receipt: lengths, code page 866, the buyer's contact, agent tags (receipt rules 2, 3.3 [I])."""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Final

from accounting.receipts.checks.findings import Findings
from accounting.receipts.checks.invariants import KEPT_LENGTH, NAME_LENGTH, is_printable
from accounting.receipts.codes import FfdVersion
from accounting.receipts.inn import has_form, has_right_digits
from accounting.receipts.model import Agent, Receipt, Requisite

CONTACT_LENGTH: Final = 64  # 1008
ADDITIONAL_LENGTH: Final = 16  # 1192
USER_REQUISITE_LENGTH: Final = 235  # 1085 and 1086 together
LINE_ADDITIONAL_LENGTH: Final = 64  # 1191
MEASURE_LENGTH: Final = 16  # 1197
INTERNET_CONTACT_FROM: Final = date(2025, 9, 1)

_CONTACT: Final = re.compile(r"\+[0-9]{7,18}|[^@\s]+@[^@\s]+\.[^@\s]+")
_SIGNS: Final = frozenset({1, 2, 4, 8, 16, 32, 64})
_FISCAL_SIGN: Final = re.compile(r"[0-9]{1,10}")  # 1077
_CONTROL: Final = re.compile(r"[\x00-\x1f]")
_PHONE_LENGTH: Final = 19


def check_texts(receipt: Receipt, found: Findings) -> None:
    """Names of lines and the receipt's own texts."""
    for place, line in enumerate(receipt.lines):
        if not line.name.strip() or len(line.name) > NAME_LENGTH:
            found.add("1030", place, length=len(line.name.strip()))
        _check_printable(line.name, place, found)
        if line.additional is not None and len(line.additional) > LINE_ADDITIONAL_LENGTH:
            found.add("1191", place, length=len(line.additional))
        if line.measure_text is not None and len(line.measure_text) > MEASURE_LENGTH:
            found.add("1197_length", place, length=len(line.measure_text))
        if line.additional is not None:
            _check_printable(line.additional, place, found)
        if line.measure_text is not None:
            _check_printable(line.measure_text, place, found)
        if line.requisites:
            for text in _texts_within(line.requisites):
                _check_printable(text, place, found)
    _check_own_texts(receipt, found)


def _check_own_texts(receipt: Receipt, found: Findings) -> None:
    """Texts of the whole receipt."""
    if receipt.sender_email is not None and len(receipt.sender_email) > CONTACT_LENGTH:
        found.add("1117", length=len(receipt.sender_email))
    if receipt.additional is not None:
        _check_printable(receipt.additional, None, found)
    if receipt.correction is not None and receipt.additional and not _FISCAL_SIGN.fullmatch(receipt.additional):
        found.add("1192_sign", text=receipt.additional)
    if receipt.additional is not None and len(receipt.additional) > ADDITIONAL_LENGTH:
        found.add("1192", length=len(receipt.additional))
    if receipt.correction is not None and receipt.correction.order_number is not None:
        _check_printable(receipt.correction.order_number, None, found)
    for text in _texts_within(receipt.requisites):
        _check_printable(text, None, found)
    user = receipt.user_requisite
    if user is not None:
        both = user.name + user.value
        if len(both) > USER_REQUISITE_LENGTH:
            found.add("1084", length=len(both))
        _check_printable(both, None, found)


def _texts_within(requisites: tuple[Requisite, ...]) -> Iterator[str]:
    for requisite in requisites:
        if isinstance(requisite.value, str):
            yield requisite.value
        elif isinstance(requisite.value, tuple):
            yield from _texts_within(requisite.value)


def _check_printable(text: str, place: int | None, found: Findings) -> None:
    if len(text) <= KEPT_LENGTH and _is_clean(text):
        return
    if not is_printable(text):
        found.add("cp866", place, text=_unprintable(text))
    if _CONTROL.search(text):
        found.add("control_characters", place)


@lru_cache(maxsize=4096)
def _is_clean(text: str) -> bool:
    return is_printable(text) and not _CONTROL.search(text)


def _unprintable(text: str) -> str:
    return "".join(dict.fromkeys(sign for sign in text if not is_printable(sign)))


def check_contact(receipt: Receipt, found: Findings, settled_on: date | None) -> None:
    """Tag 1008: length, form, and that a sale on the site has one (receipt rules 2, 3.3 [I])."""
    contact = receipt.contact
    if contact == "none":
        found.add("1008_none")
    elif contact is not None and not 1 <= len(contact) <= CONTACT_LENGTH:
        found.add("1008", length=len(contact))
    elif contact is not None and not _CONTACT.fullmatch(contact):
        found.add("1008_form")
    required = receipt.internet and settled_on is not None and settled_on >= INTERNET_CONTACT_FROM
    if required and contact in (None, "none"):
        found.add("internet_contact")


def check_agents(receipt: Receipt, found: Findings, ffd: FfdVersion) -> None:
    """Agent tags of lines, and 1057 of the whole receipt (receipt rules 2)."""
    signs = set()
    for place, line in enumerate(receipt.lines):
        signs.add(line.agent.sign if line.agent is not None else 0)
        if line.agent is not None:
            _check_agent(line.agent, place, found)
    if receipt.agent_sign is None:
        if ffd is FfdVersion.FFD_1_05 and len(signs) == 1 and signs != {0}:
            found.add("1057_absent", sign=signs.pop())
        return
    if ffd is not FfdVersion.FFD_1_05:
        found.add("1057_1.2")
    elif receipt.lines and signs != {receipt.agent_sign}:
        found.add("1057", sign=receipt.agent_sign, lines=", ".join(str(sign) for sign in sorted(signs)))


def _check_agent(agent: Agent, place: int, found: Findings) -> None:
    if agent.sign not in _SIGNS:
        found.add("1222", place, sign=agent.sign)
    if not has_form(agent.supplier_inn):
        found.add("1226", place)
    elif not has_right_digits(agent.supplier_inn):
        found.add("inn_digits", place, tag=1226, inn=agent.supplier_inn.strip())
    operator = agent.data.transfer_operator_inn if agent.data is not None else None
    if operator is not None and not has_form(operator):
        found.add("1016", place, inn=operator.strip())
    elif operator is not None and not has_right_digits(operator):
        found.add("inn_digits", place, tag=1016, inn=operator.strip())
    for tag, text, most in _texts(agent):
        if len(text) > most:
            found.add("agent_text", place, tag=tag, length=len(text), most=most)
        _check_printable(text, place, found)


def _texts(agent: Agent) -> Iterator[tuple[int, str, int]]:
    """Tag, text, largest length."""
    if agent.supplier_name is not None:
        yield 1225, agent.supplier_name, 256
    yield from ((1171, phone, _PHONE_LENGTH) for phone in agent.supplier_phones)
    data = agent.data
    if data is None:
        return
    for tag, text, most in (
        (1005, data.transfer_operator_address, 256),
        (1016, data.transfer_operator_inn, 12),
        (1026, data.transfer_operator_name, 64),
        (1044, data.operation, 24),
    ):
        if text is not None:
            yield tag, text, most
    phones = {1073: data.agent_phones, 1074: data.receiver_phones, 1075: data.transfer_operator_phones}
    for tag, listed in phones.items():
        yield from ((tag, phone, _PHONE_LENGTH) for phone in listed)
