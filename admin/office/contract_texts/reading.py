"""Forms of templates and of who stands in contracts, read and checked."""

from importlib import resources
from typing import Final

import msgspec
from litestar.datastructures import FormMultiDict

from accounting.office.registration import is_kpp, is_ogrn
from admin.office.contract_texts.filling import problems_of
from admin.office.forms import FormRefused, tax_number_of, text_of
from admin.office.rich_text import LONGEST
from admin.storage.office.contract_texts import NewTemplate, OwnDetails, PartyDetails
from admin.texts import say

_LONGEST_LINE = 500


PARTY_LABELS: Final = {
    "address": "Адрес",
    "bank": "Реквизиты банка",
    "contact": "Почта и телефон",
    "acts_by": "В лице кого и на основании чего",
    "signer_post": "Должность подписанта",
    "signer": "Подписант",
}
OWN_LABELS: Final = PARTY_LABELS | {
    "name": "Полное название",
    "kpp": "КПП",
    "ogrn": "ОГРН",
    "place": "Место заключения договоров",
}
"""Msgids, by the names of fields."""


def sample_text() -> str:
    """The template that an office may begin with."""
    return resources.files(__package__).joinpath("sample.txt").read_text("utf-8")


def read_template(form: FormMultiDict) -> NewTemplate:
    """A version to be. Raises FormRefused with every mistake in its text."""
    name, text = text_of(form, "name"), text_of(form, "text", LONGEST).replace("\r\n", "\n")
    if not name:
        raise FormRefused(say("Назовите шаблон."))
    if not text:
        raise FormRefused(say("В шаблоне нет текста."))
    problems = problems_of(text)
    if problems:
        raise FormRefused(" ".join(one.text() for one in problems))
    return NewTemplate(name, text)


def read_party(form: FormMultiDict) -> PartyDetails:
    """A side, beside its numbers. Raises FormRefused."""
    return PartyDetails(**{one: _line(form, one) for one in PartyDetails.__struct_fields__})


def _line(form: FormMultiDict, name: str) -> str:
    return " ".join(text_of(form, name, _LONGEST_LINE).split())


def read_own(form: FormMultiDict) -> OwnDetails:
    """Who the office is. Raises FormRefused."""
    inn, kpp, ogrn = tax_number_of(form, "RU") or "", text_of(form, "kpp").upper(), text_of(form, "ogrn")
    if kpp and (len(inn) == 12 or not is_kpp(kpp)):
        raise FormRefused(say("В КПП ошибка: у организации девять знаков, у человека КПП нет."))
    if ogrn and not is_ogrn(ogrn, sole_trader=len(inn) == 12):
        raise FormRefused(say("В ОГРН ошибка: проверьте цифры."))
    return OwnDetails(
        name=_line(form, "name"), inn=inn, kpp=kpp, ogrn=ogrn, place=_line(form, "place"), party=read_party(form)
    )


def kept_own(own: OwnDetails) -> dict[str, str]:
    """What stands in the form of who the office is, by the names of its fields."""
    numbers = {"name": own.name, "tax_number": own.inn, "kpp": own.kpp, "ogrn": own.ogrn, "place": own.place}
    return numbers | typed_details(None, own.party)


def typed_details(form: FormMultiDict | None, kept: msgspec.Struct) -> dict[str, str]:
    """What stands in the fields: as typed, else as kept."""
    known: dict[str, str] = msgspec.to_builtins(kept)
    return {name: str(form.get(name, "")) if form else value for name, value in known.items()}
