"""What happened and what was there before: the first sentences of an explanation (``explain``)."""

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from accounting.receipts.corrections.corrector import KEY_PREFIX
from accounting.receipts.event_parts import PaymentTenders
from accounting.receipts.events import (
    AdvanceTransfer,
    AnyEvent,
    PeriodClose,
    Recalculation,
    ServiceRefund,
)
from accounting.receipts.explanation import sentences as texts
from accounting.receipts.explanation.scene import Role, Scene
from accounting.receipts.ledger import AccountState, Settlement
from accounting.receipts.model import Receipt
from accounting.receipts.wording import day_text, month_text, roubles, translated


def document(scene: Scene) -> Iterator[str]:
    """The receipt itself: kind, sign, amount, forms, whose it is."""
    computed = scene.computed
    receipt = computed.receipt
    kind = texts.RECEIPT if receipt.correction is None else texts.CORRECTION_RECEIPT
    yield translated(texts.DOCUMENT, kind=translated(kind), **_face(receipt), forms=_forms(receipt))
    if computed.consolidated is not None:
        yield translated(texts.CONSOLIDATED, period=month_text(computed.consolidated))
    elif computed.account is not None:
        yield translated(texts.ACCOUNT, account=computed.account)
    else:
        yield translated(texts.OF_THE_DAY if scene.role is Role.MISSING else texts.NOBODYS)
    if computed.part is not None:
        yield translated(texts.PART, part=computed.part)


def _face(receipt: Receipt) -> dict[str, str]:
    return {"sign": translated(texts.SIGNS[int(receipt.sign)]), "amount": roubles(receipt.total_kopecks)}


def _forms(receipt: Receipt) -> str:
    used = ((name, getattr(receipt.tenders, name)) for name in texts.FORMS)
    return ", ".join(translated(texts.FORMS[name], amount=roubles(amount)) for name, amount in used if amount)


def happened(scene: Scene) -> Iterator[str]:
    """The event, what it brought along, and why its receipt comes only now."""
    event = scene.event
    if event is None:
        return
    yield translated(texts.EVENTS[_kind(event)], **_values(scene, event))
    if isinstance(event, PeriodClose):
        for charge in event.charges:
            if scene.computed.account is not None and charge.account == scene.computed.account:
                service = scene.service(charge.service)
                yield translated(texts.CHARGED, service=service, amount=roubles(charge.amount_kopecks))
    if scene.restored_on is not None:
        key = scene.computed.event_key
        if key.startswith(KEY_PREFIX):
            yield translated(texts.RESTORED, day=day_text(scene.restored_on), key=key)
    wrong = scene.wrong
    if wrong is not None:
        face = _face(wrong.document.receipt)
        yield translated(texts.WRONG, receipt=wrong.id, **face, fiscal_sign=wrong.fiscal_sign)
        if wrong.quarantined:
            yield translated(texts.QUARANTINED)


def _kind(event: AnyEvent) -> str:
    kind = str(event.__struct_config__.tag)
    if isinstance(event, Recalculation) and event.amount_kopecks < 0:
        return "recalculation_down"
    if isinstance(event, AdvanceTransfer) and event.source == event.target:
        return "advance_set_off"
    return kind


def _values(scene: Scene, event: AnyEvent) -> dict[str, Any]:
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    tenders = fields.get("tenders")
    amount = tenders.total() if tenders is not None else fields.get("amount_kopecks", 0)
    day = next((value for name, value in fields.items() if name.endswith("_on") and name != "due_on"), UNSET)
    values = {name: fields.get(name, "") for name in ("payment", "receipt", "source", "target")}
    return values | {
        "amount": roubles(0 if amount is UNSET else abs(amount)),
        "day": "" if day is UNSET else day_text(day),
        "of_day": day_text(fields["day"]) if "day" in fields else "",
        "period": month_text(fields["period"]) if "period" in fields else "",
        "service": scene.service(fields.get("service")),
        "ways": _ways(tenders),
    }


def _ways(tenders: PaymentTenders | None) -> str:
    if tenders is None:
        return ""
    used = [words for way, words in texts.WAYS.items() if getattr(tenders, f"{way}_kopecks") is not UNSET]
    return ", ".join(translated(words) for words in used)


def owed(scene: Scene) -> Iterator[str]:
    """What the account owed and had as the event met it; of a consolidated receipt what all of them had."""
    if scene.role in (Role.REVERSING, Role.RIGHT, Role.NOT_ACCEPTED):
        yield translated(texts.LEDGER_STAYS)
    elif scene.computed.consolidated is not None:
        yield from _offset_of_all(scene)
    elif scene.before is not None:
        told = [*_ledger(scene, scene.before), *_settled(scene, scene.before)]
        yield from told or [translated(texts.NOTHING_OWED)]


def _offset_of_all(scene: Scene) -> Iterator[str]:
    spent: dict[str, int] = {}
    for key, after in scene.accounts_after.items():
        known = scene.accounts_before[key].settlements if key in scene.accounts_before else ()
        new = [row for row in after.settlements if row not in known and row.form == "advance"]
        if new:
            spent[key] = sum(row.amount_kopecks for row in new)
    if spent:
        yield translated(texts.OFFSET_OF_ALL, count=len(spent), amount=roubles(sum(spent.values())))
    else:
        receipt = scene.computed.receipt
        yield translated(texts.RETURNED_OF_ALL, count=len(receipt.lines), amount=roubles(receipt.total_kopecks))


def _ledger(scene: Scene, account: AccountState) -> Iterator[str]:
    for debt in account.debts:
        text = texts.CREDITED_DEBT if debt.credited else texts.DEBT if debt.delivered else texts.CHARGE
        yield translated(
            text,
            period=month_text(debt.period),
            service=scene.service(debt.service),
            amount=roubles(debt.amount_kopecks),
            due=day_text(debt.due_on),
        )
    for debt in account.off_balance:
        service, amount = scene.service(debt.service), roubles(debt.amount_kopecks)
        yield translated(texts.OFF_BALANCE, period=month_text(debt.period), service=service, amount=amount)
    if account.costs_kopecks:
        yield translated(texts.COSTS_OWED, amount=roubles(account.costs_kopecks))
    if account.penalty_kopecks:
        yield translated(texts.PENALTY_OWED, amount=roubles(account.penalty_kopecks))
    for lot in account.lots:
        yield translated(texts.LOT, day=day_text(lot.received_on), amount=roubles(lot.amount_kopecks))


def _settled(scene: Scene, account: AccountState) -> Iterator[str]:
    """How the service was settled whose money or charge the event takes back."""
    event = scene.event
    if not isinstance(event, ServiceRefund | Recalculation):
        return
    rows: list[Settlement] = [
        row for row in account.settlements if (row.service, row.period) == (event.service, event.period)
    ]
    for row in rows:
        service, amount = scene.service(row.service), roubles(row.amount_kopecks)
        yield translated(texts.SETTLED[row.form], period=month_text(row.period), service=service, amount=amount)
