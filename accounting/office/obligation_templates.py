"""Obligation templates: what is due, by whom, when (office domain 3.11). A calendar of a country is a pack of them.

A template has one row a version: ``valid_from`` and ``valid_to`` bound the ends of the periods it is for, so that a new
rule never touches periods of the old one.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from accounting.office.clients import Payer, TaxProfile
from accounting.office.conditions import Condition, names_in
from accounting.office.due_rules import Term
from accounting.office.periods import OF_OCCASIONS, PeriodKind, periods_of_year

ANY_SYSTEM: Final = "ANY"


class ObligationKind(StrEnum):
    """What a thing is; the client gets a slip for a payment, nothing for a notice (office domain 3.11)."""

    REPORT = "report"
    PAYMENT = "payment"
    NOTICE = "notice"
    EVENT_REPORT = "event_report"
    INTERNAL = "internal"


class Shift(StrEnum):
    """Where a term goes that ends on a day off."""

    NEXT = "next"
    PREV = "prev"
    NONE = "none"


class Employees(StrEnum):
    """Whom a rule is for: those with employees, those without, all."""

    ONLY = "y"
    WITHOUT = "n"
    ANY = "any"


class Certainty(StrEnum):
    """How sure we are of a rule; only ``HIGH`` is planned without a person's word (office domain 10)."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class TemplateState(StrEnum):
    """A draft plans nothing until a person of the office confirms it."""

    DRAFT = "draft"
    ACTIVE = "active"


LEAD_DAYS: Final = {
    ObligationKind.REPORT: 3,
    ObligationKind.PAYMENT: 3,
    ObligationKind.NOTICE: 2,
    ObligationKind.EVENT_REPORT: 0,
    ObligationKind.INTERNAL: 0,
}
"""Working days between the office's own date and the legal one, where a template does not say."""


class ObligationTemplate(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One version of a rule. ``terms``: one, or one an instalment; ``months``: period ends that count, all if empty."""

    code: str
    version: str
    """Of the pack it stands in."""
    name: str
    """The official title, in the language of the country; ``obligation_words`` says which readers get which name."""
    name_en: str
    kind: ObligationKind
    systems: frozenset[str]
    payers: frozenset[Payer]
    employees: Employees
    condition: Condition
    period: PeriodKind
    months: frozenset[int]
    terms: tuple[Term, ...]
    shift: Shift
    saturdays: bool
    """Whether Saturday is a working day for this rule."""
    lead_days: int
    valid_from: date
    valid_to: date | None
    authority: str
    form: str
    source: str
    """The law."""
    certainty: Certainty
    notes: str
    """In Russian; may be empty where there are English ones."""
    notes_en: str
    state: TemplateState
    occasion: str | None
    """The occasion that starts it, None where it comes round by the calendar."""

    def is_for(self, period_end: date) -> bool:
        """Whether this version is the rule of periods that end on the day."""
        return self.valid_from <= period_end and (self.valid_to is None or period_end < self.valid_to)

    def is_for_payer(self, profile: TaxProfile) -> bool:
        """Whether kind of payer, tax system and employees are those of the rule; the condition is asked apart."""
        if profile.payer not in self.payers or (
            ANY_SYSTEM not in self.systems and not self.systems & profile.families()
        ):
            return False
        return self.employees is Employees.ANY or (self.employees is Employees.ONLY) == profile.with_employees


class OneOffDate(msgspec.Struct, frozen=True, kw_only=True):
    """A date that an authority set for one period: stronger than rule and shift. ``document`` says by which act.

    ``client``: for one organisation only. ``instalment`` 0 is the only one.
    """

    code: str
    period: str
    due: date
    document: str
    instalment: int = 0
    client: str | None = None


class Pack(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The calendar of a country in one version of its data."""

    country: str
    version: str
    source: str
    templates: tuple[ObligationTemplate, ...]
    one_off_dates: tuple[OneOffDate, ...] = ()

    def active(self) -> list[ObligationTemplate]:
        """The templates that are planned."""
        return [template for template in self.templates if template.state is TemplateState.ACTIVE]

    def confirmed(self, codes: Iterable[str]) -> "Pack":
        """The pack after a person confirmed drafts. Raises KeyError for a code that it does not have."""
        wanted = set(codes)
        if unknown := wanted - {template.code for template in self.templates}:
            raise KeyError(", ".join(sorted(unknown)))
        return msgspec.structs.replace(
            self,
            templates=tuple(
                msgspec.structs.replace(template, state=TemplateState.ACTIVE) if template.code in wanted else template
                for template in self.templates
            ),
        )

    def with_dates(self, dates: Iterable[OneOffDate]) -> "Pack":
        """The pack with one-off dates of the office beside its own; a later one of the same thing wins.

        Raises ValueError for a date of an obligation, a period or an instalment that there is not.
        """
        dates = tuple(dates)
        for one in dates:
            if not any(template.code == one.code and _has(template, one) for template in self.templates):
                raise ValueError(f"{one.code} has no period {one.period} with instalment {one.instalment}")
        return msgspec.structs.replace(self, one_off_dates=(*self.one_off_dates, *dates))

    def questions(self, profile: TaxProfile) -> list[str]:
        """What is still to be found out: attributes that active rules ask and the profile does not answer."""
        asked = {
            name
            for template in self.active()
            if template.occasion is None and template.is_for_payer(profile)
            for name in names_in(template.condition)
        }
        return sorted(asked - profile.facts.keys())


def _has(template: ObligationTemplate, one: OneOffDate) -> bool:
    """Whether the template has such an instalment, and such a period where periods come round."""
    if not (one.instalment == 0 if len(template.terms) == 1 else 1 <= one.instalment <= len(template.terms)):
        return False
    if template.period in OF_OCCASIONS:
        return True
    year = one.period[:4]
    return year.isdecimal() and one.period in {period.key for period in periods_of_year(template.period, int(year))}
