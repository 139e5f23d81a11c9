"""A contract of the database as the rules of ends and fees take it."""

from collections.abc import Sequence
from typing import Any, Final, Protocol

import msgspec

from accounting.office.contract_fees import introductory
from accounting.office.contracts import Contract, FeeChange, FeeStage, Indexation
from admin.office.contract_work import as_contract
from admin.storage.office.contracts import ContractCard, ForceRow

_STAGES: Final = "stages"


class FeeFacts(Protocol):
    """What a contract itself says of its fee; no fee: it may not be told."""

    @property
    def fee_kopecks(self) -> int | None:
        """Of a month."""

    @property
    def indexation_bp(self) -> int | None:
        """The share it grows by."""

    @property
    def indexation_month(self) -> int | None:
        """The month it grows in."""


def with_fee(contract: Contract, facts: FeeFacts, stages: Any, changes: Sequence[FeeChange]) -> Contract:
    """With its money. ``stages``: as they are kept, None without; ``changes``: of its annexes in their order."""
    indexation = None
    if facts.indexation_bp is not None and facts.indexation_month is not None:
        indexation = Indexation(rate_bp=facts.indexation_bp, month=facts.indexation_month)
    return msgspec.structs.replace(
        contract,
        fee_kopecks=facts.fee_kopecks or 0,
        indexation=indexation,
        stages=read_stages(stages),
        fee_changes=tuple(changes),
    )


def read_stages(kept: Any) -> tuple[FeeStage, ...]:
    """Months that cost the same, as a contract keeps them; none where it was made of no price."""
    return msgspec.convert(kept or (), tuple[FeeStage, ...])


def introductory_of(card: ContractCard) -> tuple[FeeStage, ...]:
    """Months at the beginning that cost something else than the fee that the contract says."""
    return introductory(read_stages(card.terms.get(_STAGES)), card.fee_kopecks or 0)


def contract_of(card: ContractCard, changes: Sequence[FeeChange] = ()) -> Contract:
    """Without its lines. One without a first day counts from the day it is dated."""
    row = ForceRow(
        id=card.id, number=card.number, organisation_id=card.organisation_id, status=card.status,
        starts_on=card.starts_on or card.dated, ends_on=card.ends_on, renews_by_months=card.renews_by_months,
        notice_days=card.notice_days, closes_on=card.closes_on,
    )  # fmt: skip
    return with_fee(as_contract(row, ()), card, card.terms.get(_STAGES), changes)
