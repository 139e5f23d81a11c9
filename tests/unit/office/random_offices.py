"""Organisations of any kind for property tests: histories of profiles, occasions, contracts, dates of authorities."""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec
from hypothesis import strategies as st

from accounting.office.attributes import ATTRIBUTES, AttributeKind
from accounting.office.clients import Client, Coverage, Occasion, ProfileSpan, TaxProfile
from accounting.office.conditions import Fact
from accounting.office.obligation_templates import OneOffDate, Pack
from accounting.office.planning import Plan, plan
from tests.unit.office.organisations import confirmed

PACKS = {country: confirmed(country) for country in ("RU", "PL", "BR")}
SYSTEMS = sorted({system for pack in PACKS.values() for one in pack.templates for system in one.systems} - {"ANY"})
LASTING = ("patent", "poa", "certificate", "fn")
"""Occasions that end on another day than they begin."""

FIRST, LAST = date(2025, 1, 1), date(2028, 9, 30)
"""With years whose days off are published, preliminary and not known."""
DAYS = st.dates(FIRST, LAST)
SPANS = st.integers(30, 700)
EVERYTHING = (FIRST - timedelta(days=400), (LAST - FIRST).days + 1_200)
"""A window that holds whatever the strategies make: its first day, and how many follow."""


def _of_profile(kind: AttributeKind) -> list[str]:
    return [one.name for one in ATTRIBUTES if one.kind is kind and not one.of_occasion]


_CHOICES = {one.name: one.choices for one in ATTRIBUTES if one.kind is AttributeKind.CHOICE and not one.of_occasion}
_OCCASIONS = {one.name: one for one in ATTRIBUTES if one.of_occasion and one.name != "patent_months"}


@st.composite
def profiles(draw: st.DrawFn, country: str = "RU") -> TaxProfile:
    """One that owes something: what a rule asks of payer and system; of flags many are answered with yes."""
    flags = _of_profile(AttributeKind.FLAG)
    meant = draw(st.sampled_from(PACKS[country].templates))
    facts: dict[str, Fact] = dict.fromkeys(flags, True) if draw(st.booleans()) else {}
    facts |= draw(st.dictionaries(st.sampled_from(flags), st.booleans(), max_size=12))
    facts |= draw(st.dictionaries(st.sampled_from(_of_profile(AttributeKind.NUMBER)), st.integers(0, 10**11)))
    for name, choices in _CHOICES.items():
        if chosen := draw(st.sampled_from((None, *choices))):
            facts[name] = chosen
    return TaxProfile(
        payer=draw(st.sampled_from(sorted(meant.payers))),
        systems=(
            draw(st.sampled_from(sorted(meant.systems))),
            *draw(st.lists(st.sampled_from(SYSTEMS), max_size=3)),
        ),
        with_employees=draw(st.booleans()),
        facts=facts,
    )


@st.composite
def occasions(draw: st.DrawFn, country: str) -> tuple[Occasion, ...]:
    """Those that its calendar asks for; several of a kind, and of a day."""
    names = [one.name for one in _OCCASIONS.values() if one.country in ("", country)]
    found = []
    for number in range(draw(st.integers(0, 6)) if names else 0):
        name = draw(st.sampled_from(names))
        start = draw(DAYS)
        end = start + timedelta(days=draw(st.integers(0, 400))) if name in LASTING else None
        choices = _OCCASIONS[name].choices
        choice = draw(st.sampled_from(choices)) if choices else None
        found.append(Occasion(name=name, id=str(number), start=start, end=end, choice=choice))
    return tuple(found)


@st.composite
def clients(draw: st.DrawFn, *, changes: int = 2, with_occasions: bool = True) -> Client:
    """With at most so many changes of profile; sometimes a profile ends and none follows."""
    country = draw(st.sampled_from(("RU", "RU", "PL", "BR")))
    since = date(2020, 1, 1)
    client = Client(
        id="c",
        country=country,
        region=draw(st.sampled_from((None, "RU-BA"))),
        history=(ProfileSpan(profile=draw(profiles(country)), valid_from=since),),
        occasions=draw(occasions(country)) if with_occasions else (),
        coverage=draw(st.sampled_from((None, (Coverage(codes=frozenset(("RU-NDFL*", "PL-*")), valid_from=FIRST),)))),
    )
    for day in sorted(draw(st.sets(DAYS, max_size=changes))):
        client = client.with_profile(draw(profiles(country)), day)
    if changes and draw(st.booleans()):
        *before, newest = client.history
        ended = msgspec.structs.replace(newest, valid_to=newest.valid_from + timedelta(days=draw(st.integers(1, 900))))
        client = msgspec.structs.replace(client, history=(*before, ended))
    return client


class Office(msgspec.Struct, frozen=True):
    """A client, and what authorities set for its calendar."""

    client: Client
    dates: tuple[OneOffDate, ...] = ()

    def packs(self) -> dict[str, Pack]:
        """The calendars with the dates."""
        country = self.client.country
        return {**PACKS, country: PACKS[country].with_dates(self.dates)}

    def plan(self, first: date, days: int) -> Plan:
        """What is owed from a day on, and so many days after it."""
        return plan([self.client], self.packs(), first, first + timedelta(days=days))

    def of(self, client: Client) -> "Office":
        """The same dates for another client."""
        return Office(client, self.dates)

    def without_dates(self) -> "Office":
        """As if no authority had set anything."""
        return Office(self.client)


@st.composite
def offices(draw: st.DrawFn, *, changes: int = 2, with_occasions: bool = True) -> Office:
    """Days that authorities set are of what the client owes, for everybody and for it alone; one of each thing."""
    client = draw(clients(changes=changes, with_occasions=with_occasions))
    owed = sorted(Office(client).plan(*EVERYTHING).dates().items()) if draw(st.booleans()) else []
    found = {}
    for key, was in draw(st.lists(st.sampled_from(owed), max_size=8)) if owed else ():
        one = OneOffDate(
            code=key.code,
            period=key.period,
            instalment=key.instalment,
            due=was + timedelta(days=draw(st.integers(-45, 150))),
            document="act",
            client=draw(st.sampled_from((None, client.id))),
        )
        found[one.code, one.period, one.instalment, one.client] = one
    return Office(client, tuple(found.values()))


def told(one: Plan) -> Sequence[tuple[object, ...]]:
    """Everything that is kept of a plan, in its order."""
    return [
        (*it.key(), it.what.due, it.what.target, it.what.move, it.profile_since, it.outside_contract)
        for it in one.obligations
    ]
