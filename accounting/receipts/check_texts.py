"""Texts of a finished receipt: lengths, code page 866, the buyer's contact, agent tags (receipt rules 2, 3.3)."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from accounting.receipts.check_findings import Findings
from accounting.receipts.codes import FfdVersion
from accounting.receipts.invariants import NAME_LENGTH, is_printable
from accounting.receipts.model import Agent, Receipt

CONTACT_LENGTH: Final = 64  # 1008
ADDITIONAL_LENGTH: Final = 16  # 1192
USER_REQUISITE_LENGTH: Final = 235  # 1085 and 1086 together
INTERNET_CONTACT_FROM: Final = date(2025, 9, 1)

_CONTACT: Final = re.compile(r"\+[0-9]{7,18}|[^@\s]+@[^@\s]+\.[^@\s]+")
_INN: Final = re.compile(r"[0-9]{10}|[0-9]{12}")
_SIGNS: Final = frozenset({1, 2, 4, 8, 16, 32, 64})
_PHONE_LENGTH: Final = 19


def check_texts(receipt: Receipt, found: Findings) -> None:
    """Names of lines and the receipt's own texts."""
    for place, line in enumerate(receipt.lines):
        if not 1 <= len(line.name) <= NAME_LENGTH:
            found.add("1030", place, length=len(line.name))
        if not is_printable(line.name):
            found.add("cp866", place, text=_unprintable(line.name))
    if receipt.additional is not None and len(receipt.additional) > ADDITIONAL_LENGTH:
        found.add("1192", length=len(receipt.additional))
    user = receipt.user_requisite
    if user is not None:
        both = user.name + user.value
        if len(both) > USER_REQUISITE_LENGTH:
            found.add("1084", length=len(both))
        if not is_printable(both):
            found.add("cp866", text=_unprintable(both))


def _unprintable(text: str) -> str:
    return "".join(dict.fromkeys(sign for sign in text if not is_printable(sign)))


def check_contact(receipt: Receipt, found: Findings, settled_on: date | None) -> None:
    """Tag 1008: length, form, and that a sale on the site has one (receipt rules 2, 3.3)."""
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
        return
    if ffd is not FfdVersion.FFD_1_05:
        found.add("1057_1.2")
    elif receipt.lines and signs != {receipt.agent_sign}:
        found.add("1057", sign=receipt.agent_sign, lines=", ".join(str(sign) for sign in sorted(signs)))


def _check_agent(agent: Agent, place: int, found: Findings) -> None:
    if agent.sign not in _SIGNS:
        found.add("1222", place, sign=agent.sign)
    if not _INN.fullmatch(agent.supplier_inn.strip()):
        found.add("1226", place)
    for tag, text, most in _texts(agent):
        if len(text) > most:
            found.add("agent_text", place, tag=tag, length=len(text), most=most)
        if not is_printable(text):
            found.add("cp866", place, text=_unprintable(text))


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
