"""The papers of a KKT as the wizard takes them: what was typed, what is ordered, what is wrong."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from admin.pages.cassettes.kkt_orders import given
from admin.pages.cassettes.places import replaceable
from fiscal_server.storage.cassette_cards import SlotCard
from fiscal_server.storage.device_orders import KktPapers
from fiscal_server.storage.registration_changes import Reason
from kkt_drivers.ffd.rnm import is_registration_number

LETTERS: Final = 256
_FIELDS: Final = ("address", "ofd_address", "registration_number", "serial", "ofd_inn", "ofd_name", "cassette")


def read_papers(
    form: Mapping[str, Any], inn: str, slots: Sequence[SlotCard]
) -> tuple[dict[str, Any], KktPapers | None, dict[str, str]]:
    """As typed; as ordered, None when something is wrong; what is wrong, by field."""
    typed: dict[str, Any] = {name: given(form, name, LETTERS) for name in (*_FIELDS, "reason", "node", "replaces")}
    typed["reasons"] = [one.value for one in Reason if form.get(f"reason_{one.value}") == "1"]
    wrong = {name: "заполните это поле" for name in (*_FIELDS, "reason") if not typed[name]}
    number, serial = typed["registration_number"], typed["serial"]
    if number and re.fullmatch(r"\d{16}", number, re.ASCII) is None:
        wrong["registration_number"] = "нужны 16 цифр из карточки регистрации"
    elif number and serial and not is_registration_number(number, inn, serial):
        wrong["registration_number"] = "номер не сходится с ИНН организации и заводским номером: проверьте все три"
    if typed["replaces"]:
        old = replaceable(slots, typed["replaces"])
        if old is None:
            wrong["replaces"] = "эта память ещё не кончилась, уже заменена или не этой организации"
        elif number and number != old.registration_number:
            wrong["registration_number"] = "память заменяют в той же кассе: номер в налоговой остаётся прежним"
    if form.get("sure") != "1":
        wrong["sure"] = "подтвердите, что данные проверены"
    if wrong:
        return typed, None, wrong
    ordered = {name: typed[name] for name in _FIELDS}
    if typed["replaces"]:
        ordered |= {"replaces": typed["replaces"], "reasons": typed["reasons"]}
    return typed, msgspec.convert(ordered, KktPapers), wrong
