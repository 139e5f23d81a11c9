"""Forms of the office, read and checked: what is wrong is said in a msgid, beside what was typed."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, TypeVar

import msgspec
from litestar.datastructures import FormMultiDict

from accounting.office.attributes import ATTRIBUTES, Attribute, AttributeKind
from accounting.office.clients import Occasion, Payer, TaxProfile
from accounting.office.conditions import Fact
from accounting.receipts.inn import has_form, has_right_digits
from accounting.receipts.wording import SOURCE_LANGUAGE
from admin.office import words
from admin.office.field_names import FIELD_NAMES
from admin.storage.office.contacts import ContactLink, NewContact
from admin.storage.office.organisations import NewOrganisation
from admin.tables.asked import kopecks_or_none
from admin.texts import LANGUAGES, say

Row = TypeVar("Row")

_LONGEST: Final = 200
_YEARS: Final = range(1900, 2100)
"""A day that nobody can mean, «9999», has no day after it: with it in a contract no plan could be made."""
_PHONE: Final = re.compile(r"\+?[0-9]{7,15}")
_EMAIL_PART: Final = r"[^@\s\x00-\x1f\x7f\"(),:;<>\[\\\]]+"
"""What no mail needs quotes for: a head of a letter with anything else is another address, or none at all."""
_EMAIL: Final = re.compile(rf"{_EMAIL_PART}@{_EMAIL_PART}\.{_EMAIL_PART}")
_RECEIVES: Final = ("slips", "document_requests", "invoices", "news")


class FormRefused(Exception):
    """The message says what to mend."""


def about(name: str, text: str) -> str:
    """«Срок: Укажите дату.»: what is wrong, with the field that it is said of."""
    return f"{say(FIELD_NAMES[name])}: {text}" if name in FIELD_NAMES else text


def text_of(form: FormMultiDict, name: str, longest: int = _LONGEST) -> str:
    """What was typed, without blanks around it. Raises FormRefused when it is too long."""
    text = str(form.get(name, "")).replace("\0", "").strip()
    if len(text) > longest:
        text = "Слишком длинно: не больше {count} знаков."
        raise FormRefused(about(name, say(text, count=longest)))
    return text


def choice_of(form: FormMultiDict, name: str, choices: Mapping[str, object]) -> str:
    """One of the choices. Raises FormRefused."""
    text = str(form.get(name, ""))
    if text not in choices:
        raise FormRefused(about(name, say("Выберите один из вариантов.")))
    return text


def row_of(form: FormMultiDict, name: str, rows: Mapping[str, Row]) -> Row | None:
    """The row that was chosen by its number; None for none. Raises FormRefused for one that there is not."""
    return rows[choice_of(form, name, rows)] if form.get(name) else None


def is_ticked(form: FormMultiDict, name: str) -> bool:
    """«1» of a browser's tick, or nothing. Raises FormRefused for anything else."""
    return choice_of(form, name, {"1": True, "0": True}) == "1" if form.get(name) else False


def day_of(form: FormMultiDict, name: str) -> date:
    """A day of a browser's own field, of years that somebody can mean. Raises FormRefused."""
    try:
        day = date.fromisoformat(str(form.get(name, "")))
    except ValueError:
        raise FormRefused(about(name, say("Укажите дату."))) from None
    if day.year not in _YEARS:
        raise FormRefused(about(name, say("Укажите дату.")))
    return day


def number_of(form: FormMultiDict, name: str) -> int:
    """A number of a row. Raises FormRefused."""
    text = str(form.get(name, ""))
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise FormRefused(about(name, say("Выберите один из вариантов.")))
    return int(text)


def tax_number_of(form: FormMultiDict, country: str) -> str | None:
    """Digits; a Russian one by its check digits. Raises FormRefused."""
    digits = re.sub(r"[\s.\-/]", "", text_of(form, "tax_number"))
    if not digits:
        return None
    if not (digits.isascii() and digits.isdecimal()) or (
        country == "RU" and not (has_form(digits) and has_right_digits(digits))
    ):
        raise FormRefused(say("В ИНН ошибка: проверьте цифры."))
    return digits


def read_organisation(form: FormMultiDict) -> NewOrganisation:
    """A new client. Raises FormRefused."""
    name = text_of(form, "short_name")
    if not name:
        raise FormRefused(say("Укажите название клиента."))
    return NewOrganisation(
        short_name=name,
        full_name=text_of(form, "full_name", 500),
        kind=choice_of(form, "kind", words.KINDS),
        tax_number=tax_number_of(form, "RU"),
        status="onboarding",
    )


def asked_attributes(country: str) -> list[Attribute]:
    """What a tax profile of a country may say, in the order of the form."""
    return [one for one in ATTRIBUTES if one.country == country and not one.of_occasion]


