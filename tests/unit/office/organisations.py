"""Organisations and calendars that the tests of the office plan for."""

import csv
from datetime import date
from pathlib import Path

from accounting.office.clients import Client, Occasion, Payer, ProfileSpan, TaxProfile
from accounting.office.conditions import Fact
from accounting.office.obligation_templates import Pack
from accounting.office.pack_files import shipped_pack
from accounting.office.planning import Plan, plan

DATA = Path(__file__).parents[2] / "data"
YEAR_2026 = (date(2026, 1, 1), date(2026, 12, 31))
RUSSIA = shipped_pack("RU")


def confirmed(country: str) -> Pack:
    """The calendar of a country after somebody confirmed all of it."""
    pack = shipped_pack(country)
    return pack.confirmed(template.code for template in pack.templates)


def profile(payer: Payer, *systems: str, employees: bool = False, **facts: Fact) -> TaxProfile:
    return TaxProfile(payer=payer, systems=systems, with_employees=employees, facts=facts)


def client(name: str, since_2024: TaxProfile, *occasions: Occasion) -> Client:
    span = ProfileSpan(profile=since_2024, valid_from=date(2024, 1, 1))
    return Client(id=name, history=(span,), occasions=occasions)


GOLDEN_PROFILE = profile(Payer.ORG, "USN_D", employees=True, pays_individuals=True, advance_kopecks=3_640_000)
"""LLC on the simplified system "income" with four employees, no VAT, no property (office domain 5.4)."""


def rows_of(name: str) -> list[dict[str, str]]:
    lines = (DATA / name).read_text("utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def planned(*clients: Client, packs: dict[str, Pack] | None = None) -> Plan:
    """The plan of 2026, by what ships of Russia unless other calendars are given."""
    return plan(clients, packs or {"RU": RUSSIA}, *YEAR_2026)


def days_of(one: Plan, code: str) -> dict[str, date]:
    """The days of one rule by period."""
    return {it.what.period_key(): it.what.due for it in one.obligations if it.what.template.code == code}
