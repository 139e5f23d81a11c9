"""Powers of attorney in people's words, their forms, and what stands behind a case that goes to an authority."""

from datetime import date
from typing import Final

import msgspec
from litestar.datastructures import FormMultiDict

from accounting.office.powers import (
    BODIES,
    NUMBER_LETTERS,
    Check,
    PowerKind,
    Standing,
    bodies_of,
    check_power,
    last_day_without_term,
    must_be_notarised,
)
from admin.office.forms import FormRefused, about, choice_of, day_of, text_of
from admin.office.planning import load_packs
from admin.storage.office import organisations, powers
from admin.storage.office.cases import CaseRow
from admin.storage.office.organisations import Organisation
from admin.storage.office.powers import ListedPower, NewPower
from admin.texts import say
from fiscal_server.storage.pool import ReadConnection, WriteConnection

KINDS: Final = {
    "electronic": "электронная (МЧД)",
    "paper": "бумажная",
    "notarised": "бумажная у нотариуса",
    "own_signature": "клиент подписывает сам",
}
BODY_NAMES: Final = {
    "FNS": "налоговая (ФНС)",
    "SFR": "Социальный фонд",
    "ROSSTAT": "Росстат",
    "ROSPRIRODNADZOR": "Росприроднадзор",
    "MVD": "МВД",
    "CUSTOMS": "таможня",
    "OPERATOR": "оператор отчётности",
    "BANK": "банк",
    "COURT": "суд",
    "POST": "почта",
    "ANY": "любые органы",
}
"""Msgids; authorities of other countries go by their own names."""
STANDINGS: Final = {
    Standing.COMING: ("ещё не действует", "quiet"),
    Standing.ACTING: ("действует", "good"),
    Standing.ENDING: ("скоро кончится", "warn"),
    Standing.ENDED: ("кончилась", "bad"),
    Standing.REVOKED: ("отозвана", "quiet"),
}
_POWERS_LETTERS: Final = 1000


def body_name(body: str) -> str:
    """In the language of the page."""
    return say(BODY_NAMES[body]) if body in BODY_NAMES else body


def read_power(form: FormMultiDict, one: Organisation) -> NewPower:
    """What the form records of a client. Raises FormRefused."""
    kind = PowerKind(choice_of(form, "kind", KINDS))
    body = choice_of(form, "body", dict.fromkeys(BODIES.get(one.country, ())))
    number, representative = text_of(form, "number", NUMBER_LETTERS), text_of(form, "representative")
    issued_on = day_of(form, "issued_on")
    if one.country == "RU" and must_be_notarised(one.kind, kind, body):
        raise FormRefused(
            say("Для налоговой доверенность предпринимателя или человека заверяет нотариус; электронная тоже годится.")
        )
    if kind is PowerKind.OWN_SIGNATURE:
        representative, valid_to = "", day_of(form, "valid_to")
    else:
        valid_to = day_of(form, "valid_to") if form.get("valid_to") else last_day_without_term(issued_on)
        if not representative:
            raise FormRefused(about("representative", say("Укажите, кто действует по доверенности.")))
    if kind is PowerKind.ELECTRONIC and not number:
        raise FormRefused(about("number", say("У электронной доверенности есть номер.")))
    if valid_to < issued_on:
        raise FormRefused(about("valid_to", say("Последний день раньше первого.")))
    return NewPower(
        kind=kind, body=body, number=number, representative=representative,
        powers=text_of(form, "powers", _POWERS_LETTERS), issued_on=issued_on, valid_to=valid_to,
    )  # fmt: skip


class Backing(msgspec.Struct, frozen=True, kw_only=True):
    """What stands behind a case that goes to authorities, named in ``bodies``; ``last``: the power that ended last."""

    check: Check
    bodies: tuple[str, ...]
    last: ListedPower | None = None

    @property
    def is_lacking(self) -> bool:
        """Whether nothing may be handed in."""
        return self.check in (Check.MISSING, Check.ENDED)


async def backing_of(db: ReadConnection | WriteConnection, one: CaseRow, day: date) -> Backing | None:
    """None for what goes to no authority."""
    if not one.is_submitted or one.code is None:
        return None
    client = await organisations.organisation_by_id(db, one.organisation_id)
    assert client is not None, "its case was in sight"
    pack = (await load_packs(db)).get(client.country)
    template = next((each for each in pack.templates if each.code == one.code), None) if pack else None
    bodies = () if template is None else bodies_of(template.authority, client.country)
    if not bodies:
        return None
    kept = await powers.powers_of(db, client.id)
    check = check_power(kept, bodies, day)
    over = [each for each in kept if any(each.is_before(body) for body in bodies) and not each.acts_on(day)]
    last = max(over, key=lambda each: each.valid_to, default=None) if check is Check.ENDED else None
    return Backing(check=check, bodies=bodies, last=last)
