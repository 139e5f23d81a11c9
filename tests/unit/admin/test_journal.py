"""The story of deeds: what was changed, in words, without the fees for whoever may not see them."""

from typing import Any
from zoneinfo import ZoneInfo

from admin.journal_words import field_word
from admin.pages.settings.journal import difference, thing

Told = dict[str, Any] | None


def _told(before: Told, after: Told, *, fees: bool = True) -> list[tuple[str, str, str]]:
    return difference(before, after, fees=fees, zone=ZoneInfo("Europe/Moscow"))


def test_what_stayed_is_left_out_and_fees_are_told_to_those_who_may_see_them() -> None:
    before = {"number": "7", "fee_kopecks": 1_980_000, "status": "draft"}
    after = {"number": "8", "fee_kopecks": 2_000_000, "status": "draft"}
    assert _told(before, after) == [
        ("fee_kopecks", "19\u00a0800,00\u00a0₽", "20\u00a0000,00\u00a0₽"),
        ("number", "7", "8"),
    ]
    assert _told(before, after, fees=False) == [("fee_kopecks", "•••", "•••"), ("number", "7", "8")]
    assert _told({"roles": ["manager"]}, {"roles": None}) == [("roles", "Менеджер", "")]
    assert _told(None, {"price_kopecks": 100}, fees=False) == [("price_kopecks", "•••", "•••")]


def test_values_are_said_as_people_read_them_and_what_is_empty_is_not_said() -> None:
    after = {"expires_at": "2027-11-25T22:00:00+00:00", "scopes": ["read", "submit"], "note": "", "retired": False}
    assert _told(None, after) == [("expires_at", "", "26.11.2027 01:00"), ("scopes", "", "читать, присылать")]
    assert _told(None, {"restored_on": "2026-11-25", "skip": True}) == [
        ("restored_on", "", "25.11.2026"),
        ("skip", "", "да"),
    ]
    assert _told({"overpay": "same_receipt"}, {"overpay": "separate_receipt"}) == [
        ("overpay", "в том же чеке", "отдельным чеком")
    ]
    assert _told(None, {"code": "2026-13-45"}) == [("code", "", "2026-13-45")]
    assert _told(None, {"legal_form": "org", "source": "site"}) == [
        ("legal_form", "", "организация"), ("source", "", "сайт"),
    ]  # fmt: skip


def test_fields_and_things_have_names_of_the_pages() -> None:
    assert field_word("overpay") == "Переплата в том же чеке или отдельным?"
    assert field_word("days_reserved") == "Менять за столько дней до конца срока"
    assert field_word("unheard_of") == "unheard_of"
    assert (thing("bulk.begun", "retry"), thing("client.added", "retry")) == ("Вернуть чеки в очередь", "retry")
    assert thing("deadlines.planned", "2027-03-31") == "до 31.03.2027"


def test_sums_of_clients_are_told_to_those_who_see_clients() -> None:
    after = {"amount_kopecks": 100, "explanation": "1 %", "lines": [["RU-USN-ADV", 100]], "facts": {"income": 1}}
    zone = ZoneInfo("Europe/Moscow")
    assert {row[2] for row in difference(None, after, fees=False, zone=zone, money=False)} == {"•••"}
    assert "•••" not in {row[2] for row in difference(None, after, fees=False, zone=zone)}