def read_profile(form: FormMultiDict, kind: str, country: str) -> TaxProfile:
    """A tax profile. An attribute that was left open stays unanswered. Raises FormRefused."""
    chosen = form.getall("system", [])
    if not set(chosen) <= words.SYSTEMS.keys():
        raise FormRefused(about("system", say("Выберите один из вариантов.")))
    systems = tuple(one for one in words.SYSTEMS if one in chosen)
    if not systems:
        raise FormRefused(say("Выберите систему налогообложения."))
    facts: dict[str, Fact] = {}
    for one in asked_attributes(country):
        answer = _fact(one, text_of(form, f"fact_{one.name}"))
        if answer is not None:
            facts[one.name] = answer
    employees = is_ticked(form, "with_employees")
    return TaxProfile(payer=Payer(words.PAYERS[kind]), systems=systems, with_employees=employees, facts=facts)


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _fact(one: Attribute, text: str) -> Fact | None:
    if not text:
        return None
    choices = ("yes", "no") if one.kind is AttributeKind.FLAG else one.choices
    if one.kind is not AttributeKind.NUMBER:
        if text not in choices:
            raise FormRefused(f"{say(one.label)}: {say('Выберите один из вариантов.')}")
        return text == "yes" if one.kind is AttributeKind.FLAG else text
    number = kopecks_or_none(text) if one.name.endswith("_kopecks") else _whole(text)
    if number is None:
        raise FormRefused(say("Нужно число: «{name}».", name=say(one.label)))
    return number


def occasion_attributes(country: str) -> dict[str, Attribute]:
    """What may happen to a client of a country and start a term."""
    return {one.name: one for one in ATTRIBUTES
            if one.of_occasion and one.country in ("", country) and one.kind is not AttributeKind.NUMBER}  # fmt: skip


def read_occasion(form: FormMultiDict, number: int, country: str) -> Occasion:
    """What happened, and when; what lasts has an end. Raises FormRefused."""
    attributes = occasion_attributes(country)
    what, _, choice = text_of(form, "what").partition(" ")
    if what not in attributes or (choice or None) not in (attributes[what].choices or (None,)):
        raise FormRefused(about("what", say("Выберите один из вариантов.")))
    start, end = day_of(form, "start"), day_of(form, "end") if form.get("end") else None
    if end is not None and end < start:
        raise FormRefused(say("Последний день раньше первого."))
    return Occasion(name=what, id=str(number), start=start, end=end, choice=choice or None)


def number_text(name: str, value: Fact | None) -> str:
    """What stands in the field of a number that was answered: money in roubles, «1234,50»."""
    if value is None:
        return ""
    if name.endswith("_kopecks"):
        roubles, kopecks = divmod(int(value), 100)
        return f"{roubles},{kopecks:02}"
    return str(value)


def clean_phone(text: str) -> str | None:
    """«8 (900) 000-00-01» -> «+79000000001»; None for none. Raises FormRefused."""
    digits = re.sub(r"[\s()\-.]", "", text)
    if not digits:
        return None
    if len(digits) == 11 and digits.startswith("8"):
        digits = f"+7{digits[1:]}"
    elif digits.isdecimal():
        digits = f"+{digits}"
    if not _PHONE.fullmatch(digits):
        raise FormRefused(say("В телефоне ошибка: нужны цифры."))
    return digits


def clean_email(text: str) -> str | None:
    """In small letters; None for none. Raises FormRefused."""
    email = text.strip().lower()
    if not email:
        return None
    if not _EMAIL.fullmatch(email):
        raise FormRefused(say("В адресе почты ошибка."))
    return email


def read_contact(form: FormMultiDict) -> tuple[NewContact, ContactLink]:
    """Somebody of a client, and what they are to it. Raises FormRefused."""
    name = text_of(form, "name")
    if not name:
        raise FormRefused(say("Укажите имя."))
    phone, email = clean_phone(text_of(form, "phone")), clean_email(text_of(form, "email"))
    if phone is None and email is None:
        raise FormRefused(say("Укажите телефон или почту."))
    contact = NewContact(
        name=name,
        phones=(phone,) if phone else (),
        emails=(email,) if email else (),
        language=choice_of(form, "language", LANGUAGES) if form.get("language") else SOURCE_LANGUAGE,
        notes=text_of(form, "notes", 1000),
    )
    if not set(form.getall("receives", [])) <= set(_RECEIVES):
        raise FormRefused(about("receives", say("Выберите один из вариантов.")))
    link = ContactLink(
        role=choice_of(form, "role", words.CONTACT_ROLES),
        receives=tuple(one for one in _RECEIVES if one in form.getall("receives", [])),
        can_acknowledge=is_ticked(form, "can_acknowledge"),
        can_sign=is_ticked(form, "can_sign"),
    )
    return contact, link


def told(value: Any) -> dict[str, Any]:
    """A struct for the audit."""
    return msgspec.to_builtins(value, str_keys=True)  # type: ignore[no-any-return]
